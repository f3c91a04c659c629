package main

// Package tarball: images, manifest.json and layers of archives.

import (
	"io"
	"sync"

	"github.com/google/go-containerregistry/pkg/compression"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func init() {
	register("tarball.Image", image, "opener", "tag")
	register("tarball.LoadManifest", loadManifest, "opener")
	register("tarball.LayerFromOpener", func(opener tarball.Opener, algorithm string, level int, mediaType types.MediaType, caching bool) (v1.Layer, error) {
		return tarball.LayerFromOpener(closingAtEnd(opener), layerOptions(algorithm, level, mediaType, caching)...)
	}, "opener", "compression", "compression_level", "media_type", "compressed_caching")
}

// layerOptions are in the order in which the last one knows of all others.
func layerOptions(algorithm string, level int, mediaType types.MediaType, caching bool) []tarball.LayerOption {
	options := []tarball.LayerOption{
		tarball.WithCompression(compression.Compression(algorithm)), tarball.WithCompressionLevel(level), tarball.WithMediaType(mediaType),
	}
	if caching {
		options = append(options, tarball.WithCompressedCaching)
	}
	return options
}

// closingAtEnd opens files that close themselves once they were read to their end. Upstream's zstd
// compressor forgets to close its source when its reader goes away after that (see
// docs/upstream-findings.md).
func closingAtEnd(opener tarball.Opener) tarball.Opener {
	return func() (io.ReadCloser, error) {
		file, err := opener()
		if err != nil {
			return nil, err
		}
		return &fileClosingAtEnd{file: file, close: sync.OnceValue(file.Close)}, nil
	}
}

type fileClosingAtEnd struct {
	file  io.Reader
	close func() error
	end   error
}

func (f *fileClosingAtEnd) Read(p []byte) (int, error) {
	if f.end != nil {
		return 0, f.end
	}
	n, err := f.file.Read(p)
	if err != nil {
		f.end = err
		_ = f.close()
	}
	return n, err
}

func (f *fileClosingAtEnd) Close() error { return f.close() }
