package main

// Package validate.

import (
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

func init() {
	register("validate.Image", func(image v1.Image, fast bool) error {
		return findings(validate.Image(image, validateOptions(fast)...))
	}, "image", "fast")
	register("validate.Layer", func(layer v1.Layer, fast bool) error {
		return findings(validate.Layer(layer, validateOptions(fast)...))
	}, "layer", "fast")
	register("validate.Index", func(index v1.ImageIndex, fast bool) error {
		return findings(validate.Index(index, validateOptions(fast)...))
	}, "index", "fast")
}

func validateOptions(fast bool) []validate.Option {
	if !fast {
		return nil
	}
	return []validate.Option{validate.Fast}
}

// findings marks what package validate reports. An exception of an opener of Python's is none: it
// goes to the caller as it is, although the report keeps only its text.
func findings(err error) error {
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), errRaised.Error()):
		return errRaised
	}
	return validationError{err}
}
