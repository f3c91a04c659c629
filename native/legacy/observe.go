package main

// Every observation is one public call, and no failure stops the next call: as in the golden files,
// a good answer is a string, a failed call {"error": text}.

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

const ok = "ok"

// unknown is the hash that no blob has, as the golden files chose it.
var unknown = v1.Hash{Algorithm: "sha256", Hex: fmt.Sprintf("%064x", 0xaa)}

// observe opens an archive and asks the image everything.
func observe(path, tag string) map[string]any {
	var image v1.Image
	opening := attempt(func() (any, error) {
		var err error
		image, err = open(path, tag)
		return ok, err
	})
	if opening != ok {
		return map[string]any{"open": opening}
	}
	return map[string]any{
		"media_type": attempt(func() (any, error) { return text(image.MediaType()) }),
		"digest":     attempt(func() (any, error) { return text(image.Digest()) }),
		"size":       attempt(func() (any, error) { return text(image.Size()) }),
		"config_name": attempt(func() (any, error) {
			return text(image.ConfigName())
		}),
		"raw_manifest": attempt(func() (any, error) {
			raw, err := image.RawManifest()
			return string(raw), err
		}),
		"raw_config_sha256": attempt(func() (any, error) {
			raw, err := image.RawConfigFile()
			sum := sha256.Sum256(raw)
			return hex.EncodeToString(sum[:]), err
		}),
		"fs_layers": attempt(func() (any, error) { return texts(partial.FSLayers(image)) }),
		"diff_ids":  attempt(func() (any, error) { return texts(partial.DiffIDs(image)) }),
		"layers":    attempt(func() (any, error) { return observeLayers(image) }),
		"unknown_blob": attempt(func() (any, error) {
			return text(partial.BlobToDiffID(image, unknown))
		}),
		"unknown_diff_id": attempt(func() (any, error) {
			return text(partial.DiffIDToBlob(image, unknown))
		}),
		"validate": attempt(func() (any, error) { return ok, validate.Image(image) }),
	}
}

func open(path, tag string) (v1.Image, error) {
	if tag == "" {
		return tarball.ImageFromPath(path, nil)
	}
	parsed, err := name.NewTag(tag)
	if err != nil {
		return nil, err
	}
	return tarball.ImageFromPath(path, &parsed)
}

func observeLayers(image v1.Image) (any, error) {
	layers, err := image.Layers()
	if err != nil {
		return nil, err
	}
	observed := []any{}
	for _, layer := range layers {
		observed = append(observed, observeLayer(image, layer))
	}
	return observed, nil
}

func observeLayer(image v1.Image, layer v1.Layer) map[string]any {
	observed := map[string]any{
		"digest":       attempt(func() (any, error) { return text(layer.Digest()) }),
		"diff_id":      attempt(func() (any, error) { return text(layer.DiffID()) }),
		"size":         attempt(func() (any, error) { return text(layer.Size()) }),
		"media_type":   attempt(func() (any, error) { return text(layer.MediaType()) }),
		"compressed":   attempt(func() (any, error) { return summarise(layer.Compressed) }),
		"uncompressed": attempt(func() (any, error) { return summarise(layer.Uncompressed) }),
	}
	if digest, err := layer.Digest(); err == nil {
		observed["blob_to_diff_id"] = attempt(func() (any, error) {
			return text(partial.BlobToDiffID(image, digest))
		})
		observed["layer_by_digest"] = attempt(func() (any, error) {
			_, err := image.LayerByDigest(digest)
			return ok, err
		})
	}
	if diffID, err := layer.DiffID(); err == nil {
		observed["diff_id_to_blob"] = attempt(func() (any, error) {
			return text(partial.DiffIDToBlob(image, diffID))
		})
		observed["layer_by_diff_id"] = attempt(func() (any, error) {
			_, err := image.LayerByDiffID(diffID)
			return ok, err
		})
	}
	return observed
}

// attempt makes a call; its answer, or what went wrong. A panic of the library is an answer too.
func attempt(call func() (any, error)) (answer any) {
	defer func() {
		if cause := recover(); cause != nil {
			answer = map[string]any{"error": fmt.Sprintf("panic: %v", cause)}
		}
	}()
	answer, err := call()
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return answer
}

func text[T any](value T, err error) (any, error) {
	return fmt.Sprint(value), err
}

func texts(hashes []v1.Hash, err error) (any, error) {
	all := []string{}
	for _, hash := range hashes {
		all = append(all, hash.String())
	}
	return all, err
}

// summarise reads a stream to its end: what it hashes to, and its size in bytes.
func summarise(open func() (io.ReadCloser, error)) (any, error) {
	stream, err := open()
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	hasher := sha256.New()
	size, err := io.Copy(hasher, stream)
	if err != nil {
		return nil, err
	}
	return map[string]any{"sha256": hex.EncodeToString(hasher.Sum(nil)), "size": size}, nil
}
