package main

// Package static.

import "github.com/google/go-containerregistry/pkg/v1/static"

func init() {
	register("static.NewLayer", static.NewLayer, "content", "media_type")
}
