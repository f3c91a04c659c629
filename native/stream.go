package main

// Streams into the caller's buffer. A read runs on the caller's thread and is as long as one read
// of Go, without an allocation on the way; a stream that may wait, for a network or for Python,
// has a pump, and a read of it answers within a slice.

// #include "pyggcr.h"
import "C"

import (
	"errors"
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
	pump   *pump // nil when the reader does not wait
	gone   func()
}

// errNothingYet says that a slice was not enough.
var errNothingYet = errors.New("nothing to read yet")

// read is io.Reader's, except that it never returns zero bytes without an error.
func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pump != nil {
		return s.pump.read(p)
	}
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
	if s.pump != nil {
		s.pump.stop()
		return nil
	}
	if s.mu.TryLock() {
		defer s.mu.Unlock()
		return s.finish()
	}
	go s.closeLater()
	return nil
}

func (s *stream) closeLater() {
	var err error
	defer recovered(&err)
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.finish()
}

func (s *stream) finish() error {
	defer s.gone()
	return s.reader.Close()
}

//export pyggcr_stream_read
func pyggcr_stream_read(handle C.pyggcr_handle, buffer *C.char, size C.size_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	s, err := lookup[*stream](handle)
	if err != nil {
		return fail(result, err)
	}
	n, err := s.read(unsafe.Slice((*byte)(unsafe.Pointer(buffer)), int(size)))
	if err == errNothingYet {
		return C.PYGGCR_RUNNING
	}
	if err != nil && err != io.EOF {
		return fail(result, err)
	}
	result.number = C.int64_t(n)
	return C.PYGGCR_OK
}

// openStream opens one of a layer's streams; what it reads outlives the generation.
func openStream(handle C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result, open func(v1.Layer) (io.ReadCloser, error)) C.pyggcr_status {
	return askOwner(handle, timeout, result, func(owner *leased, g *generation, layer v1.Layer) (any, error) {
		s := &stream{gone: owner.box.drop}
		if err := g.streamBegins(); err != nil {
			return nil, err
		}
		var files []opened
		defer func() { files = g.streamEnds(s.reader != nil) }()
		reader, err := open(layer)
		if err != nil {
			return nil, err
		}
		s.reader = reader
		owner.box.hold()
		if owner.box.waits {
			s.pump = newPump(s, func() { cutOff(files) })
		}
		return s, nil
	})
}
