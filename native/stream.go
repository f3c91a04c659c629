package main

// Package stream: layers over streams of Python's that are read once.

import (
	"io"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/stream"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func init() {
	register("stream.NewLayer", func(w *work, content *lateFile, level int, mediaType types.MediaType) (v1.Layer, error) {
		// What a stream gave is gone, so the layer is the same in each generation.
		if known, ok := w.memory.load().(*stream.Layer); ok {
			return known, nil
		}
		layer := stream.NewLayer(content, stream.WithCompressionLevel(level), stream.WithMediaType(mediaType))
		w.memory.store(layer)
		return layer, nil
	}, "stream", "compression_level", "media_type")
}

// compressed is Layer.Compressed.
func compressed(layer v1.Layer) (io.ReadCloser, error) {
	reader, err := layer.Compressed()
	if _, ok := layer.(*stream.Layer); ok && err == nil {
		return &layerStream{ReadCloser: reader, wanted: make(chan struct{}), closed: make(chan struct{})}, nil
	}
	return reader, err
}

// layerStream is the compressed form of a layer over a stream. go-containerregistry tells the end of it
// before the layer knows its digest (stream/layer.go, v0.22.1); here the digest is known at the end.
// What is read ahead counts as read, so nothing is before somebody wants the first bytes.
type layerStream struct {
	io.ReadCloser
	wanted, closed chan struct{}
	want, stop     sync.Once
}

// begin lets reads begin.
func (s *layerStream) begin() { s.want.Do(func() { close(s.wanted) }) }

func (s *layerStream) Close() error {
	s.stop.Do(func() { close(s.closed) })
	return s.ReadCloser.Close()
}

func (s *layerStream) Read(p []byte) (int, error) {
	select {
	case <-s.wanted:
	case <-s.closed:
		return 0, errClosed
	}
	n, err := s.ReadCloser.Read(p)
	if err == io.EOF {
		if failed := s.Close(); failed != nil {
			err = failed
		}
	}
	return n, err
}

// How long Close may wait for a stream of Python's that gives nothing.
const settleGrace = time.Second

// settle closes the stream, and waits until the layer knows what was read.
func (s *layerStream) settle() {
	closed := make(chan struct{})
	go s.closeAside(closed)
	timer := time.NewTimer(settleGrace)
	defer timer.Stop()
	select {
	case <-closed:
	case <-timer.C:
	}
}

func (s *layerStream) closeAside(closed chan<- struct{}) {
	var err error
	defer close(closed)
	defer recovered(&err)
	err = s.Close()
}
