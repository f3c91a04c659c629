package main

// Cancelling work that knows no context. go-containerregistry reads archives through openers
// and remembers what it computed, errors included, so that work which is cut off leaves an image
// that must not be used again. Hence generations: the calls that run at the same time share one
// v1.Image; when the last of them stops waiting while work still runs, the reads of that
// generation begin to fail, the work ends, and the next call opens the image afresh.

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// box is what an image shares with all that derives from it: the generation in use.
type box struct {
	mu      sync.Mutex
	current *generation
}

// generation is the time from an opening to a cancellation. The counters and the files belong to
// box.mu.
type generation struct {
	box     *box
	ctx     context.Context
	cancel  context.CancelFunc
	waiting int                // calls that wait for their work
	running int                // work that has not ended, waited for or not
	files   map[*file]struct{} // open files, those of streams excepted

	streams int                // streams that are being opened right now
	opening map[*file]struct{} // files opened meanwhile: any may belong to one of them
	kept    bool               // whether one of them was opened

	bytesRead atomic.Int64
}

// join enters the current generation for one call and its work.
func (b *box) join() *generation {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current == nil {
		ctx, cancel := context.WithCancel(context.Background())
		b.current = &generation{
			box: b, ctx: ctx, cancel: cancel,
			files: map[*file]struct{}{}, opening: map[*file]struct{}{},
		}
	}
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
func (g *generation) forgotten() map[*file]struct{} {
	if g.waiting > 0 || g.running > 0 || len(g.files) == 0 {
		return nil
	}
	files := g.files
	g.files = map[*file]struct{}{}
	return files
}

func closeAll(files map[*file]struct{}) {
	for f := range files {
		f.Close()
	}
}

// opened takes note of a file; true when it may belong to a stream that is being opened.
func (g *generation) opened(f *file) bool {
	g.box.mu.Lock()
	defer g.box.mu.Unlock()
	if g.streams > 0 {
		g.opening[f] = struct{}{}
		return true
	}
	g.files[f] = struct{}{}
	return false
}

func (g *generation) streamBegins() {
	g.box.mu.Lock()
	defer g.box.mu.Unlock()
	g.streams++
}

// streamEnds says whether a stream was opened. go-containerregistry leaves the file of one that
// could not be opened open for ever (gzip.UnzipReadCloser, v0.22.1), so if none was, what is still
// open is nobody's.
func (g *generation) streamEnds(kept bool) {
	g.box.mu.Lock()
	defer g.box.mu.Unlock()
	g.streams--
	g.kept = g.kept || kept
	if g.streams > 0 {
		return
	}
	if !g.kept {
		for f := range g.opening {
			g.files[f] = struct{}{}
		}
	}
	clear(g.opening)
	g.kept = false
}

func (g *generation) closed(f *file) {
	g.box.mu.Lock()
	defer g.box.mu.Unlock()
	delete(g.files, f)
	delete(g.opening, f)
}

// leased is an image, a layer or parts: how to make it in a generation, and the last one made.
type leased struct {
	box  *box
	make func(*generation) (any, error)

	mu   sync.Mutex
	last *made
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
	return &leased{
		box: l.box,
		make: func(g *generation) (any, error) {
			owner, err := l.in(g)
			if err != nil {
				return nil, err
			}
			return again(owner)
		},
		last: now,
	}
}
