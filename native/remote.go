package main

// Package remote: what a registry has, and what is written to it. Images fetch lazily; see
// tracking_transport.go. What is written may have owners of its own: the archive or the registry that
// it is read from.

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func init() {
	register("remote.Client", newClient, "options", "retry_predicate") // reads certificates
	registerInline("remote.Authenticate", (*client).authenticate, "client", "resource", "credentials")
	registerInline("remote.AuthenticateFrom", (*client).authenticateFrom, "client", "resource", "environment")

	register("remote.Get", func(w *work, r requests, ref name.Reference) (*remote.Descriptor, error) {
		return pinned(w, ref, func(ref name.Reference) (*remote.Descriptor, v1.Hash, error) {
			descriptor, err := remote.Get(ref, r...)
			if err != nil {
				return nil, v1.Hash{}, err
			}
			return descriptor, descriptor.Digest, nil
		})
	}, "client", "reference")
	register("remote.Image", func(w *work, r requests, ref name.Reference) (v1.Image, error) {
		return pinned(w, ref, func(ref name.Reference) (v1.Image, v1.Hash, error) {
			// As remote.Image does, which does not tell the digest of an index.
			descriptor, err := remote.Get(ref, r...)
			if err != nil {
				return nil, v1.Hash{}, err
			}
			image, err := descriptor.Image()
			return image, descriptor.Digest, err
		})
	}, "client", "reference")
	register("remote.Index", func(w *work, r requests, ref name.Reference) (v1.ImageIndex, error) {
		return pinned(w, ref, func(ref name.Reference) (v1.ImageIndex, v1.Hash, error) {
			index, err := remote.Index(ref, r...)
			if err != nil {
				return nil, v1.Hash{}, err
			}
			digest, err := index.Digest()
			return index, digest, err
		})
	}, "client", "reference")
	register("remote.Layer", func(r requests, digest name.Digest) (v1.Layer, error) {
		return remote.Layer(digest, r...)
	}, "client", "reference")
	register("remote.Referrers", func(r requests, digest name.Digest) (v1.ImageIndex, error) {
		return remote.Referrers(digest, r...)
	}, "client", "reference")
	register("remote.Head", func(r requests, ref name.Reference) (*v1.Descriptor, error) {
		return remote.Head(ref, r...)
	}, "client", "reference")
	register("remote.List", func(r requests, repository name.Repository) ([]string, error) {
		return remote.List(repository, r...)
	}, "client", "repository")
	register("remote.Catalog", func(r requests, registry name.Registry) ([]string, error) {
		return remote.Catalog(context.Background(), registry, r...) // the context is that of the options
	}, "client", "registry")
	register("remote.CatalogPage", func(r requests, registry name.Registry, last string, n int) ([]string, error) {
		return remote.CatalogPage(registry, last, n, r...)
	}, "client", "registry", "last", "n")
	register("remote.Delete", func(r requests, ref name.Reference) error {
		return remote.Delete(ref, r...)
	}, "client", "reference")
	register("remote.CheckPushPermission", checkPushPermission, "client", "reference")

	register("remote.Put", func(u uploads, ref name.Reference, source remote.Taggable) error {
		return remote.Put(ref, source, u...)
	}, "client", "reference", "source")
	register("remote.Push", func(u uploads, ref name.Reference, source remote.Taggable) error {
		return remote.Push(ref, source, u...)
	}, "client", "reference", "source")
	register("remote.WriteLayer", func(u uploads, repository name.Repository, layer v1.Layer) error {
		return remote.WriteLayer(repository, layer, u...)
	}, "client", "repository", "layer")
	register("remote.MultiWrite", multiWrite, "client", "references", "parts")

	register("Descriptor.Descriptor", func(d *remote.Descriptor) v1.Descriptor { return d.Descriptor }, "descriptor")
	register("Descriptor.Manifest", func(d *remote.Descriptor) []byte { return d.Manifest }, "descriptor")
	register("Descriptor.Image", (*remote.Descriptor).Image, "descriptor")
	register("Descriptor.ImageIndex", (*remote.Descriptor).ImageIndex, "descriptor")
	register("Descriptor.Schema1", (*remote.Descriptor).Schema1, "descriptor")
}

// pinned gets what a reference means now. Made anew, after a cancellation, it is what it was, even if
// a tag has moved on.
func pinned[T any](w *work, ref name.Reference, get func(name.Reference) (T, v1.Hash, error)) (T, error) {
	if known, ok := w.memory.load().(name.Digest); ok {
		ref = known
	}
	value, digest, err := get(ref)
	if err == nil {
		w.memory.store(ref.Context().Digest(digest.String()))
	}
	return value, err
}

func multiWrite(u uploads, references []name.Reference, parts []any) error {
	if len(references) != len(parts) {
		return unsupportedError(fmt.Sprintf("%d references for %d parts", len(references), len(parts)))
	}
	todo := make(map[name.Reference]remote.Taggable, len(parts))
	for i, part := range parts {
		switch part := part.(type) {
		case v1.Layer:
			// MultiWrite takes none, but knows afterwards that it is there.
			if err := remote.WriteLayer(references[i].Context(), part, u...); err != nil {
				return err
			}
		case remote.Taggable:
			todo[references[i]] = part
		default:
			return unsupportedError(fmt.Sprintf("%T is no remote.Taggable", part))
		}
	}
	return remote.MultiWrite(todo, u...)
}

func checkPushPermission(w *work, c *client, ref name.Reference) error {
	c.hold()
	defer c.drop()
	under := http.RoundTripper(underContext{w.ctx, c})
	if c.userAgent != "" {
		under = transport.NewUserAgent(under, c.userAgent)
	}
	return remote.CheckPushPermission(ref, c.keychain, under)
}

// underContext gives requests a context, where go-containerregistry has none (check.go, v0.22.1).
type underContext struct {
	ctx    context.Context
	client *client
}

// How long the upload that was begun for the check may take to be taken back.
const takeBackTimeout = 10 * time.Second

func (u underContext) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodDelete {
		return u.client.transporter.RoundTrip(req.WithContext(u.ctx))
	}
	// Nobody waits for this one, and nobody reads its answer.
	u.client.hold()
	defer u.client.drop()
	ctx, cancel := context.WithTimeout(context.Background(), takeBackTimeout)
	defer cancel()
	return u.client.transporter.RoundTrip(req.WithContext(ctx))
}

// plainManifest is a manifest of any kind, given as bytes.
type plainManifest struct {
	raw       []byte
	mediaType types.MediaType
}

func (m plainManifest) RawManifest() ([]byte, error)        { return m.raw, nil }
func (m plainManifest) MediaType() (types.MediaType, error) { return m.mediaType, nil }
