package main

// The door to v1.ImageIndex.

// #include "pyggcr.h"
import "C"

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

//export pyggcr_index_media_type
func pyggcr_index_media_type(index C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(index, timeout, result, func(i v1.ImageIndex) (any, error) { return i.MediaType() })
}

//export pyggcr_index_digest
func pyggcr_index_digest(index C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(index, timeout, result, func(i v1.ImageIndex) (any, error) { return i.Digest() })
}

//export pyggcr_index_size
func pyggcr_index_size(index C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(index, timeout, result, func(i v1.ImageIndex) (any, error) { return i.Size() })
}

//export pyggcr_index_manifest
func pyggcr_index_manifest(index C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(index, timeout, result, func(i v1.ImageIndex) (any, error) {
		manifest, err := i.IndexManifest()
		return asJSON{manifest}, err
	})
}

//export pyggcr_index_raw_manifest
func pyggcr_index_raw_manifest(index C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(index, timeout, result, func(i v1.ImageIndex) (any, error) { return i.RawManifest() })
}

//export pyggcr_index_image
func pyggcr_index_image(index C.pyggcr_handle, digest *C.pyggcr_char, digestSize C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	hash := hashOf(goString(digest, digestSize))
	return deriveFrom(index, timeout, result, func(i v1.ImageIndex) (any, error) { return i.Image(hash) })
}

//export pyggcr_index_image_index
func pyggcr_index_image_index(index C.pyggcr_handle, digest *C.pyggcr_char, digestSize C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	hash := hashOf(goString(digest, digestSize))
	return deriveFrom(index, timeout, result, func(i v1.ImageIndex) (any, error) { return i.ImageIndex(hash) })
}

//export pyggcr_index_layer
func pyggcr_index_layer(index C.pyggcr_handle, digest *C.pyggcr_char, digestSize C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	hash := hashOf(goString(digest, digestSize))
	return deriveFrom(index, timeout, result, func(i withLayer) (any, error) { return i.Layer(hash) })
}

// withLayer is an index that may list layers, as package partial knows it.
type withLayer interface {
	Layer(v1.Hash) (v1.Layer, error)
}
