package main

// Package stream: layers over streams of Python's that are read once.

import (
	"io"
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
		return &layerStream{reader}, nil
	}
	return reader, err
}

// layerStream is the compressed form of a layer over a stream. go-containerregistry tells the end of it
// before the layer knows its digest (stream/layer.go, v0.22.1); here the digest is known at the end.
type layerStream struct{ io.ReadCloser }

func (s *layerStream) Read(p []byte) (int, error) {
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
