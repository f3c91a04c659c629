package main

// Package cache. A cache is a folder, told as data, or one of Python's, which is called back. Twin of
// pyggcr/_go/cache.py.

// #include "pyggcr.h"
import "C"

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/cache"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func init() {
	kinds[reflect.TypeFor[cache.Cache]()] = &kind{"cache", decodeCache}

	register("cache.Get", func(folder string, h v1.Hash) (v1.Layer, error) {
		return cache.NewFilesystemCache(folder).Get(h)
	}, "folder", "digest")
	register("cache.Put", func(folder string, l v1.Layer) (v1.Layer, error) {
		return cache.NewFilesystemCache(folder).Put(l)
	}, "folder", "layer")
	register("cache.Delete", func(folder string, h v1.Hash) error {
		return cache.NewFilesystemCache(folder).Delete(h)
	}, "folder", "digest")
	register("cache.Image", cache.Image, "image", "cache")
	register("cache.ImageIndex", cache.ImageIndex, "index", "cache")
}

// cacheSpec describes a cache of pyggcr.cache as data.
type cacheSpec struct {
	Folder   []byte `json:"folder"`
	ReadOnly bool   `json:"read_only"`
}

// decodeCache takes the description of a cache, or a value of Python's.
func decodeCache(a argument) (input, error) {
	switch a.tag {
	case C.PYGGCR_BYTES:
		var spec cacheSpec
		if err := json.Unmarshal(a.data, &spec); err != nil {
			return input{}, err
		}
		known := cache.NewFilesystemCache(string(spec.Folder))
		if spec.ReadOnly {
			known = cache.ReadOnly(known)
		}
		return plain(known)
	case C.PYGGCR_PYTHON_VALUE:
		own := newOwner(true, nil)
		return input{owners: []*owner{own}, in: func(w *work) (reflect.Value, error) {
			return reflect.ValueOf(pythonCache{pythonValue{C.uint64_t(a.number), w.gens.of(own)}}), nil
		}}, nil
	}
	return input{}, a.wrong("a cache")
}

// pythonCache is a cache of Python's. The layers that it is given are Python's too: pyggcr/_go/cache.py
// sees to that.
type pythonCache struct{ pythonValue }

func (c pythonCache) Get(h v1.Hash) (v1.Layer, error) {
	a, err := c.ask("cache_get", h.String())
	if err != nil {
		return nil, err
	}
	return c.layer(a, cache.ErrNotFound)
}

func (c pythonCache) Put(l v1.Layer) (v1.Layer, error) {
	if m, ok := l.(*remote.MountableLayer); ok {
		l = m.Layer
	}
	known, ok := l.(pythonLayer)
	if !ok {
		return nil, unsupportedError(fmt.Sprintf("a cache of Python takes layers of Python, not a %T", l))
	}
	a, err := c.ask("cache_put", strconv.FormatUint(uint64(known.number), 10))
	if err != nil {
		return nil, err
	}
	return c.layer(a, errors.New("the cache returned no layer"))
}

func (c pythonCache) Delete(h v1.Hash) error {
	_, err := c.ask("cache_delete", h.String())
	return err
}

// layer is the one that a method answered, or an error if it answered none.
func (c pythonCache) layer(a answer, none error) (v1.Layer, error) {
	if a.number == 0 {
		return nil, none
	}
	return pythonLayer{pythonValue{C.uint64_t(a.number), c.gen}}.mountable()
}
