package main

// The door to pkg/v1/remote, reading: what a registry has. Images fetch lazily; see leash.go.

// #include "pyggcr.h"
import "C"

import (
	"context"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

//export pyggcr_remote_get
func pyggcr_remote_get(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return fetch(handle, request, size, timeout, result, func(ref name.Reference, o ...remote.Option) (any, v1.Hash, error) {
		descriptor, err := remote.Get(ref, o...)
		if err != nil {
			return nil, v1.Hash{}, err
		}
		return descriptor, descriptor.Digest, nil
	})
}

//export pyggcr_remote_image
func pyggcr_remote_image(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return fetch(handle, request, size, timeout, result, func(ref name.Reference, o ...remote.Option) (any, v1.Hash, error) {
		// As remote.Image does, which does not tell the digest of an index.
		descriptor, err := remote.Get(ref, o...)
		if err != nil {
			return nil, v1.Hash{}, err
		}
		image, err := descriptor.Image()
		return image, descriptor.Digest, err
	})
}

//export pyggcr_remote_index
func pyggcr_remote_index(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return fetch(handle, request, size, timeout, result, func(ref name.Reference, o ...remote.Option) (any, v1.Hash, error) {
		index, err := remote.Index(ref, o...)
		if err != nil {
			return nil, v1.Hash{}, err
		}
		digest, err := index.Digest()
		return index, digest, err
	})
}

// fetch leases what a reference means now. Made anew, after a cancellation, it is what it was,
// even if a tag has moved on.
func fetch(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result, get func(name.Reference, ...remote.Option) (any, v1.Hash, error)) C.pyggcr_status {
	c, t, err := toTarget(handle, request, size)
	if err != nil {
		return fail(result, err)
	}
	ref, err := t.reference()
	if err != nil {
		return fail(result, err)
	}
	var found atomic.Pointer[name.Digest]
	return openIn(c.box(), timeout, result, func(g *generation) (any, error) {
		wanted := ref
		if digest := found.Load(); digest != nil {
			wanted = *digest
		}
		value, digest, err := get(wanted, c.in(contextOf(g.ctx, g))...)
		if err != nil {
			return nil, err
		}
		pinned := ref.Context().Digest(digest.String())
		found.Store(&pinned)
		return value, nil
	})
}

//export pyggcr_remote_layer
func pyggcr_remote_layer(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return fetchByDigest(handle, request, size, timeout, result, func(digest name.Digest, o ...remote.Option) (any, error) {
		return remote.Layer(digest, o...)
	})
}

//export pyggcr_remote_referrers
func pyggcr_remote_referrers(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return fetchByDigest(handle, request, size, timeout, result, func(digest name.Digest, o ...remote.Option) (any, error) {
		return remote.Referrers(digest, o...)
	})
}

func fetchByDigest(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result, get func(name.Digest, ...remote.Option) (any, error)) C.pyggcr_status {
	c, t, err := toTarget(handle, request, size)
	if err != nil {
		return fail(result, err)
	}
	digest, err := t.digest()
	if err != nil {
		return fail(result, err)
	}
	return openIn(c.box(), timeout, result, func(g *generation) (any, error) {
		return get(digest, c.in(contextOf(g.ctx, g))...)
	})
}

//export pyggcr_remote_head
func pyggcr_remote_head(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return callOn(handle, request, size, timeout, result, target.reference, func(ref name.Reference, o ...remote.Option) (any, error) {
		descriptor, err := remote.Head(ref, o...)
		return asJSON{descriptor}, err
	})
}

//export pyggcr_remote_list
func pyggcr_remote_list(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return callOn(handle, request, size, timeout, result, target.repository, func(repository name.Repository, o ...remote.Option) (any, error) {
		tags, err := remote.List(repository, o...)
		return asJSON{tags}, err
	})
}

//export pyggcr_remote_catalog
func pyggcr_remote_catalog(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return callOn(handle, request, size, timeout, result, target.registry, func(registry name.Registry, o ...remote.Option) (any, error) {
		// The context is that of the options.
		repositories, err := remote.Catalog(context.Background(), registry, o...)
		return asJSON{repositories}, err
	})
}

// callOn runs work that ends with the call, on what the request is about.
func callOn[T any](handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t, timeout C.int64_t, result *C.pyggcr_result, about func(target) (T, error), work func(T, ...remote.Option) (any, error)) C.pyggcr_status {
	c, t, err := toTarget(handle, request, size)
	if err != nil {
		return fail(result, err)
	}
	subject, err := about(t)
	if err != nil {
		return fail(result, err)
	}
	return c.call(timeout, result, func(o ...remote.Option) (any, error) { return work(subject, o...) })
}

// call runs work that ends with the call.
func (c *client) call(timeout C.int64_t, result *C.pyggcr_result, work func(...remote.Option) (any, error)) C.pyggcr_status {
	b := c.box()
	return beginAll([]*box{b}, timeout, func(ctx context.Context, gens []*generation) (any, error) {
		return work(c.in(contextOf(ctx, gens[0]))...)
	}).first(result)
}

//export pyggcr_descriptor
func pyggcr_descriptor(descriptor C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(descriptor, timeout, result, func(d *remote.Descriptor) (any, error) { return asJSON{d.Descriptor}, nil })
}

//export pyggcr_descriptor_manifest
func pyggcr_descriptor_manifest(descriptor C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(descriptor, timeout, result, func(d *remote.Descriptor) (any, error) { return d.Manifest, nil })
}

//export pyggcr_descriptor_image
func pyggcr_descriptor_image(descriptor C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return deriveFrom(descriptor, timeout, result, func(d *remote.Descriptor) (any, error) { return d.Image() })
}

//export pyggcr_descriptor_index
func pyggcr_descriptor_index(descriptor C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return deriveFrom(descriptor, timeout, result, func(d *remote.Descriptor) (any, error) { return d.ImageIndex() })
}

// deriveFrom leases what find finds in the value.
func deriveFrom[T any](handle C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result, find func(T) (any, error)) C.pyggcr_status {
	return askOwner(handle, timeout, result, func(owner *leased, g *generation, value T) (any, error) {
		found, err := find(value)
		if err != nil {
			return nil, err
		}
		return owner.derive(g, found, func(value any) (any, error) { return find(value.(T)) }), nil
	})
}
