package main

// Documents of an archive are bounded: go-containerregistry reads configs whole, and a sparse entry of a few
// kilobytes may claim to hold any number of bytes.

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const (
	documentLimit = 64 << 20 // DOCUMENT_LIMIT of pyggcr/_layers/documents.py
	manifestJSON  = "manifest.json"
)

// image is tarball.Image, which refuses configs and manifests that are too large.
func image(opener tarball.Opener, tag *name.Tag) (v1.Image, error) {
	if hasLarge(opener) {
		manifest, err := readManifest(opener)
		if err != nil {
			return nil, err
		}
		if described := findDescriptor(manifest, tag); described != nil {
			if err := checkSize(opener, described.Config); err != nil {
				return nil, err
			}
		}
	}
	return tarball.Image(opener, tag)
}

// loadManifest is tarball.LoadManifest, within the same bounds.
func loadManifest(opener tarball.Opener) (tarball.Manifest, error) {
	if hasLarge(opener) {
		if _, err := readManifest(opener); err != nil {
			return nil, err
		}
	}
	return tarball.LoadManifest(opener)
}

// hasLarge says whether an entry is larger than a document may be. It says no of what cannot be read, which
// tarball then reports.
func hasLarge(opener tarball.Opener) bool {
	file, err := opener()
	if err != nil {
		return false
	}
	defer file.Close()
	for reader := tar.NewReader(file); ; {
		header, err := reader.Next()
		if err != nil {
			return false
		}
		if header.Size > documentLimit {
			return true
		}
	}
}

// readManifest reads the first value of manifest.json, which is all that counts. Its only error is that it
// is too large.
func readManifest(opener tarball.Opener) (tarball.Manifest, error) {
	file := openEntry(opener, manifestJSON)
	if file == nil {
		return nil, nil
	}
	defer file.Close()
	limited := &io.LimitedReader{R: file, N: documentLimit + 1}
	var manifest tarball.Manifest
	err := json.NewDecoder(limited).Decode(&manifest)
	if limited.N == 0 && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)) {
		return nil, tooLarge(manifestJSON)
	}
	return manifest, nil
}

// findDescriptor is that of tarball, without its errors.
func findDescriptor(manifest tarball.Manifest, tag *name.Tag) *tarball.Descriptor {
	if tag == nil {
		if len(manifest) != 1 {
			return nil
		}
		return &manifest[0]
	}
	for i, described := range manifest {
		for _, text := range described.RepoTags {
			own, err := name.NewTag(text)
			if err != nil {
				return nil
			}
			if own.Name() == tag.Name() {
				return &manifest[i]
			}
		}
	}
	return nil
}

// checkSize fails if the entry really has more bytes than a document may have.
func checkSize(opener tarball.Opener, entry string) error {
	file := openEntry(opener, entry)
	if file == nil {
		return nil
	}
	defer file.Close()
	if n, _ := io.CopyN(io.Discard, file, documentLimit+1); n > documentLimit {
		return tooLarge(entry)
	}
	return nil
}

func tooLarge(entry string) error {
	return fmt.Errorf("%s is larger than %d bytes", entry, documentLimit)
}

// openEntry is extractFileFromTar of tarball: the entry that a name leads to; nil where there is none.
func openEntry(opener tarball.Opener, entry string) io.ReadCloser {
	visited := map[string]bool{}
	for !visited[entry] {
		visited[entry] = true
		file, err := opener()
		if err != nil {
			return nil
		}
		reader := tar.NewReader(file)
		header := findEntry(reader, entry)
		if header != nil && header.Typeflag != tar.TypeSymlink && header.Typeflag != tar.TypeLink {
			return struct {
				io.Reader
				io.Closer
			}{reader, file}
		}
		file.Close()
		if header == nil {
			return nil
		}
		entry = path.Join(filepath.Dir(entry), path.Clean(header.Linkname))
	}
	return nil
}

func findEntry(reader *tar.Reader, entry string) *tar.Header {
	for {
		header, err := reader.Next()
		if err != nil {
			return nil
		}
		if path.Clean(header.Name) == path.Clean(entry) {
			return header
		}
	}
}
