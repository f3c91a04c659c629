package main

// The door to v1.Layer.

// #include "pyggcr.h"
import "C"

import (
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

//export pyggcr_layer_digest
func pyggcr_layer_digest(layer C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(layer, timeout, result, func(l v1.Layer) (any, error) { return l.Digest() })
}

//export pyggcr_layer_diff_id
func pyggcr_layer_diff_id(layer C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(layer, timeout, result, func(l v1.Layer) (any, error) { return l.DiffID() })
}

//export pyggcr_layer_size
func pyggcr_layer_size(layer C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(layer, timeout, result, func(l v1.Layer) (any, error) { return l.Size() })
}

//export pyggcr_layer_media_type
func pyggcr_layer_media_type(layer C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(layer, timeout, result, func(l v1.Layer) (any, error) { return l.MediaType() })
}

//export pyggcr_layer_compressed
func pyggcr_layer_compressed(layer C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return openStream(layer, timeout, result, v1.Layer.Compressed)
}

//export pyggcr_layer_uncompressed
func pyggcr_layer_uncompressed(layer C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return openStream(layer, timeout, result, v1.Layer.Uncompressed)
}

// hashOf takes a Hash apart without checking it: Python did, or its user made one by hand.
func hashOf(text string) v1.Hash {
	algorithm, hex, _ := strings.Cut(text, ":")
	return v1.Hash{Algorithm: algorithm, Hex: hex}
}
