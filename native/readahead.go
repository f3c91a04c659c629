package main

// Reading ahead: a goroutine reads a stream into two buffers, so that whoever reads the stream waits no
// longer than a slice, and may give up at any time without losing a byte.

import (
	"io"
	"time"
)

// Two of these: one is filled while the other is read.
const readaheadBufferSize = 128 << 10

// How long a read may go on in a stream that was closed.
const cutAfter = 100 * time.Millisecond

type readahead struct {
	empty   chan []byte
	full    chan portion
	stopped chan struct{}
	idle    chan struct{} // closed when nothing reads the stream any more
	cut     func()        // ends a read that is under way
	now     portion
}

// portion is what one read of the stream gave.
type portion struct {
	buffer []byte
	data   []byte
	err    error
}

func newReadahead(s *openStream, cut func()) *readahead {
	r := &readahead{
		empty:   make(chan []byte, 2),
		full:    make(chan portion, 3), // and one for a panic
		stopped: make(chan struct{}),
		idle:    make(chan struct{}),
		cut:     cut,
	}
	r.empty <- make([]byte, readaheadBufferSize)
	r.empty <- make([]byte, readaheadBufferSize)
	go r.run(s)
	return r
}

// run reads until the end or until stop, and closes the stream's reader, which nobody else does.
func (r *readahead) run(s *openStream) {
	var err error
	defer recovered(&err)
	r.fill(s.reader)
	close(r.idle)
	<-r.stopped
	s.closeLater()
}

func (r *readahead) fill(reader io.Reader) {
	var err error
	defer func() {
		// A panic of the reader; any other error was handed over before.
		if err != nil {
			r.full <- portion{err: err}
		}
	}()
	defer recovered(&err)
	for {
		select {
		case <-r.stopped:
			return
		case buffer := <-r.empty:
			n, end := reader.Read(buffer)
			r.full <- portion{buffer, buffer[:n], end}
			if end != nil {
				return
			}
		}
	}
}

// read gives what there is, or errNothingYet when a slice brought nothing.
func (r *readahead) read(target []byte) (int, error) {
	for len(r.now.data) == 0 && len(target) > 0 {
		if r.now.err != nil {
			return 0, r.now.err
		}
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(target, r.now.data)
	r.now.data = r.now.data[n:]
	return n, nil
}

// next waits for the next portion and gives the buffer of the last one back.
func (r *readahead) next() error {
	if r.now.buffer != nil {
		r.empty <- r.now.buffer
		r.now = portion{}
	}
	timer := time.NewTimer(slice)
	defer timer.Stop()
	select {
	case <-r.stopped:
		return errClosed
	default:
	}
	select {
	case r.now = <-r.full:
		return nil
	case <-r.stopped:
		return errClosed
	case <-timer.C:
		return errNothingYet
	}
}

// stop cuts only a read that does not end by itself: what is cut may belong to others, who opened
// something at the same moment (see generation.streamEnds).
func (r *readahead) stop() {
	close(r.stopped)
	go r.cutLater()
}

func (r *readahead) cutLater() {
	var err error
	defer recovered(&err)
	timer := time.NewTimer(cutAfter)
	defer timer.Stop()
	select {
	case <-r.idle:
	case <-timer.C:
		r.cut()
	}
}
