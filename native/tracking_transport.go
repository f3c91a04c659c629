package main

// The transport of remote images, which fetch what they need when they need it, with the context
// that they were made with: that of their generation. What a stream reads outlives it.

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
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
	if c, ok := outer.Value(callKey{}).(*call); ok && req.Method == http.MethodPatch && req.Body != nil {
		return sending(req, c, t.inner)
	}
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
	b.key, b.offset = countedAs(req, resp)
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
	key    string
	offset int64
	close  sync.Once
}

// countedAs says what the bytes of a response are counted by, and at which offset they begin. Where
// a registry redirects to differs from time to time, so the path that was asked for first counts.
func countedAs(req *http.Request, resp *http.Response) (key string, offset int64) {
	if resp.StatusCode == http.StatusPartialContent {
		fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-", &offset)
	}
	for req.Response != nil && req.Response.Request != nil {
		req = req.Response.Request
	}
	return req.URL.Host + req.URL.Path, max(0, offset)
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.inner.Read(p)
	b.gen.counting.add(b.key, b.offset, n)
	b.offset += int64(n)
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

type callKey struct{}

// sending sends a part of a blob, and counts it for the call as long as it is not refused.
func sending(req *http.Request, c *call, inner http.RoundTripper) (*http.Response, error) {
	s := &sent{call: c}
	counted := *req
	counted.Body = &sentBody{ReadCloser: req.Body, sent: s}
	if again := req.GetBody; again != nil {
		counted.GetBody = func() (io.ReadCloser, error) {
			body, err := again()
			if err != nil {
				return nil, err
			}
			return &sentBody{ReadCloser: body, sent: s}, nil
		}
	}
	resp, err := inner.RoundTrip(&counted)
	if err != nil || resp.StatusCode >= http.StatusMultipleChoices {
		c.sent.Add(-s.most.Load())
	}
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

// sent is how much of a request's body was sent, however often that began.
type sent struct {
	call *call
	most atomic.Int64
}

type sentBody struct {
	io.ReadCloser
	sent *sent
	at   int64
}

func (b *sentBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.at += int64(n)
	if more := b.at - b.sent.most.Load(); more > 0 {
		b.sent.most.Add(more)
		b.sent.call.sent.Add(more)
	}
	return n, err
}
