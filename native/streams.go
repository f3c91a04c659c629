package main

// Streams into the caller's buffer. A read runs on the caller's thread and is as long as one read
// of Go, without an allocation on the way; a stream that may wait, for a network or for Python,
// is read ahead, and a read of it answers within a slice.

// #include "pyggcr.h"
import "C"

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"unsafe"
)

type openStream struct {
	closed atomic.Bool
	mu     sync.Mutex // held while reading and while closing
	reader io.ReadCloser
	err    error      // what came together with the last bytes
	ahead  *readahead // nil when the reader does not wait
	gens   generations
	gone   func()
}

// errNothingYet says that a slice was not enough.
var errNothingYet = errors.New("nothing to read yet")

// read is io.Reader's, except that it never returns zero bytes without an error.
func (s *openStream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ahead != nil {
		if reader, ok := s.reader.(*layerStream); ok {
			reader.begin()
		}
		return s.ahead.read(p)
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
func (s *openStream) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	if s.ahead != nil {
		s.ahead.stop()
		if reader, ok := s.reader.(*layerStream); ok {
			reader.settle()
		}
		return nil
	}
	if s.mu.TryLock() {
		defer s.mu.Unlock()
		return s.finish()
	}
	go s.closeLater()
	return nil
}

func (s *openStream) closeLater() {
	var err error
	defer recovered(&err)
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.finish()
}

func (s *openStream) finish() error {
	defer s.gone()
	return s.reader.Close()
}

//export pyggcr_stream_read
func pyggcr_stream_read(handle C.pyggcr_handle, buffer *C.char, size C.size_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	s, err := lookup[*openStream](handle)
	if err != nil {
		return fail(result, err)
	}
	s.gens.count(int64(result.counter))
	n, err := s.read(unsafe.Slice((*byte)(unsafe.Pointer(buffer)), int(size)))
	result.bytes_read += C.int64_t(s.gens.bytesRead())
	if err == errNothingYet {
		return C.PYGGCR_RUNNING
	}
	if err != nil && err != io.EOF {
		return fail(result, err)
	}
	result.number = C.int64_t(n)
	return C.PYGGCR_OK
}

// makeStream opens a stream; what it reads outlives the generations that it was opened in.
func makeStream(f *function, arguments given, gens generations) (_ any, err error) {
	s := &openStream{gens: gens, gone: gens.drop}
	if err := gens.streamBegins(); err != nil {
		return nil, err
	}
	var files []opened
	defer func() { files = gens.streamEnds(s.reader != nil) }()
	value, err := f.value(&work{gens: gens, memory: &memory{}}, arguments)
	if err != nil {
		return nil, err
	}
	s.reader = value.(io.ReadCloser)
	gens.hold()
	if gens.waits() {
		s.ahead = newReadahead(s, func() { cutOff(files) })
	}
	return s, nil
}
