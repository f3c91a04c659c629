package main

// Cancelling work that knows no context. go-containerregistry reads archives through openers and
// remembers what it computed, errors included, so an object whose work was cut off must not be used
// again. Hence generations: all calls that run at the same time share one v1.Image. When the last
// of them stops waiting while work still runs, the reads of that generation begin to fail, the work
// ends, and the next call makes the image anew.
//
// An owner is what an archive, a registry's client or a value of Python is here: everything that was
// made from it shares its generations. An image made of layers of several archives has several
// owners. A call joins one generation of each and cuts off only those that nobody else uses.

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
)

// owner is what an object shares with everything that derives from it: the generation in use.
type owner struct {
	number  int64  // owners are always taken in this order, so that two calls cannot block each other
	release func() // called when nobody uses the owner any more, unless it is nil
	waits   bool   // whether reading a stream may take long: from a network, or from Python

	mu      sync.Mutex
	current *generation
	users   int // objects that Python holds, open streams, and work
}

var lastOwner atomic.Int64

func newOwner(waits bool, release func()) *owner {
	return &owner{number: lastOwner.Add(1), waits: waits, release: release}
}

// hold keeps the owner in use until drop.
func (o *owner) hold() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.users++
}

func (o *owner) drop() {
	o.mu.Lock()
	o.users--
	last := o.users == 0
	if last && o.current != nil {
		// go-containerregistry may have left something running that waits for a network.
		o.current.cancel()
		o.current = nil
	}
	o.mu.Unlock()
	if last && o.release != nil {
		o.release()
	}
}

// inOrder sorts owners and leaves each only once.
func inOrder(owners []*owner) []*owner {
	if len(owners) < 2 {
		return owners
	}
	slices.SortFunc(owners, func(a, b *owner) int { return int(a.number - b.number) })
	return slices.Compact(owners)
}

// generation is the time from an opening to a cancellation. The counters and the files belong to
// owner.mu.
type generation struct {
	owner   *owner
	ctx     context.Context
	cancel  context.CancelFunc
	waiting int                 // calls that wait for their work
	running int                 // work that has not ended, whether or not anybody waits for it
	files   map[opened]struct{} // open files, except those of streams

	turn    chan struct{}       // held by the stream that is being opened, where the owner waits
	streams int                 // streams that are being opened right now
	opening map[opened]struct{} // files opened meanwhile: any may belong to one of them
	kept    bool                // whether one of them was opened

	counting counting
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
func (o *owner) join() *generation {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.current == nil {
		ctx, cancel := context.WithCancel(context.Background())
		o.current = &generation{
			owner: o, ctx: ctx, cancel: cancel, turn: make(chan struct{}, 1),
			files: map[opened]struct{}{}, opening: map[opened]struct{}{},
		}
	}
	o.users++
	o.current.waiting++
	o.current.running++
	return o.current
}

// done says that one piece of work has ended.
func (g *generation) done() {
	g.owner.mu.Lock()
	g.running--
	forgotten := g.forgotten()
	g.owner.mu.Unlock()
	closeAll(forgotten)
	g.owner.drop()
}

// leave says that one call waits no more. Work that nobody waits for ends the generation.
func (g *generation) leave() {
	g.owner.mu.Lock()
	g.waiting--
	if g.waiting == 0 && g.running > 0 {
		g.cancel()
		if g.owner.current == g {
			g.owner.current = nil
		}
	}
	forgotten := g.forgotten()
	g.owner.mu.Unlock()
	closeAll(forgotten)
}

// forgotten takes the files that are open although no work runs: package validate, for one, leaves
// a damaged layer open for ever.
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
	g.owner.mu.Lock()
	defer g.owner.mu.Unlock()
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
	if g.owner.waits {
		select {
		case g.turn <- struct{}{}:
		case <-g.ctx.Done():
			return g.ctx.Err()
		}
	}
	g.owner.mu.Lock()
	defer g.owner.mu.Unlock()
	g.streams++
	return nil
}

// streamEnds says whether a stream was opened, and learns which files are or may be its own.
// go-containerregistry never closes the file of a stream that it could not open
// (gzip.UnzipReadCloser, v0.22.1), so if none was opened, what is still open is nobody's.
func (g *generation) streamEnds(kept bool) (its []opened) {
	if g.owner.waits {
		defer func() { <-g.turn }()
	}
	g.owner.mu.Lock()
	defer g.owner.mu.Unlock()
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
	g.owner.mu.Lock()
	defer g.owner.mu.Unlock()
	delete(g.files, f)
	delete(g.opening, f)
}

// generations are those that a call works in: one of each owner, in the owners' order.
type generations []*generation

func joinAll(owners []*owner) generations {
	if len(owners) == 0 {
		return nil
	}
	gens := make(generations, len(owners))
	for i, o := range owners {
		gens[i] = o.join()
	}
	return gens
}

// of is the owner's generation.
func (gens generations) of(o *owner) *generation {
	for _, g := range gens {
		if g.owner == o {
			return g
		}
	}
	panic("a call without a generation of an owner of its values")
}

// only are the generations of these owners.
func (gens generations) only(owners []*owner) generations {
	if len(owners) == len(gens) {
		return gens // a call has the owners of all its values, and they are in order
	}
	some := make(generations, len(owners))
	for i, o := range owners {
		some[i] = gens.of(o)
	}
	return some
}

// count counts what they read for a counter of Python.
func (gens generations) count(counter int64) {
	for _, g := range gens {
		g.counting.begin(counter)
	}
}

// bytesRead is what they read since it was last asked for.
func (gens generations) bytesRead() (n int64) {
	for _, g := range gens {
		n += g.counting.take()
	}
	return n
}

// err is why one of them was cut off, or nil.
func (gens generations) err() error {
	for _, g := range gens {
		if err := g.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// waits says whether reading what was opened in them may take long.
func (gens generations) waits() bool {
	return slices.ContainsFunc(gens, func(g *generation) bool { return g.owner.waits })
}

// hold keeps their owners in use until drop.
func (gens generations) hold() {
	for _, g := range gens {
		g.owner.hold()
	}
}

func (gens generations) drop() {
	for _, g := range gens {
		g.owner.drop()
	}
}

// streamBegins begins in all of them or in none.
func (gens generations) streamBegins() error {
	for i, g := range gens {
		if err := g.streamBegins(); err != nil {
			gens[:i].streamEnds(false)
			return err
		}
	}
	return nil
}

func (gens generations) streamEnds(kept bool) (its []opened) {
	for _, g := range gens {
		its = append(its, g.streamEnds(kept)...)
	}
	return its
}

// object is a value that Python may hold: an image, a layer, a descriptor. It knows how to make its
// value in a generation of its owners, and the last one made.
type object struct {
	owners []*owner
	make   func(generations) (any, error)

	closed atomic.Bool

	mu   sync.Mutex
	last *made
}

// newObject makes an object, which holds its owners until it is closed.
func newObject(owners []*owner, make func(generations) (any, error)) *object {
	for _, o := range owners {
		o.hold()
	}
	return &object{owners: owners, make: make}
}

// Close lets the owners go; calls that run, and what derives from the object, go on.
func (o *object) Close() error {
	if !o.closed.Swap(true) {
		for _, owner := range o.owners {
			owner.drop()
		}
	}
	return nil
}

// objects are those of one answer.
type objects []*object

func (all objects) Close() error {
	for _, o := range all {
		o.Close()
	}
	return nil
}

// made is a value of one set of generations.
type made struct {
	in    generations
	once  sync.Once
	value any
	err   error
}

func madeAlready(gens generations, value any) *made {
	m := &made{in: gens, value: value}
	m.once.Do(func() {})
	return m
}

var errUnfinished = errors.New("opening did not finish")

// in gives the value for these generations; a failure is forgotten, so that one may try again.
func (o *object) in(gens generations) (any, error) {
	own := gens.only(o.owners)
	if err := own.err(); err != nil {
		return nil, err
	}
	m := o.attempt(own)
	m.once.Do(func() {
		m.err = errUnfinished // stays when make panics
		m.value, m.err = o.make(own)
	})
	if m.err != nil {
		o.forget(m)
	}
	return m.value, m.err
}

func (o *object) attempt(gens generations) *made {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last == nil || !slices.Equal(o.last.in, gens) {
		o.last = &made{in: gens}
	}
	return o.last
}

func (o *object) forget(m *made) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last == m {
		o.last = nil
	}
}
