package main

// Where archives come from: a path, or an opener in Python. Every file is opened through a
// generation, which counts what is read and stops reading when it is cancelled.

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// source is a path, or when the number is not zero an opener of Python.
type source struct {
	path   string
	opener uint64
}

// in gives the tarball.Opener that the work of a generation reads through.
func (s source) in(g *generation) tarball.Opener {
	return func() (io.ReadCloser, error) {
		if err := g.ctx.Err(); err != nil {
			return nil, err
		}
		inner, err := s.open()
		if err != nil {
			return nil, err
		}
		return g.reads(inner, s.key()), nil
	}
}

// key is what its bytes are counted by.
func (s source) key() string {
	if s.opener != 0 {
		return fmt.Sprint("opener ", s.opener)
	}
	return s.path
}

func (s source) open() (io.ReadCloser, error) {
	if s.opener != 0 {
		return openPython(s.opener)
	}
	return os.Open(s.path)
}

// file counts and stops.
type file struct {
	inner  io.ReadCloser
	ctx    context.Context
	gen    *generation
	key    string // what its bytes are counted by; empty for those that were counted where they came from
	offset int64
	close  sync.Once
}

func (g *generation) file(inner io.ReadCloser, key string) *file {
	f := &file{inner: inner, ctx: g.ctx, gen: g, key: key}
	if g.opens(f) {
		// A stream lives on when a call is cancelled. At worst, work that is cut off in this
		// moment goes on to the end of one file.
		f.ctx = context.Background()
	}
	return f
}

func (f *file) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := f.inner.Read(p)
	if f.key != "" {
		f.gen.counting.add(f.key, f.offset, n)
	}
	f.offset += int64(n)
	return n, err
}

// reads is file for what may be able to seek.
func (g *generation) reads(inner io.ReadCloser, key string) io.ReadCloser {
	f := g.file(inner, key)
	if seeker, ok := inner.(io.Seeker); ok {
		return seekableFile{f, seeker}
	}
	return f
}

// Close closes once, whether its owner or the generation comes first.
func (f *file) Close() (err error) {
	f.close.Do(func() {
		f.gen.closed(f)
		err = f.inner.Close()
	})
	return err
}

// outlive has nothing to do: generation.file saw to it.
func (f *file) outlive() {}

// cutOff has nothing to do: no read of a file lasts.
func (f *file) cutOff() {}

// seekableFile lets archive/tar skip content, as it does with a plain os.File.
type seekableFile struct {
	*file
	seeker io.Seeker
}

func (f seekableFile) Seek(offset int64, whence int) (int64, error) {
	at, err := f.seeker.Seek(offset, whence)
	if err == nil {
		f.offset = at
	}
	return at, err
}
