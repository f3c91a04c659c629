package main

// Package tarball: images, manifest.json and layers of archives.

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func init() {
	register("tarball.Image", tarball.Image, "opener", "tag")
	register("tarball.LoadManifest", tarball.LoadManifest, "opener")
	register("tarball.LayerFromOpener", func(opener tarball.Opener, level int) (v1.Layer, error) {
		return tarball.LayerFromOpener(opener, tarball.WithCompressionLevel(level))
	}, "opener", "compression_level")
}
