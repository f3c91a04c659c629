package main

// Calls: work in a goroutine that Python waits for, in slices, until it is done, cancelled or out of
// time. The thread that called is never held longer than a slice.

// #include "pyggcr.h"
import "C"

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// slice is how long a reader of a stream waits before it looks after signals and limits.
const slice = C.PYGGCR_SLICE_MS * time.Millisecond

type call struct {
	ctx    context.Context
	cancel context.CancelFunc
	gens   generations
	read   int64        // bytes that the caller was told of
	sent   atomic.Int64 // bytes of blobs that registries have taken
	ended  chan struct{}
	answer any
	err    error

	mu   sync.Mutex
	left bool
}

// begin starts work on values of these owners, which are in order. The context is the call's own:
// work that leaves traces elsewhere, such as uploads, ends with the call and not with a generation.
// A negative timeout means none; counter is Python's, which counts what is read, or 0.
func begin(owners []*owner, counter int64, timeout time.Duration, work func(context.Context, generations) (any, error)) *call {
	c := &call{ended: make(chan struct{}), gens: joinAll(owners)}
	c.gens.count(counter)
	if timeout < 0 {
		c.ctx, c.cancel = context.WithCancel(context.Background())
	} else {
		c.ctx, c.cancel = context.WithTimeout(context.Background(), timeout)
	}
	c.ctx = context.WithValue(c.ctx, callKey{}, c)
	go c.run(work)
	return c
}

func (c *call) run(work func(context.Context, generations) (any, error)) {
	defer c.finish()
	defer recovered(&c.err)
	c.answer, c.err = work(c.ctx, c.gens)
	if c.err != nil && errors.Is(c.ctx.Err(), context.DeadlineExceeded) {
		c.err = c.ctx.Err() // whatever was made of it on the way
	}
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

// Close abandons the call: its work is cut off unless other calls of a generation go on.
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
func (c *call) wait(patience time.Duration, result *C.pyggcr_result) C.pyggcr_status {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-c.ended:
	case <-c.ctx.Done():
	case <-timer.C:
		c.tell(result)
		return C.PYGGCR_RUNNING
	}
	c.tell(result)
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

// tell says how far the work has come.
func (c *call) tell(result *C.pyggcr_result) {
	c.read += c.gens.bytesRead()
	result.bytes_read = C.int64_t(c.read)
	result.bytes_sent = C.int64_t(c.sent.Load())
}

// first waits for a new call; one that lasts goes to the caller as a handle.
func (c *call) first(patience time.Duration, result *C.pyggcr_result) C.pyggcr_status {
	status := c.wait(patience, result)
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
