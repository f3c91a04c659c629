package main

// Package partial. Each function takes what Go's takes: anything with the few methods that it needs.
// Images and layers have them, and so have parts that are made of raw bytes.

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
)

func init() {
	register("partial.ConfigFile", partial.ConfigFile, "image")
	register("partial.ConfigName", partial.ConfigName, "image")
	register("partial.ConfigLayer", partial.ConfigLayer, "image")
	register("partial.DiffIDs", partial.DiffIDs, "image")
	register("partial.RawConfigFile", partial.RawConfigFile, "image")
	register("partial.Digest", partial.Digest, "image")
	register("partial.Manifest", partial.Manifest, "image")
	register("partial.RawManifest", partial.RawManifest, "image")
	register("partial.Size", partial.Size, "image")
	register("partial.FSLayers", partial.FSLayers, "image")
	register("partial.BlobSize", partial.BlobSize, "image", "blob")
	register("partial.BlobDescriptor", partial.BlobDescriptor, "image", "blob")
	register("partial.BlobToDiffID", partial.BlobToDiffID, "image", "blob")
	register("partial.DiffIDToBlob", partial.DiffIDToBlob, "image", "diff_id")
	register("partial.Descriptor", partial.Descriptor, "described")
	register("partial.ArtifactType", partial.ArtifactType, "image")
	register("partial.UncompressedSize", partial.UncompressedSize, "layer")
	register("partial.Exists", partial.Exists, "layer")
	register("partial.Manifests", partial.Manifests, "index")
	register("partial.ComputeManifests", partial.ComputeManifests, "index")
	register("partial.FindManifests", allManifests, "index")
}

// allManifests are the entries of an index, from which the matcher chooses in Python.
func allManifests(index any) ([]v1.Descriptor, error) {
	if p, ok := index.(parts); ok {
		index = partsIndex{p}
	}
	i, ok := index.(v1.ImageIndex)
	if !ok {
		return nil, unsupportedError(fmt.Sprintf("%T is no v1.ImageIndex", index))
	}
	return partial.FindManifests(i, func(v1.Descriptor) bool { return true })
}
