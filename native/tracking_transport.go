package main

// The transport of remote images, which fetch what they need when they need it, with the context
// that they were made with: that of their generation. What a stream reads outlives it.

import (
	"context"
	"io"
	"net/http"
	"sync"
)

type generationKey struct{}

// contextOf is a context for requests that are made for a generation, and die with the other one.
func contextOf(ctx context.Context, g *generation) context.Context {
	return context.WithValue(ctx, generationKey{}, g)
}

type apartKey struct{}

// apart is a context for a request whose maker would end with it what he made of the answer: only
// the transport sees when the given one ends.
func apart(ctx context.Context) context.Context {
	return context.WithValue(context.WithoutCancel(ctx), apartKey{}, ctx)
}

// trackingTransport counts what responses bring, and holds on to their bodies.
type trackingTransport struct{ inner http.RoundTripper }

func (t trackingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	outer := req.Context()
	g, ok := outer.Value(generationKey{}).(*generation)
	if !ok {
		return t.inner.RoundTrip(req)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(outer))
	if whole, ok := outer.Value(apartKey{}).(context.Context); ok {
		outer = whole
	}
	detach := context.AfterFunc(outer, cancel)
	resp, err := t.inner.RoundTrip(req.WithContext(ctx))
	if err != nil {
		detach()
		cancel()
		if outer.Err() != nil {
			err = outer.Err()
		}
		return nil, err
	}
	b := &body{inner: resp.Body, gen: g, outer: outer, detach: detach, cancel: cancel}
	g.opens(b)
	resp.Body = b
	resp.Request = req
	return resp, nil
}

// body is a response's.
type body struct {
	inner  io.ReadCloser
	gen    *generation
	outer  context.Context
	detach func() bool // parts it from the outer context
	cancel context.CancelFunc
	close  sync.Once
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.inner.Read(p)
	b.gen.bytesRead.Add(int64(n))
	return n, err
}

func (b *body) Close() (err error) {
	b.close.Do(func() {
		b.gen.closed(b)
		err = b.inner.Close()
		b.detach()
		b.cancel()
	})
	return err
}

func (b *body) outlive() { b.detach() }
func (b *body) cutOff()  { b.cancel() }
