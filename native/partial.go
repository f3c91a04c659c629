package main

// The door to pkg/v1/partial. Each function takes what Go's takes: anything with the few methods
// that it needs. Images and layers have them, and so have parts made of raw bytes.

// #include "pyggcr.h"
import "C"

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
)

//export pyggcr_partial_parts
func pyggcr_partial_parts(manifest *C.pyggcr_char, manifestSize C.size_t, config *C.pyggcr_char, configSize C.size_t, index *C.pyggcr_char, indexSize C.size_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	value := parts{goBytes(manifest, manifestSize), goBytes(config, configSize), goBytes(index, indexSize)}
	return deliver(result, lease(&box{}, func(*generation) (any, error) { return value, nil }), nil)
}

//export pyggcr_partial_config_file
func pyggcr_partial_config_file(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v partial.WithRawConfigFile) (any, error) {
		config, err := partial.ConfigFile(v)
		return asJSON{config}, err
	})
}

//export pyggcr_partial_config_name
func pyggcr_partial_config_name(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v partial.WithRawConfigFile) (any, error) { return partial.ConfigName(v) })
}

//export pyggcr_partial_config_layer
func pyggcr_partial_config_layer(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	again := func(owner any) (any, error) {
		v, err := as[partial.WithRawConfigFile](owner)
		if err != nil {
			return nil, err
		}
		return partial.ConfigLayer(v)
	}
	return askOwner(value, timeout, result, func(owner *leased, g *generation, v any) (any, error) {
		layer, err := again(v)
		if err != nil {
			return nil, err
		}
		return owner.derive(g, layer, again), nil
	})
}

//export pyggcr_partial_diff_ids
func pyggcr_partial_diff_ids(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v partial.WithConfigFile) (any, error) {
		hashes, err := partial.DiffIDs(v)
		return texts(hashes), err
	})
}

//export pyggcr_partial_raw_config_file
func pyggcr_partial_raw_config_file(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v partial.WithConfigFile) (any, error) { return partial.RawConfigFile(v) })
}

//export pyggcr_partial_digest
func pyggcr_partial_digest(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v partial.WithRawManifest) (any, error) { return partial.Digest(v) })
}

//export pyggcr_partial_manifest
func pyggcr_partial_manifest(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v partial.WithRawManifest) (any, error) {
		manifest, err := partial.Manifest(v)
		return asJSON{manifest}, err
	})
}

//export pyggcr_partial_raw_manifest
func pyggcr_partial_raw_manifest(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v partial.WithManifest) (any, error) { return partial.RawManifest(v) })
}

//export pyggcr_partial_size
func pyggcr_partial_size(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v partial.WithRawManifest) (any, error) { return partial.Size(v) })
}

//export pyggcr_partial_fs_layers
func pyggcr_partial_fs_layers(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v partial.WithManifest) (any, error) {
		hashes, err := partial.FSLayers(v)
		return texts(hashes), err
	})
}

//export pyggcr_partial_blob_size
func pyggcr_partial_blob_size(value C.pyggcr_handle, digest *C.pyggcr_char, digestSize C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	hash := hashOf(goString(digest, digestSize))
	return ask(value, timeout, result, func(v partial.WithManifest) (any, error) { return partial.BlobSize(v, hash) })
}

//export pyggcr_partial_blob_descriptor
func pyggcr_partial_blob_descriptor(value C.pyggcr_handle, digest *C.pyggcr_char, digestSize C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	hash := hashOf(goString(digest, digestSize))
	return ask(value, timeout, result, func(v partial.WithManifest) (any, error) {
		descriptor, err := partial.BlobDescriptor(v, hash)
		return asJSON{descriptor}, err
	})
}

//export pyggcr_partial_blob_to_diff_id
func pyggcr_partial_blob_to_diff_id(value C.pyggcr_handle, digest *C.pyggcr_char, digestSize C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	hash := hashOf(goString(digest, digestSize))
	return ask(value, timeout, result, func(v partial.WithManifestAndConfigFile) (any, error) {
		return partial.BlobToDiffID(v, hash)
	})
}

//export pyggcr_partial_diff_id_to_blob
func pyggcr_partial_diff_id_to_blob(value C.pyggcr_handle, diffID *C.pyggcr_char, diffIDSize C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	hash := hashOf(goString(diffID, diffIDSize))
	return ask(value, timeout, result, func(v partial.WithManifestAndConfigFile) (any, error) {
		return partial.DiffIDToBlob(v, hash)
	})
}

//export pyggcr_partial_descriptor
func pyggcr_partial_descriptor(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v partial.Describable) (any, error) {
		descriptor, err := partial.Descriptor(v)
		return asJSON{descriptor}, err
	})
}

//export pyggcr_partial_uncompressed_size
func pyggcr_partial_uncompressed_size(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v v1.Layer) (any, error) { return partial.UncompressedSize(v) })
}

//export pyggcr_partial_exists
func pyggcr_partial_exists(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v v1.Layer) (any, error) { return partial.Exists(v) })
}

//export pyggcr_partial_artifact_type
func pyggcr_partial_artifact_type(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v partial.WithManifest) (any, error) { return partial.ArtifactType(v) })
}

//export pyggcr_partial_find_manifests
func pyggcr_partial_find_manifests(value C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(value, timeout, result, func(v any) (any, error) {
		if p, ok := v.(parts); ok {
			v = partsIndex{p}
		}
		index, err := as[v1.ImageIndex](v)
		if err != nil {
			return nil, err
		}
		manifests, err := partial.FindManifests(index, func(v1.Descriptor) bool { return true })
		return asJSON{manifests}, err
	})
}

// texts crosses hashes as strings, because an empty Hash must be told from none.
func texts(hashes []v1.Hash) asJSON {
	all := make([]string, len(hashes))
	for i, h := range hashes {
		all[i] = h.String()
	}
	return asJSON{all}
}
