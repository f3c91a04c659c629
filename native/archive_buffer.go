package main

// An archive that a daemon sent, kept for as long as its image's owner is in use: in memory or in a
// file without a name, which is gone with the process however that ends.

import (
	"bytes"
	"io"
	"os"
	"sync"
)

// How an archive is kept: pyggcr._values.daemon.Buffer.
const (
	keepFile    = "file"
	keepMemory  = "memory"
	keepNothing = "none"
)

type archiveBuffer struct {
	receive func(io.Reader) (io.ReaderAt, int64, error)

	mu      sync.Mutex
	archive io.ReaderAt // nil until all of it is there
	size    int64
}

// newArchiveBuffer gives nil when nothing is to be kept.
func newArchiveBuffer(buffer, folder string) (*archiveBuffer, error) {
	switch buffer {
	case keepFile:
		return &archiveBuffer{receive: func(r io.Reader) (io.ReaderAt, int64, error) { return intoFile(folder, r) }}, nil
	case keepMemory:
		return &archiveBuffer{receive: intoMemory}, nil
	case keepNothing:
		return nil, nil
	}
	return nil, unsupportedError("a buffer of the kind " + buffer)
}

// open reads the archive from its beginning. The first that opens it waits until all is there;
// when it broke off, nothing is kept.
func (b *archiveBuffer) open(g *generation, save func() (io.ReadCloser, error)) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.archive == nil {
		if err := b.fill(save); err != nil {
			return nil, err
		}
	}
	return g.reads(section{io.NewSectionReader(b.archive, 0, b.size)}, ""), nil
}

func (b *archiveBuffer) fill(save func() (io.ReadCloser, error)) (err error) {
	r, err := save()
	if err != nil {
		return err
	}
	defer r.Close()
	b.archive, b.size, err = b.receive(r)
	return err
}

// close gives the archive up, later if something that was left behind is still opening it. Nil keeps
// nothing.
func (b *archiveBuffer) close() {
	switch {
	case b == nil:
	case b.mu.TryLock():
		defer b.mu.Unlock()
		b.forget()
	default:
		go b.closeLater()
	}
}

func (b *archiveBuffer) closeLater() {
	var err error
	defer recovered(&err)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forget()
}

func (b *archiveBuffer) forget() {
	if closer, ok := b.archive.(io.Closer); ok {
		closer.Close()
	}
	b.archive = nil
}

func intoMemory(r io.Reader) (io.ReaderAt, int64, error) {
	all, err := io.ReadAll(r)
	if err != nil {
		return nil, 0, err
	}
	return bytes.NewReader(all), int64(len(all)), nil
}

func intoFile(folder string, r io.Reader) (io.ReaderAt, int64, error) {
	f, err := namelessFile(folder)
	if err != nil {
		return nil, 0, err
	}
	size, err := io.Copy(f, r)
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, size, nil
}

// unlinkedFile is one that had a name for a moment.
func unlinkedFile(folder string) (*os.File, error) {
	f, err := os.CreateTemp(folder, "pyggcr-*.tar")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

type section struct{ *io.SectionReader }

func (section) Close() error { return nil }
