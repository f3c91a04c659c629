package main

// Package v1: the methods of images, indexes and layers.

import (
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func init() {
	register("Image.Layers", v1.Image.Layers, "image")
	register("Image.MediaType", v1.Image.MediaType, "image")
	register("Image.Size", v1.Image.Size, "image")
	register("Image.ConfigName", v1.Image.ConfigName, "image")
	register("Image.ConfigFile", v1.Image.ConfigFile, "image")
	register("Image.RawConfigFile", v1.Image.RawConfigFile, "image")
	register("Image.Digest", v1.Image.Digest, "image")
	register("Image.Manifest", v1.Image.Manifest, "image")
	register("Image.RawManifest", v1.Image.RawManifest, "image")
	register("Image.LayerByDigest", v1.Image.LayerByDigest, "image", "digest")
	register("Image.LayerByDiffID", v1.Image.LayerByDiffID, "image", "diff_id")

	register("ImageIndex.MediaType", v1.ImageIndex.MediaType, "index")
	register("ImageIndex.Digest", v1.ImageIndex.Digest, "index")
	register("ImageIndex.Size", v1.ImageIndex.Size, "index")
	register("ImageIndex.IndexManifest", v1.ImageIndex.IndexManifest, "index")
	register("ImageIndex.RawManifest", v1.ImageIndex.RawManifest, "index")
	register("ImageIndex.Image", v1.ImageIndex.Image, "index", "digest")
	register("ImageIndex.ImageIndex", v1.ImageIndex.ImageIndex, "index", "digest")
	register("ImageIndex.Layer", layerLister.Layer, "index", "digest")

	register("Layer.Digest", v1.Layer.Digest, "layer")
	register("Layer.DiffID", v1.Layer.DiffID, "layer")
	register("Layer.Compressed", compressed, "layer")
	register("Layer.Uncompressed", v1.Layer.Uncompressed, "layer")
	register("Layer.Size", v1.Layer.Size, "layer")
	register("Layer.MediaType", v1.Layer.MediaType, "layer")
	register("Layer.Origin", originOf, "layer")
	register("ImageIndex.ListsLayers", func(index v1.ImageIndex) bool { _, lists := index.(layerLister); return lists }, "index")

	register("Describable.Digest", partial.Describable.Digest, "described")
	register("Describable.Size", partial.Describable.Size, "described")
	register("Describable.MediaType", partial.Describable.MediaType, "described")
}

// layerLister is an index that may list layers, as package partial knows it.
type layerLister interface {
	Layer(v1.Hash) (v1.Layer, error)
}

// originOf is the repository that a layer comes from, from where it can be mounted; empty if it comes
// from none.
func originOf(l v1.Layer) string {
	if m, ok := l.(*remote.MountableLayer); ok {
		return m.Reference.Context().Name()
	}
	return ""
}

// hashOf takes a Hash apart without checking it: Python did, or its user made one by hand.
func hashOf(text string) v1.Hash {
	algorithm, hex, _ := strings.Cut(text, ":")
	return v1.Hash{Algorithm: algorithm, Hex: hex}
}
