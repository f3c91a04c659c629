package main

// Files that Python opens: io.ReadCloser over callbacks. go-containerregistry calls these from
// goroutines of its own, where a panic could not be recovered, so nothing here may panic.

/*
#include "pyggcr.h"

static pyggcr_opener_callbacks opener_callbacks;

static void set_opener_callbacks(pyggcr_opener_callbacks *callbacks) {
	opener_callbacks = *callbacks;
}
static int64_t call_open(uint64_t opener) {
	return opener_callbacks.open ? opener_callbacks.open(opener) : -1;
}
static int64_t call_read(uint64_t file, char *buffer, size_t size) {
	return opener_callbacks.read(file, buffer, size);
}
static void call_close(uint64_t file) { opener_callbacks.close(file); }
*/
import "C"

import (
	"bufio"
	"errors"
	"io"
	"sync"
	"time"
	"unsafe"
)

// One call of a callback costs as much as copying this many bytes or less.
const openerBufferSize = 64 << 10

// callbacks counts the calls of callbacks that run. A mutex held meanwhile would be simpler, but
// an opener may use this library itself.
var callbacks struct {
	sync.Mutex
	stopped bool
	running sync.WaitGroup
}

// The longest that the end of the interpreter waits for an opener that does not return.
const openerGrace = time.Second

func enterCallback() bool {
	callbacks.Lock()
	defer callbacks.Unlock()
	if callbacks.stopped {
		return false
	}
	callbacks.running.Add(1)
	return true
}

// errRaised says that Python's opener raised; Python has the exception.
var errRaised = errors.New("the opener of the archive raised an exception")

type pythonFile struct {
	file  C.uint64_t
	close sync.Once
}

func openPython(opener uint64) (io.ReadCloser, error) {
	if !enterCallback() {
		return nil, errClosed
	}
	defer callbacks.running.Done()
	number := C.call_open(C.uint64_t(opener))
	if number < 0 {
		return nil, errRaised
	}
	return newPythonFile(int64(number)), nil
}

// newPythonFile reads a file that is open in Python, under this number.
func newPythonFile(number int64) io.ReadCloser {
	f := &pythonFile{file: C.uint64_t(number)}
	return struct {
		io.Reader
		io.Closer
	}{bufio.NewReaderSize(f, openerBufferSize), f}
}

// lateFile is a file that is open in Python already, and is asked for when it is first used; whether or
// not it was read, closing it closes it in Python.
type lateFile struct {
	opener uint64
	once   sync.Once
	file   io.ReadCloser
	err    error
}

func (f *lateFile) open() error {
	f.once.Do(func() { f.file, f.err = openPython(f.opener) })
	return f.err
}

func (f *lateFile) Read(p []byte) (int, error) {
	if err := f.open(); err != nil {
		return 0, err
	}
	return f.file.Read(p)
}

func (f *lateFile) Close() error {
	if err := f.open(); err != nil {
		return err
	}
	return f.file.Close()
}

func (f *pythonFile) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if !enterCallback() {
		return 0, errClosed
	}
	defer callbacks.running.Done()
	n := C.call_read(f.file, (*C.char)(unsafe.Pointer(&p[0])), C.size_t(len(p)))
	switch {
	case n < 0:
		return 0, errRaised
	case n == 0:
		return 0, io.EOF
	}
	return int(n), nil
}

func (f *pythonFile) Close() error {
	f.close.Do(func() {
		if enterCallback() {
			defer callbacks.running.Done()
			C.call_close(f.file)
		}
	})
	return nil
}

func setOpenerCallbacks(c unsafe.Pointer) {
	callbacks.Lock()
	defer callbacks.Unlock()
	C.set_opener_callbacks((*C.pyggcr_opener_callbacks)(c))
	callbacks.stopped = false
}

func stopOpenerCallbacks() {
	callbacks.Lock()
	callbacks.stopped = true
	callbacks.Unlock()
	quiet := make(chan struct{})
	go func() {
		callbacks.running.Wait()
		close(quiet)
	}()
	select {
	case <-quiet:
	case <-time.After(openerGrace):
	}
}
