package main

// Package registry: a registry in this process. Blob handlers and loggers of Python's are called
// through the callback for values (python_value.go); twin of pyggcr/_go/registry.py.

// #include "pyggcr.h"
import "C"

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func init() {
	kinds[reflect.TypeFor[registryCallbacks]()] = &kind{"callbacks", decodeCallbacks}
	register("registry.Serve", serve, "options", "callbacks")
	registerInline("registry.Address", func(s *server) string { return s.address }, "server")
	// Package registry writes of digests that do not match to the process' own log; here they go to
	// the registry's logger (loggingHandler).
	log.SetOutput(io.Discard)
}

// registryOptions say where the registry listens and keeps blobs, and what of the callbacks there is.
type registryOptions struct {
	Address     string            `json:"address"`
	Referrers   bool              `json:"referrers"`
	Folder      string            `json:"folder"`
	Warnings    []registryWarning `json:"warnings"`
	Certificate string            `json:"certificate"`
	Key         string            `json:"key"`
	Handler     bool              `json:"handler"`
	Stats       bool              `json:"stats"`
	Puts        bool              `json:"puts"`
	Deletes     bool              `json:"deletes"`
	Logs        bool              `json:"logs"`
}

type registryWarning struct {
	Probability float64 `json:"probability"`
	Text        string  `json:"text"`
}

// server is a registry that is served until it is closed.
type server struct {
	http    *http.Server
	address string
	running sync.WaitGroup // requests
}

// crane's for the head of a request.
const headTimeout = 5 * time.Second

// How long Close waits for requests whose connections it cut.
const serverGrace = time.Second

func serve(o registryOptions, c registryCallbacks) (*server, error) {
	logger := log.New(io.Discard, "", 0)
	if o.Logs {
		logger.SetOutput(c)
	}
	options := []registry.Option{
		registry.Logger(logger),
		registry.WithReferrersSupport(o.Referrers),
		registry.WithBlobHandler(o.blobHandler(c, logger)),
	}
	for _, w := range o.Warnings {
		options = append(options, registry.WithWarning(w.Probability, w.Text))
	}
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, err
	}
	s := &server{address: listener.Addr().String()}
	if o.Certificate != "" {
		pair, err := tls.X509KeyPair([]byte(o.Certificate), []byte(o.Key))
		if err != nil {
			listener.Close()
			return nil, err
		}
		listener = tls.NewListener(listener, &tls.Config{
			Certificates: []tls.Certificate{pair},
			NextProtos:   []string{"http/1.1"},
		})
	}
	s.http = &http.Server{
		ReadHeaderTimeout: headTimeout,
		Handler:           s.counted(registry.New(options...)),
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	go s.http.Serve(listener)
	return s, nil
}

func (s *server) counted(inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.running.Add(1)
		defer s.running.Done()
		inner.ServeHTTP(w, r)
	})
}

// Close stops listening, cuts all connections, and waits a moment for what still runs.
func (s *server) Close() error {
	err := s.http.Close()
	quiet := make(chan struct{})
	go func() {
		s.running.Wait()
		close(quiet)
	}()
	select {
	case <-quiet:
	case <-time.After(serverGrace):
	}
	return err
}

// blobHandler is the one of Python, or one of go-containerregistry.
func (o registryOptions) blobHandler(c registryCallbacks, logger *log.Logger) registry.BlobHandler {
	if !o.Handler {
		handler := registry.NewInMemoryBlobHandler()
		if o.Folder != "" {
			handler = registry.NewDiskBlobHandler(o.Folder)
		}
		return loggingHandler{handler.(completeHandler), logger}
	}
	get, stat, put, remove := blobGet{c}, blobStat{c}, blobPut{c, logger}, blobDelete{c}
	// Package registry asks for the interfaces one by one.
	switch [3]bool{o.Stats, o.Puts, o.Deletes} {
	case [3]bool{false, false, true}:
		return struct {
			blobGet
			blobDelete
		}{get, remove}
	case [3]bool{false, true, false}:
		return struct {
			blobGet
			blobPut
		}{get, put}
	case [3]bool{false, true, true}:
		return struct {
			blobGet
			blobPut
			blobDelete
		}{get, put, remove}
	case [3]bool{true, false, false}:
		return struct {
			blobGet
			blobStat
		}{get, stat}
	case [3]bool{true, false, true}:
		return struct {
			blobGet
			blobStat
			blobDelete
		}{get, stat, remove}
	case [3]bool{true, true, false}:
		return struct {
			blobGet
			blobStat
			blobPut
		}{get, stat, put}
	case [3]bool{true, true, true}:
		return struct {
			blobGet
			blobStat
			blobPut
			blobDelete
		}{get, stat, put, remove}
	}
	return get
}

// completeHandler is what the handlers of package registry are.
type completeHandler interface {
	registry.BlobHandler
	registry.BlobStatHandler
	registry.BlobPutHandler
	registry.BlobDeleteHandler
}

// loggingHandler tells the registry's logger what package registry tells only the process' own.
type loggingHandler struct {
	completeHandler
	log *log.Logger
}

func (l loggingHandler) Put(ctx context.Context, repo string, h v1.Hash, rc io.ReadCloser) error {
	return logMismatch(l.log, l.completeHandler.Put(ctx, repo, h, rc))
}

func logMismatch(logger *log.Logger, err error) error {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		if fmt.Sprintf("%T", inner) == "verify.Error" { // its package is internal
			logger.Printf("Digest mismatch: %v", err)
		}
	}
	return err
}

// registryCallbacks is the number that Python knows the blob handler and the logger by.
type registryCallbacks struct{ number C.uint64_t }

func decodeCallbacks(a argument) (input, error) {
	switch a.tag {
	case C.PYGGCR_NULL:
		return plain(registryCallbacks{})
	case C.PYGGCR_PYTHON_VALUE:
		return plain(registryCallbacks{C.uint64_t(a.number)})
	}
	return input{}, a.wrong("callbacks")
}

// Write takes a line of the log.
func (c registryCallbacks) Write(line []byte) (int, error) {
	askPython(c.number, "log", string(bytes.TrimSuffix(line, []byte("\n"))))
	return len(line), nil
}

// handlerFailure is how Python describes an exception of a blob handler.
type handlerFailure struct {
	Kind     string `json:"kind"`
	Text     string `json:"text"`
	Location string `json:"location"`
	Code     int    `json:"code"`
}

// handlerError is an error whose text is Python's, and which stands for one of Go.
type handlerError struct {
	text string
	is   error
}

func (f handlerError) Error() string { return f.text }
func (f handlerError) Unwrap() error { return f.is }

// ask calls a method of the handler. failed is what reading the content failed with.
func (c registryCallbacks) ask(method, repo string, h v1.Hash, stream C.pyggcr_handle, failed func() error) (int64, error) {
	a, err := askPython(c.number, method, fmt.Sprintf("%s\x00%d\x00%s", h, stream, repo))
	if err != nil || len(a.data) == 0 {
		return a.number, err
	}
	var f handlerFailure
	if err := json.Unmarshal(a.data, &f); err != nil {
		return 0, err
	}
	switch f.Kind {
	case "not found":
		return 0, handlerError{f.Text, registry.ErrNotFound}
	case "redirect":
		return 0, handlerError{f.Text, registry.RedirectError{Location: f.Location, Code: f.Code}}
	case "content":
		return 0, handlerError{f.Text, failed()}
	}
	return 0, handlerError{f.Text, nil}
}

type blobGet struct{ registryCallbacks }

func (b blobGet) Get(_ context.Context, repo string, h v1.Hash) (io.ReadCloser, error) {
	number, err := b.ask("get", repo, h, 0, nil)
	if err != nil {
		return nil, err
	}
	return newPythonFile(number), nil
}

type blobStat struct{ registryCallbacks }

func (b blobStat) Stat(_ context.Context, repo string, h v1.Hash) (int64, error) {
	return b.ask("stat", repo, h, 0, nil)
}

type blobDelete struct{ registryCallbacks }

func (b blobDelete) Delete(_ context.Context, repo string, h v1.Hash) error {
	_, err := b.ask("delete", repo, h, 0, nil)
	return err
}

type blobPut struct {
	registryCallbacks
	log *log.Logger
}

func (b blobPut) Put(_ context.Context, repo string, h v1.Hash, rc io.ReadCloser) error {
	content := &blobContent{ReadCloser: rc}
	stream := newHandle(&openStream{reader: content, gone: func() {}})
	defer release(stream)
	_, err := b.ask("put", repo, h, stream, content.failure)
	return logMismatch(b.log, err)
}

// blobContent remembers what it failed with.
type blobContent struct {
	io.ReadCloser
	mu  sync.Mutex
	err error
}

func (c *blobContent) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.err = err
	}
	return n, err
}

func (c *blobContent) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
