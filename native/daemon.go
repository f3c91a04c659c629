package main

// Package daemon: images of Docker daemons.

import (
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/daemon"
)

func init() {
	register("daemon.Image", func(w *work, options []daemon.Option, ref name.Reference) (v1.Image, error) {
		// Made anew, after a cancellation, the image is what it was, even if a tag has moved on.
		if id, ok := w.memory.load().(string); ok {
			ref = withID{ref, id}
		}
		image, err := daemon.Image(ref, options...)
		if err != nil {
			return nil, err
		}
		id, err := image.ConfigName()
		if err == nil {
			w.memory.store(id.String())
		}
		return image, err
	}, "options", "reference")
	register("daemon.Write", func(options []daemon.Option, tag name.Tag, image v1.Image) (string, error) {
		return daemon.Write(tag, image, options...)
	}, "options", "tag", "image")
	register("daemon.Tag", func(options []daemon.Option, source, target name.Tag) error {
		return daemon.Tag(source, target, options...)
	}, "options", "source", "target")
}

// withID is a name of an image that is known by now.
type withID struct {
	name.Reference
	id string
}

func (r withID) String() string { return r.id }
func (r withID) Name() string   { return r.id }
