package main

// Cancelling work that knows no context. go-containerregistry reads archives through openers
// and remembers what it computed, errors included, so that work which is cut off leaves an image
// that must not be used again. Hence generations: the calls that run at the same time share one
// v1.Image; when the last of them stops waiting while work still runs, the reads of that
// generation begin to fail, the work ends, and the next call opens the image afresh.

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// box is what an image shares with all that derives from it: the generation in use.
type box struct {
	release func() // called when nobody uses the box any more, unless it is nil
	waits   bool   // whether reading a stream may take long: from a network, or from Python

	mu      sync.Mutex
	current *generation
	users   int // values leased to Python, open streams, and work
}

// hold keeps the box in use until drop.
func (b *box) hold() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.users++
}

func (b *box) drop() {
	b.mu.Lock()
	b.users--
	last := b.users == 0
	if last && b.current != nil {
		// go-containerregistry may have left something running, which waits for a network.
		b.current.cancel()
		b.current = nil
	}
	b.mu.Unlock()
	if last && b.release != nil {
		b.release()
	}
}

// generation is the time from an opening to a cancellation. The counters and the files belong to
// box.mu.
type generation struct {
	box     *box
	ctx     context.Context
	cancel  context.CancelFunc
	waiting int                 // calls that wait for their work
	running int                 // work that has not ended, waited for or not
	files   map[opened]struct{} // open files, those of streams excepted

	turn    chan struct{}       // whose stream is being opened, in a box that waits
	streams int                 // streams that are being opened right now
	opening map[opened]struct{} // files opened meanwhile: any may belong to one of them
	kept    bool                // whether one of them was opened

	bytesRead atomic.Int64
}

// opened is a file, or the body of a response.
type opened interface {
	io.Closer
	outlive() // it belongs to a stream, which lives on when the generation is cut off
	cutOff()  // a read that is under way shall end
}

func cutOff(files []opened) {
	for _, f := range files {
		f.cutOff()
	}
}

// join enters the current generation for one call and its work.
func (b *box) join() *generation {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current == nil {
		ctx, cancel := context.WithCancel(context.Background())
		b.current = &generation{
			box: b, ctx: ctx, cancel: cancel, turn: make(chan struct{}, 1),
			files: map[opened]struct{}{}, opening: map[opened]struct{}{},
		}
	}
	b.users++
	b.current.waiting++
	b.current.running++
	return b.current
}

// done says that one piece of work has ended.
func (g *generation) done() {
	g.box.mu.Lock()
	g.running--
	forgotten := g.forgotten()
	g.box.mu.Unlock()
	closeAll(forgotten)
	g.box.drop()
}

// leave says that one call waits no more. Work that nobody waits for ends the generation.
func (g *generation) leave() {
	g.box.mu.Lock()
	g.waiting--
	if g.waiting == 0 && g.running > 0 {
		g.cancel()
		if g.box.current == g {
			g.box.current = nil
		}
	}
	forgotten := g.forgotten()
	g.box.mu.Unlock()
	closeAll(forgotten)
}

// forgotten takes the files that are open although no work runs: package validate, for one,
// leaves a damaged layer open for ever.
func (g *generation) forgotten() map[opened]struct{} {
	if g.waiting > 0 || g.running > 0 || len(g.files) == 0 {
		return nil
	}
	files := g.files
	g.files = map[opened]struct{}{}
	return files
}

func closeAll(files map[opened]struct{}) {
	for f := range files {
		f.Close()
	}
}

// opens takes note of a file; true when it may belong to a stream that is being opened.
func (g *generation) opens(f opened) bool {
	g.box.mu.Lock()
	defer g.box.mu.Unlock()
	if g.streams > 0 {
		g.opening[f] = struct{}{}
		return true
	}
	g.files[f] = struct{}{}
	return false
}

// streamBegins waits until no other stream is being opened, where it must be known later which
// files belong to this one.
func (g *generation) streamBegins() error {
	if g.box.waits {
		select {
		case g.turn <- struct{}{}:
		case <-g.ctx.Done():
			return g.ctx.Err()
		}
	}
	g.box.mu.Lock()
	defer g.box.mu.Unlock()
	g.streams++
	return nil
}

// streamEnds says whether a stream was opened, and learns which files are or may be its own.
// go-containerregistry leaves the file of one that could not be opened open for ever
// (gzip.UnzipReadCloser, v0.22.1), so if none was, what is still open is nobody's.
func (g *generation) streamEnds(kept bool) (its []opened) {
	if g.box.waits {
		defer func() { <-g.turn }()
	}
	g.box.mu.Lock()
	defer g.box.mu.Unlock()
	g.streams--
	g.kept = g.kept || kept
	if g.streams > 0 {
		return nil
	}
	for f := range g.opening {
		if g.kept {
			f.outlive()
			its = append(its, f)
		} else {
			g.files[f] = struct{}{}
		}
	}
	clear(g.opening)
	g.kept = false
	return its
}

func (g *generation) closed(f opened) {
	g.box.mu.Lock()
	defer g.box.mu.Unlock()
	delete(g.files, f)
	delete(g.opening, f)
}

// leased is an image, a layer or parts: how to make it in a generation, and the last one made.
type leased struct {
	box  *box
	make func(*generation) (any, error)

	closed atomic.Bool

	mu   sync.Mutex
	last *made
}

// lease makes a leased value, which holds the box until it is closed.
func lease(b *box, make func(*generation) (any, error)) *leased {
	b.hold()
	return &leased{box: b, make: make}
}

// Close lets the box go; calls that run, and what derives from the value, go on.
func (l *leased) Close() error {
	if !l.closed.Swap(true) {
		l.box.drop()
	}
	return nil
}

// leases are the values of one answer.
type leases []*leased

func (all leases) Close() error {
	for _, l := range all {
		l.Close()
	}
	return nil
}

// made is a value of one generation.
type made struct {
	in    *generation
	once  sync.Once
	value any
	err   error
}

var errUnfinished = errors.New("opening did not finish")

// in gives the value for this generation; a failure is forgotten, so that one may try again.
func (l *leased) in(g *generation) (any, error) {
	if err := g.ctx.Err(); err != nil {
		return nil, err
	}
	m := l.attempt(g)
	m.once.Do(func() {
		m.err = errUnfinished // stays when make panics
		m.value, m.err = l.make(g)
	})
	if m.err != nil {
		l.drop(m)
	}
	return m.value, m.err
}

func (l *leased) attempt(g *generation) *made {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == nil || l.last.in != g {
		l.last = &made{in: g}
	}
	return l.last
}

func (l *leased) drop(m *made) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last == m {
		l.last = nil
	}
}

// derive leases a value that came out of this one in g; again finds it in a fresh one.
func (l *leased) derive(g *generation, value any, again func(owner any) (any, error)) *leased {
	now := &made{in: g, value: value}
	now.once.Do(func() {})
	derived := lease(l.box, func(g *generation) (any, error) {
		owner, err := l.in(g)
		if err != nil {
			return nil, err
		}
		return again(owner)
	})
	derived.last = now
	return derived
}
