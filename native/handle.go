package main

// Go objects as numbers that C may hold. A handle is never reused, so that a stale one is an
// error and not somebody else's object.

// #include "pyggcr.h"
import "C"

import (
	"fmt"
	"io"
	"runtime/cgo"
	"sync/atomic"
)

var openHandles atomic.Int64

// newHandle keeps v alive until release.
func newHandle(v any) C.pyggcr_handle {
	openHandles.Add(1)
	return C.pyggcr_handle(cgo.NewHandle(v))
}

// lookup gives what the handle stands for, or errClosed when it was released.
func lookup[T any](h C.pyggcr_handle) (T, error) {
	v, ok := load(h)
	if !ok {
		var zero T
		return zero, errClosed
	}
	t, ok := v.(T)
	if !ok {
		return t, unsupportedError(fmt.Sprintf("a handle of %T where %T is needed", v, t))
	}
	return t, nil
}

// load recovers what cgo.Handle panics with when a handle is not, or no longer, known.
func load(h C.pyggcr_handle) (v any, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return cgo.Handle(h).Value(), true
}

// release forgets the handle and closes its object; only the first of many releases does.
func release(h C.pyggcr_handle) {
	v, ok := load(h)
	if !ok || !forget(h) {
		return
	}
	if c, ok := v.(io.Closer); ok {
		c.Close()
	}
}

// forget tells whether this caller is the one that removed the handle.
func forget(h C.pyggcr_handle) (first bool) {
	defer func() {
		if recover() != nil {
			first = false
		}
	}()
	cgo.Handle(h).Delete()
	openHandles.Add(-1)
	return true
}
