package main

// Package mutate.

import "github.com/google/go-containerregistry/pkg/v1/mutate"

func init() {
	register("mutate.AppendLayers", mutate.AppendLayers, "base", "layers")
	register("mutate.Config", mutate.Config, "base", "config")
	register("mutate.ConfigFile", mutate.ConfigFile, "base", "config_file")
	register("mutate.MediaType", mutate.MediaType, "image", "media_type")
}
