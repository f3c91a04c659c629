package main

// The door to pkg/v1/tarball: images, manifest.json and layers of archives.

// #include "pyggcr.h"
import "C"

import (
	"encoding/json"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

//export pyggcr_tarball_image
func pyggcr_tarball_image(path *C.pyggcr_char, pathSize C.size_t, opener C.uint64_t, tag *C.pyggcr_char, tagSize C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	chosen, err := parseTag(goBytes(tag, tagSize))
	if err != nil {
		return fail(result, err)
	}
	from := sourceOf(path, pathSize, opener)
	return open(timeout, result, func(g *generation) (any, error) {
		return tarball.Image(from.in(g), chosen)
	})
}

//export pyggcr_tarball_layer
func pyggcr_tarball_layer(path *C.pyggcr_char, pathSize C.size_t, opener C.uint64_t, level C.int64_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	from := sourceOf(path, pathSize, opener)
	return open(timeout, result, func(g *generation) (any, error) {
		return tarball.LayerFromOpener(from.in(g), tarball.WithCompressionLevel(int(level)))
	})
}

//export pyggcr_tarball_load_manifest
func pyggcr_tarball_load_manifest(path *C.pyggcr_char, pathSize C.size_t, opener C.uint64_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	from := sourceOf(path, pathSize, opener)
	return begin(&box{}, timeout, func(g *generation) (any, error) {
		manifest, err := tarball.LoadManifest(from.in(g))
		return asJSON{manifest}, err
	}).first(result)
}

// open leases a value in a box of its own, once it could be made.
func open(timeout C.int64_t, result *C.pyggcr_result, make func(*generation) (any, error)) C.pyggcr_status {
	return openIn(&box{}, timeout, result, make)
}

func openIn(b *box, timeout C.int64_t, result *C.pyggcr_result, make func(*generation) (any, error)) C.pyggcr_status {
	value := lease(b, make)
	return begin(b, timeout, func(g *generation) (any, error) {
		if _, err := value.in(g); err != nil {
			value.Close()
			return nil, err
		}
		return value, nil
	}).first(result)
}

// nameOptions are a name and the defaults that it was parsed with.
type nameOptions struct {
	Name            string `json:"name"`
	Strict          bool   `json:"strict"`
	DefaultRegistry string `json:"default_registry"`
	DefaultTag      string `json:"default_tag"`
	Insecure        bool   `json:"insecure"`
}

func (o nameOptions) options() []name.Option {
	var options []name.Option
	if o.Strict {
		options = append(options, name.StrictValidation)
	}
	if o.DefaultRegistry != "" {
		options = append(options, name.WithDefaultRegistry(o.DefaultRegistry))
	}
	if o.DefaultTag != "" {
		options = append(options, name.WithDefaultTag(o.DefaultTag))
	}
	if o.Insecure {
		options = append(options, name.Insecure)
	}
	return options
}

func parseTag(b []byte) (*name.Tag, error) {
	if b == nil {
		return nil, nil
	}
	var o nameOptions
	if err := json.Unmarshal(b, &o); err != nil {
		return nil, err
	}
	tag, err := name.NewTag(o.Name, o.options()...)
	if err != nil {
		return nil, err
	}
	return &tag, nil
}
