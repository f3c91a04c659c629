//go:build pyggcr_test

package main

// Functions that misbehave on purpose, in a library that only the tests build.

import (
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
)

func init() {
	registerInline("test.PanicInline", func() { panic("on purpose") })
	register("test.Panic", func() { panic("on purpose, in a goroutine") })
	register("test.PanicInObject", func() (v1.Image, error) { panic("on purpose, in an object") })
	registerInline("test.Nothing", func(_ int, _ []byte, _ string) {}, "number", "data", "text")
	registerInline("test.Image", func() v1.Image { return empty.Image })
	register("test.Error", func(text string) error { return errors.New(text) }, "text")
	register("test.Block", func(w *work) error {
		<-w.ctx.Done()
		return w.ctx.Err()
	})
}
