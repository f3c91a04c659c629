package main

// Calls: work in a goroutine that an export waits for, in slices, until it is done, cancelled or
// out of time. The thread that called is never held longer than a slice.

// #include "pyggcr.h"
import "C"

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"
)

const firstSlice = C.PYGGCR_SLICE_MS * time.Millisecond

type call struct {
	ctx    context.Context
	cancel context.CancelFunc
	gens   []*generation
	before int64 // bytes that the generations had read when the call began
	ended  chan struct{}
	answer any
	err    error

	mu   sync.Mutex
	left bool
}

// begin starts work in the box's current generation. A negative timeout means none.
func begin(b *box, timeout C.int64_t, work func(*generation) (any, error)) *call {
	return beginAll([]*box{b}, timeout, func(_ context.Context, gens []*generation) (any, error) {
		return work(gens[0])
	})
}

// beginAll starts work on values of several boxes. The context is the call's own: work that leaves
// traces elsewhere, such as uploads, ends with the call and not with a generation.
func beginAll(boxes []*box, timeout C.int64_t, work func(context.Context, []*generation) (any, error)) *call {
	c := &call{ended: make(chan struct{})}
	for _, b := range boxes {
		c.gens = append(c.gens, b.join())
	}
	c.before = c.bytesRead()
	if timeout < 0 {
		c.ctx, c.cancel = context.WithCancel(context.Background())
	} else {
		c.ctx, c.cancel = context.WithTimeout(context.Background(), time.Duration(timeout))
	}
	go c.run(work)
	return c
}

func (c *call) run(work func(context.Context, []*generation) (any, error)) {
	defer c.finish()
	defer recovered(&c.err)
	c.answer, c.err = work(c.ctx, c.gens)
	if c.err != nil && errors.Is(c.ctx.Err(), context.DeadlineExceeded) {
		c.err = c.ctx.Err() // whatever was made of it on the way
	}
}

// bytesRead is what the generations have read, counting each once.
func (c *call) bytesRead() (n int64) {
	for i, g := range c.gens {
		if !slices.Contains(c.gens[:i], g) {
			n += g.bytesRead.Load()
		}
	}
	return n
}

func (c *call) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range c.gens {
		g.done()
	}
	if c.left {
		c.discard()
	}
	close(c.ended)
}

// discard closes an answer that nobody waits for.
func (c *call) discard() {
	if closer, ok := c.answer.(io.Closer); ok {
		closer.Close()
	}
}

// Close abandons the call: its work is cut off unless other calls of the generation go on.
func (c *call) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left {
		return nil
	}
	c.left = true
	c.cancel()
	select {
	case <-c.ended:
		c.discard()
	default:
	}
	c.leave()
	return nil
}

// take leaves with the answer; false when Close was first.
func (c *call) take() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left {
		return false
	}
	c.left = true
	c.cancel()
	c.leave()
	return true
}

func (c *call) leave() {
	for _, g := range c.gens {
		g.leave()
	}
}

// wait gives the call that much time; PYGGCR_RUNNING says that it needs more.
func (c *call) wait(slice time.Duration, result *C.pyggcr_result) C.pyggcr_status {
	timer := time.NewTimer(slice)
	defer timer.Stop()
	select {
	case <-c.ended:
	case <-c.ctx.Done():
	case <-timer.C:
		result.bytes_read = C.int64_t(c.bytesRead() - c.before)
		return C.PYGGCR_RUNNING
	}
	result.bytes_read = C.int64_t(c.bytesRead() - c.before)
	select {
	case <-c.ended:
		if c.take() {
			return deliver(result, c.answer, c.err)
		}
		return fail(result, context.Canceled)
	default:
		err := c.ctx.Err()
		c.Close()
		return fail(result, err)
	}
}

// first waits for a new call; one that lasts goes to the caller as a handle.
func (c *call) first(result *C.pyggcr_result) C.pyggcr_status {
	status := c.wait(firstSlice, result)
	if status == C.PYGGCR_RUNNING {
		result.handle = newHandle(c)
	}
	return status
}

//export pyggcr_call_wait
func pyggcr_call_wait(handle C.pyggcr_handle, milliseconds C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	c, err := lookup[*call](handle)
	if err != nil {
		return fail(result, err)
	}
	result.handle = 0
	status = c.wait(time.Duration(milliseconds)*time.Millisecond, result)
	if status == C.PYGGCR_RUNNING {
		result.handle = handle
	} else {
		forget(handle)
	}
	return status
}

// ask runs work on what the handle stands for.
func ask[T any](handle C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result, work func(T) (any, error)) C.pyggcr_status {
	return askOwner(handle, timeout, result, func(_ *leased, _ *generation, value T) (any, error) {
		return work(value)
	})
}

// askOwner is ask for work that derives something from the value.
func askOwner[T any](handle C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result, work func(*leased, *generation, T) (any, error)) C.pyggcr_status {
	owner, err := lookup[*leased](handle)
	if err != nil {
		return fail(result, err)
	}
	return begin(owner.box, timeout, func(g *generation) (any, error) {
		value, err := owner.in(g)
		if err != nil {
			return nil, err
		}
		t, err := as[T](value)
		if err != nil {
			return nil, err
		}
		return work(owner, g, t)
	}).first(result)
}
