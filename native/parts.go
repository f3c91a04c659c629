package main

// Parts: made-up values for pkg/v1/partial, of which only the raw bytes are given. Twin of
// pyggcr/v1/parts.py, whose texts it repeats where a document is not there.

import (
	"bytes"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// parts are an image's documents or an index; nil is one that is not there.
type parts struct{ manifest, config, index []byte }

func present(document []byte, name string) ([]byte, error) {
	if document == nil {
		return nil, unsupportedError("the parts have no " + name)
	}
	return document, nil
}

func (p parts) RawConfigFile() ([]byte, error)      { return present(p.config, "config file") }
func (p parts) ConfigFile() (*v1.ConfigFile, error) { return partial.ConfigFile(p) }

// RawManifest is the index where there is one, as it is for v1.ImageIndex.
func (p parts) RawManifest() ([]byte, error) {
	if p.index != nil {
		return p.index, nil
	}
	return present(p.manifest, "manifest")
}

func (p parts) Manifest() (*v1.Manifest, error) {
	raw, err := present(p.manifest, "manifest")
	if err != nil {
		return nil, err
	}
	return v1.ParseManifest(bytes.NewReader(raw))
}

// partsIndex is a v1.ImageIndex as far as partial.FindManifests asks: it has no images.
type partsIndex struct{ parts }

func (p partsIndex) IndexManifest() (*v1.IndexManifest, error) {
	raw, err := present(p.index, "index manifest")
	if err != nil {
		return nil, err
	}
	return v1.ParseIndexManifest(bytes.NewReader(raw))
}

func (p partsIndex) Digest() (v1.Hash, error) { return partial.Digest(p) }
func (p partsIndex) Size() (int64, error)     { return partial.Size(p) }

func (p partsIndex) MediaType() (types.MediaType, error) {
	index, err := p.IndexManifest()
	if err != nil {
		return "", err
	}
	return index.MediaType, nil
}

func (p partsIndex) Image(v1.Hash) (v1.Image, error) {
	return nil, unsupportedError("the parts have no images")
}

func (p partsIndex) ImageIndex(v1.Hash) (v1.ImageIndex, error) {
	return nil, unsupportedError("the parts have no indexes")
}
