package main

// Small pure functions of Go, so that tests can compare Python's with them. An operation takes and
// answers bytes.

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strconv"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func init() {
	for name, run := range operations {
		register("gostd."+name, func(in []byte) ([]byte, error) {
			answer, err := run(in)
			if err != nil {
				return nil, err
			}
			return asBytes(answer)
		}, "data")
	}
}

func asBytes(answer any) ([]byte, error) {
	switch v := answer.(type) {
	case []byte:
		return v, nil
	case string:
		return []byte(v), nil
	case v1.Hash:
		return []byte(v.String()), nil
	}
	return json.Marshal(answer.(asJSON).value)
}

var operations = map[string]func([]byte) (any, error){
	"gzip":             gzipBestSpeed,
	"gzip_level":       gzipLevel,
	"gunzip":           gunzip,
	"sha256":           hashed,
	"config_file":      func(in []byte) (any, error) { return decode[v1.ConfigFile](in) },
	"manifest":         func(in []byte) (any, error) { return decode[v1.Manifest](in) },
	"index_manifest":   func(in []byte) (any, error) { return decode[v1.IndexManifest](in) },
	"tarball_manifest": func(in []byte) (any, error) { return decode[tarball.Manifest](in) },
	"auth_config":      authConfig,
	"tar_list":         tarList,
	"tag":              parseTagOp,
	"digest":           parseDigestOp,
	"repository":       parseRepositoryOp,
	"registry":         parseRegistryOp,
	"reference":        parseReferenceOp,
	"hash":             func(in []byte) (any, error) { return v1.NewHash(string(in)) },
	"platform":         parsePlatform,
	"quote":            func(in []byte) (any, error) { return strconv.Quote(string(in)), nil },
	"path_clean":       func(in []byte) (any, error) { return path.Clean(string(in)), nil },
	"path_join":        pathJoin,
	"filepath_dir":     func(in []byte) (any, error) { return filepath.Dir(string(in)), nil },
}

func gzipBestSpeed(in []byte) (any, error) { return gzipAt(gzip.BestSpeed, in) }

// gzipLevel takes the level as the first byte, in two's complement.
func gzipLevel(in []byte) (any, error) {
	if len(in) == 0 {
		return nil, unsupportedError("no level")
	}
	return gzipAt(int(int8(in[0])), in[1:])
}

func gzipAt(level int, in []byte) (any, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, level)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(in); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func gunzip(in []byte) (any, error) {
	r, err := gzip.NewReader(bytes.NewReader(in))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// hashed is what v1.SHA256 makes of a stream: the digest and the size.
func hashed(in []byte) (any, error) {
	digest, size, err := v1.SHA256(bytes.NewReader(in))
	return fmt.Sprintf("%s %d", digest, size), err
}

// decode reads the first JSON value, as go-containerregistry does, and writes it out again.
func decode[T any](in []byte) (any, error) {
	var value T
	if err := json.NewDecoder(bytes.NewReader(in)).Decode(&value); err != nil {
		return nil, err
	}
	return asJSON{value}, nil
}

// authConfig reads credentials and writes them again: the JSON is their own.
func authConfig(in []byte) (any, error) {
	var value authn.AuthConfig
	if err := json.Unmarshal(in, &value); err != nil {
		return nil, err
	}
	return asJSON{value}, nil
}

func parsePlatform(in []byte) (any, error) {
	platform, err := v1.ParsePlatform(string(in))
	return asJSON{platform}, err
}

// pathJoin joins elements that are separated by NULs, which no path can hold.
func pathJoin(in []byte) (any, error) {
	var elements []string
	for _, element := range bytes.Split(in, []byte{0}) {
		elements = append(elements, string(element))
	}
	return path.Join(elements...), nil
}
