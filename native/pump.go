package main

// Pumps: they read a stream ahead in a goroutine, so that its reader waits no longer than a slice,
// and may give up at any time without losing a byte.

import (
	"io"
	"time"
)

// Two of these: one is filled while the other is read.
const pumpBufferSize = 128 << 10

// How long a read may go on in a stream that was closed.
const cutAfter = 100 * time.Millisecond

type pump struct {
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

func newPump(s *stream, cut func()) *pump {
	p := &pump{
		empty:   make(chan []byte, 2),
		full:    make(chan portion, 3), // and one for a panic
		stopped: make(chan struct{}),
		idle:    make(chan struct{}),
		cut:     cut,
	}
	p.empty <- make([]byte, pumpBufferSize)
	p.empty <- make([]byte, pumpBufferSize)
	go p.run(s)
	return p
}

// run reads until the end or until stop, and closes the stream's reader, which nobody else does.
func (p *pump) run(s *stream) {
	var err error
	defer recovered(&err)
	p.fill(s.reader)
	close(p.idle)
	<-p.stopped
	s.closeLater()
}

func (p *pump) fill(reader io.Reader) {
	var err error
	defer func() {
		// A panic of the reader; any other error was handed over before.
		if err != nil {
			p.full <- portion{err: err}
		}
	}()
	defer recovered(&err)
	for {
		select {
		case <-p.stopped:
			return
		case buffer := <-p.empty:
			n, end := reader.Read(buffer)
			p.full <- portion{buffer, buffer[:n], end}
			if end != nil {
				return
			}
		}
	}
}

// read gives what there is, or errNothingYet when a slice brought nothing.
func (p *pump) read(target []byte) (int, error) {
	for len(p.now.data) == 0 && len(target) > 0 {
		if p.now.err != nil {
			return 0, p.now.err
		}
		if err := p.next(); err != nil {
			return 0, err
		}
	}
	n := copy(target, p.now.data)
	p.now.data = p.now.data[n:]
	return n, nil
}

// next waits for the next portion and gives the buffer of the last one back.
func (p *pump) next() error {
	if p.now.buffer != nil {
		p.empty <- p.now.buffer
		p.now = portion{}
	}
	timer := time.NewTimer(firstSlice)
	defer timer.Stop()
	select {
	case <-p.stopped:
		return errClosed
	default:
	}
	select {
	case p.now = <-p.full:
		return nil
	case <-p.stopped:
		return errClosed
	case <-timer.C:
		return errNothingYet
	}
}

// stop cuts only a read that does not end by itself: what is cut may belong to others, who opened
// something at the same moment (see generation.streamEnds).
func (p *pump) stop() {
	close(p.stopped)
	go p.cutLater()
}

func (p *pump) cutLater() {
	var err error
	defer recovered(&err)
	timer := time.NewTimer(cutAfter)
	defer timer.Stop()
	select {
	case <-p.idle:
	case <-timer.C:
		p.cut()
	}
}
