package main

// Parts: made-up values for pkg/v1/partial, of which only the raw bytes are given.

import (
	"bytes"
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

type configParts struct{ raw []byte }

func (p configParts) RawConfigFile() ([]byte, error)      { return p.raw, nil }
func (p configParts) ConfigFile() (*v1.ConfigFile, error) { return partial.ConfigFile(p) }

type manifestParts struct{ raw []byte }

func (p manifestParts) RawManifest() ([]byte, error)    { return p.raw, nil }
func (p manifestParts) Manifest() (*v1.Manifest, error) { return partial.Manifest(p) }

// indexParts is a v1.ImageIndex without children.
type indexParts struct{ raw []byte }

func (p indexParts) RawManifest() ([]byte, error) { return p.raw, nil }
func (p indexParts) Digest() (v1.Hash, error)     { return partial.Digest(p) }
func (p indexParts) Size() (int64, error)         { return partial.Size(p) }
func (p indexParts) IndexManifest() (*v1.IndexManifest, error) {
	return v1.ParseIndexManifest(bytes.NewReader(p.raw))
}
func (p indexParts) MediaType() (types.MediaType, error) {
	index, err := p.IndexManifest()
	if err != nil {
		return "", err
	}
	return index.MediaType, nil
}

var errNoChildren = errors.New("parts have no images")

func (p indexParts) Image(v1.Hash) (v1.Image, error)           { return nil, errNoChildren }
func (p indexParts) ImageIndex(v1.Hash) (v1.ImageIndex, error) { return nil, errNoChildren }

// newParts gives a value with just the methods for which there are bytes.
func newParts(manifest, config, index []byte) any {
	switch {
	case index != nil:
		return indexParts{index}
	case manifest != nil && config != nil:
		return struct {
			manifestParts
			configParts
		}{manifestParts{manifest}, configParts{config}}
	case manifest != nil:
		return manifestParts{manifest}
	}
	return configParts{config}
}
