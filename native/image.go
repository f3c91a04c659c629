package main

// The door to v1.Image.

// #include "pyggcr.h"
import "C"

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

//export pyggcr_image_digest
func pyggcr_image_digest(image C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(image, timeout, result, func(img v1.Image) (any, error) { return img.Digest() })
}

//export pyggcr_image_config_name
func pyggcr_image_config_name(image C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(image, timeout, result, func(img v1.Image) (any, error) { return img.ConfigName() })
}

//export pyggcr_image_size
func pyggcr_image_size(image C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(image, timeout, result, func(img v1.Image) (any, error) { return img.Size() })
}

//export pyggcr_image_media_type
func pyggcr_image_media_type(image C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(image, timeout, result, func(img v1.Image) (any, error) { return img.MediaType() })
}

//export pyggcr_image_manifest
func pyggcr_image_manifest(image C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(image, timeout, result, func(img v1.Image) (any, error) {
		manifest, err := img.Manifest()
		return asJSON{manifest}, err
	})
}

//export pyggcr_image_raw_manifest
func pyggcr_image_raw_manifest(image C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(image, timeout, result, func(img v1.Image) (any, error) { return img.RawManifest() })
}

//export pyggcr_image_config_file
func pyggcr_image_config_file(image C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(image, timeout, result, func(img v1.Image) (any, error) {
		config, err := img.ConfigFile()
		return asJSON{config}, err
	})
}

//export pyggcr_image_raw_config_file
func pyggcr_image_raw_config_file(image C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(image, timeout, result, func(img v1.Image) (any, error) { return img.RawConfigFile() })
}

//export pyggcr_image_layers
func pyggcr_image_layers(image C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return askOwner(image, timeout, result, func(owner *leased, g *generation, img v1.Image) (any, error) {
		layers, err := img.Layers()
		if err != nil {
			return nil, err
		}
		all := make(leases, len(layers))
		for i, layer := range layers {
			all[i] = owner.derive(g, layer, func(img any) (any, error) { return nthLayer(img.(v1.Image), i) })
		}
		return all, nil
	})
}

func nthLayer(img v1.Image, i int) (v1.Layer, error) {
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	if i >= len(layers) {
		return nil, errClosed // the archive is another one by now
	}
	return layers[i], nil
}

//export pyggcr_image_layer_by_digest
func pyggcr_image_layer_by_digest(image C.pyggcr_handle, digest *C.pyggcr_char, digestSize C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return findLayer(image, goString(digest, digestSize), timeout, result, v1.Image.LayerByDigest)
}

//export pyggcr_image_layer_by_diff_id
func pyggcr_image_layer_by_diff_id(image C.pyggcr_handle, diffID *C.pyggcr_char, diffIDSize C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return findLayer(image, goString(diffID, diffIDSize), timeout, result, v1.Image.LayerByDiffID)
}

func findLayer(image C.pyggcr_handle, text string, timeout C.int64_t, result *C.pyggcr_result, find func(v1.Image, v1.Hash) (v1.Layer, error)) C.pyggcr_status {
	hash := hashOf(text)
	return askOwner(image, timeout, result, func(owner *leased, g *generation, img v1.Image) (any, error) {
		layer, err := find(img, hash)
		if err != nil {
			return nil, err
		}
		return owner.derive(g, layer, func(img any) (any, error) { return find(img.(v1.Image), hash) }), nil
	})
}
