package main

// Package compare.

import "github.com/google/go-containerregistry/pkg/v1/compare"

func init() {
	register("compare.Images", compare.Images, "a", "b")
	register("compare.Indexes", compare.Indexes, "a", "b")
	register("compare.Layers", compare.Layers, "a", "b")
}
