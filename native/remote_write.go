package main

// The door to pkg/v1/remote, writing. What is written may live in a box of its own: that of the
// archive or the registry that it is read from.

// #include "pyggcr.h"
import "C"

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
	"unsafe"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

//export pyggcr_remote_push
func pyggcr_remote_push(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return store(handle, request, size, value, timeout, result, target.reference,
		func(ref name.Reference, t remote.Taggable, o ...remote.Option) error {
			return remote.Push(ref, t, o...)
		})
}

//export pyggcr_remote_put
func pyggcr_remote_put(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return store(handle, request, size, value, timeout, result, target.reference,
		func(ref name.Reference, t remote.Taggable, o ...remote.Option) error { return remote.Put(ref, t, o...) })
}

//export pyggcr_remote_write_layer
func pyggcr_remote_write_layer(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, layer C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return store(handle, request, size, layer, timeout, result, target.repository,
		func(repository name.Repository, l v1.Layer, o ...remote.Option) error {
			return remote.WriteLayer(repository, l, o...)
		})
}

// store writes one value to where parse says.
func store[N, T any](handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result, parse func(target) (N, error), write func(N, T, ...remote.Option) error) C.pyggcr_status {
	c, t, err := toTarget(handle, request, size)
	if err != nil {
		return fail(result, err)
	}
	where, err := parse(t)
	if err != nil {
		return fail(result, err)
	}
	source, err := lookup[*leased](value)
	if err != nil {
		return fail(result, err)
	}
	return c.write([]*leased{source}, timeout, result, func(values []any, o ...remote.Option) error {
		t, err := as[T](values[0])
		if err != nil {
			return err
		}
		return write(where, t, o...)
	})
}

// write runs work on values in a call that holds the generations of all their boxes.
func (c *client) write(sources []*leased, timeout C.int64_t, result *C.pyggcr_result, work func([]any, ...remote.Option) error) C.pyggcr_status {
	boxes := make([]*box, len(sources), len(sources)+1)
	for i, source := range sources {
		boxes[i] = source.box
	}
	// The last is for what the call itself needs. Its generation counts nothing: progress is what
	// was read of the sources.
	boxes = append(boxes, c.box())
	return beginAll(boxes, timeout, func(ctx context.Context, gens []*generation) (any, error) {
		values := make([]any, len(sources))
		for i, source := range sources {
			var err error
			if values[i], err = source.in(gens[i]); err != nil {
				return nil, err
			}
		}
		return nil, work(values, c.in(ctx)...)
	}).first(result)
}

//export pyggcr_remote_multi_write
func pyggcr_remote_multi_write(handle C.pyggcr_handle, requests *C.pyggcr_char, size C.size_t, values *C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	c, err := lookup[*client](handle)
	if err != nil {
		return fail(result, err)
	}
	var targets []target
	if err := json.Unmarshal(goBytes(requests, size), &targets); err != nil {
		return fail(result, err)
	}
	references := make([]name.Reference, len(targets))
	sources := make([]*leased, len(targets))
	for i, value := range unsafe.Slice(values, len(targets)) {
		if references[i], err = targets[i].reference(); err != nil {
			return fail(result, err)
		}
		if err := targets[i].introduce(c); err != nil {
			return fail(result, err)
		}
		if sources[i], err = lookup[*leased](value); err != nil {
			return fail(result, err)
		}
	}
	return c.write(sources, timeout, result, func(values []any, o ...remote.Option) error {
		todo := make(map[name.Reference]remote.Taggable, len(values))
		for i, value := range values {
			if layer, ok := value.(v1.Layer); ok {
				// MultiWrite takes none, but knows afterwards that it is there.
				if err := remote.WriteLayer(references[i].Context(), layer, o...); err != nil {
					return err
				}
				continue
			}
			t, err := as[remote.Taggable](value)
			if err != nil {
				return err
			}
			todo[references[i]] = t
		}
		return remote.MultiWrite(todo, o...)
	})
}

//export pyggcr_remote_delete
func pyggcr_remote_delete(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return callOn(handle, request, size, timeout, result, target.reference, func(ref name.Reference, o ...remote.Option) (any, error) {
		return nil, remote.Delete(ref, o...)
	})
}

//export pyggcr_remote_check_push_permission
func pyggcr_remote_check_push_permission(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	c, t, err := toTarget(handle, request, size)
	if err != nil {
		return fail(result, err)
	}
	ref, err := t.reference()
	if err != nil {
		return fail(result, err)
	}
	return beginAll([]*box{c.box()}, timeout, func(ctx context.Context, _ []*generation) (any, error) {
		under := http.RoundTripper(underContext{ctx, c})
		if c.userAgent != "" {
			under = transport.NewUserAgent(under, c.userAgent)
		}
		return nil, remote.CheckPushPermission(ref, c.keychain, under)
	}).first(result)
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
		return u.client.requests.RoundTrip(req.WithContext(u.ctx))
	}
	// Nobody waits for this one, and nobody reads its answer.
	u.client.hold()
	defer u.client.drop()
	ctx, cancel := context.WithTimeout(context.Background(), takeBackTimeout)
	defer cancel()
	return u.client.requests.RoundTrip(req.WithContext(ctx))
}

//export pyggcr_remote_manifest
func pyggcr_remote_manifest(manifest *C.pyggcr_char, size C.size_t, mediaType *C.pyggcr_char, mediaTypeSize C.size_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	value := plainManifest{goBytes(manifest, size), types.MediaType(goString(mediaType, mediaTypeSize))}
	return deliver(result, lease(&box{}, func(*generation) (any, error) { return value, nil }), nil)
}

// plainManifest is a manifest of any kind, given as bytes.
type plainManifest struct {
	raw       []byte
	mediaType types.MediaType
}

func (m plainManifest) RawManifest() ([]byte, error)        { return m.raw, nil }
func (m plainManifest) MediaType() (types.MediaType, error) { return m.mediaType, nil }
