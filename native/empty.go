package main

// Package empty.

import (
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
)

func init() {
	registerInline("empty.Image", func() v1.Image { return empty.Image })
	registerInline("empty.Index", func() v1.ImageIndex { return empty.Index })
}
