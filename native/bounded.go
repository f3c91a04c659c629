package main

// Answers that go-containerregistry reads to their end, whatever that is: lists of tags and of
// repositories, and those to a ping. As in the Python engine no page may fill the memory.

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

const pageLimit = 64 << 20 // bytes

type bounded struct{ inner http.RoundTripper }

func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.inner.RoundTrip(req)
	if err == nil && isPage(first(req).URL.Path) {
		resp.Body = &boundedBody{ReadCloser: resp.Body, left: pageLimit}
	}
	return resp, err
}

// first is the request that redirects led on from.
func first(req *http.Request) *http.Request {
	for req.Response != nil && req.Response.Request != nil {
		req = req.Response.Request
	}
	return req
}

func isPage(path string) bool {
	return path == "/v2/" || path == "/v2/_catalog" || strings.HasSuffix(path, "/tags/list")
}

var errPageTooLong = fmt.Errorf("body exceeds %d byte limit", pageLimit)

type boundedBody struct {
	io.ReadCloser
	left int
}

func (b *boundedBody) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, errPageTooLong
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= n
	if b.left < 0 {
		err = errPageTooLong
	}
	return n, err
}
