package main

// Package tarball: images, manifest.json and layers of archives.

import (
	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func init() {
	register("tarball.Image", tarball.Image, "opener", "tag")
	register("tarball.LoadManifest", tarball.LoadManifest, "opener")
	register("tarball.LayerFromOpener", func(opener tarball.Opener, algorithm string, level int, mediaType types.MediaType, caching bool) (v1.Layer, error) {
		return tarball.LayerFromOpener(opener, layerOptions(algorithm, level, mediaType, caching)...)
	}, "opener", "compression", "compression_level", "media_type", "compressed_caching")
}

// layerOptions are in the order in which the last one knows of all others.
func layerOptions(algorithm string, level int, mediaType types.MediaType, caching bool) []tarball.LayerOption {
	options := []tarball.LayerOption{
		tarball.WithCompression(compression.Compression(algorithm)), tarball.WithCompressionLevel(level), tarball.WithMediaType(mediaType),
	}
	if caching {
		options = append(options, tarball.WithCompressedCaching)
	}
	return options
}
