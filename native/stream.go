package main

// Streams into the caller's buffer. A read runs on the caller's thread and is as long as one read
// of Go; nothing is allocated on the way.

// #include "pyggcr.h"
import "C"

import (
	"io"
	"sync"
	"sync/atomic"
	"unsafe"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

type stream struct {
	closed atomic.Bool
	mu     sync.Mutex // held while reading and while closing
	reader io.ReadCloser
	err    error // what came together with the last bytes
}

// read is io.Reader's, except that it never returns zero bytes without an error.
func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.err == nil && !s.closed.Load() {
		n, err := s.reader.Read(p)
		s.err = err
		if s.closed.Load() {
			break
		}
		if n > 0 || len(p) == 0 {
			return n, nil
		}
	}
	if s.closed.Load() {
		return 0, errClosed
	}
	return 0, s.err
}

// Close makes reads fail from now on, one that is under way included, and does not wait for it.
func (s *stream) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	if s.mu.TryLock() {
		defer s.mu.Unlock()
		return s.reader.Close()
	}
	go s.closeLater()
	return nil
}

func (s *stream) closeLater() {
	var err error
	defer recovered(&err)
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.reader.Close()
}

//export pyggcr_stream_read
func pyggcr_stream_read(handle C.pyggcr_handle, buffer *C.char, size C.size_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	s, err := lookup[*stream](handle)
	if err != nil {
		return fail(result, err)
	}
	n, err := s.read(unsafe.Slice((*byte)(unsafe.Pointer(buffer)), int(size)))
	if err != nil && err != io.EOF {
		return fail(result, err)
	}
	result.number = C.int64_t(n)
	return C.PYGGCR_OK
}

// openStream opens one of a layer's streams; its file outlives the generation (see source.go).
func openStream(handle C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result, open func(v1.Layer) (io.ReadCloser, error)) C.pyggcr_status {
	return askOwner(handle, timeout, result, func(_ *leased, g *generation, layer v1.Layer) (any, error) {
		opened := false
		g.streamBegins()
		defer func() { g.streamEnds(opened) }()
		reader, err := open(layer)
		if err != nil {
			return nil, err
		}
		opened = true
		return &stream{reader: reader}, nil
	})
}
