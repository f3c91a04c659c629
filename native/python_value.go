package main

// Images, indexes and layers that live in Python: the interfaces of pkg/v1 over one callback, which
// is asked by the name of a method. Twin of pyggcr/_go/foreign_value.py.

/*
#include "pyggcr.h"

static pyggcr_value_callback value_callback;

static void set_value_callback(pyggcr_value_callback callback) { value_callback = callback; }
static pyggcr_status call_value(uint64_t value, pyggcr_char *method, size_t method_size,
                                pyggcr_char *argument, size_t argument_size,
                                pyggcr_result *answer) {
	if (!value_callback) return PYGGCR_CLOSED;
	return value_callback(value, method, method_size, argument, argument_size, answer);
}
*/
import "C"

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"unsafe"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	v1stream "github.com/google/go-containerregistry/pkg/v1/stream"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// raisedError is an error of pyggcr that a method raised; Python has the exception.
type raisedError string

func (e raisedError) Error() string { return string(e) }

// notComputedError is a raisedError of a stream that was not read yet.
type notComputedError struct{ raisedError }

func (e notComputedError) Is(target error) bool { return target == v1stream.ErrNotComputed }
func (e notComputedError) Unwrap() error        { return e.raisedError }

// pythonValue is a value by the number that Python knows it by, asked for a generation's work.
type pythonValue struct {
	number C.uint64_t
	gen    *generation
}

type answer struct {
	number int64
	data   []byte
}

func (v pythonValue) ask(method, argument string) (answer, error) {
	if err := v.gen.ctx.Err(); err != nil {
		return answer{}, err
	}
	return askPython(v.number, method, argument)
}

// askPython asks the value that Python knows by a number.
func askPython(value C.uint64_t, method, argument string) (answer, error) {
	if !enterCallback() {
		return answer{}, errClosed
	}
	defer callbacks.running.Done()
	var result C.pyggcr_result
	defer pyggcr_result_clear(&result)
	status := C.call_value(value, chars(method), C.size_t(len(method)), chars(argument), C.size_t(len(argument)), &result)
	data := bytes.Clone(unsafe.Slice((*byte)(unsafe.Pointer(result.data)), int(result.size)))
	switch {
	case status == C.PYGGCR_OK:
		return answer{int64(result.number), data}, nil
	case string(data) == v1stream.ErrNotComputed.Error():
		// Packages mutate, remote and layout go on with this error, so it has to be the one they know.
		return answer{}, notComputedError{raisedError(data)}
	case len(data) > 0:
		return answer{}, raisedError(data)
	}
	return answer{}, errRaised
}

// chars are a string's bytes, for as long as a call lasts.
func chars(s string) *C.pyggcr_char { return (*C.pyggcr_char)(unsafe.Pointer(unsafe.StringData(s))) }

func (v pythonValue) number64(method string) (int64, error) {
	a, err := v.ask(method, "")
	return a.number, err
}

func (v pythonValue) data(method string) ([]byte, error) {
	a, err := v.ask(method, "")
	return a.data, err
}

func (v pythonValue) hash(method string) (v1.Hash, error) {
	data, err := v.data(method)
	if err != nil {
		return v1.Hash{}, err
	}
	return hashOf(string(data)), nil
}

// other is a value that this one leads to.
func (v pythonValue) other(method string, h v1.Hash) (pythonValue, error) {
	a, err := v.ask(method, h.String())
	return pythonValue{C.uint64_t(a.number), v.gen}, err
}

func (v pythonValue) Digest() (v1.Hash, error)     { return v.hash("digest") }
func (v pythonValue) Size() (int64, error)         { return v.number64("size") }
func (v pythonValue) rawManifest() ([]byte, error) { return v.data("raw_manifest") }

func (v pythonValue) MediaType() (types.MediaType, error) {
	data, err := v.data("media_type")
	return types.MediaType(data), err
}

// Descriptor is what package partial would put together, or what the value says of itself.
func (v pythonValue) Descriptor() (*v1.Descriptor, error) {
	data, err := v.data("descriptor")
	if err != nil {
		return nil, err
	}
	var d v1.Descriptor
	return &d, json.Unmarshal(data, &d)
}

type pythonLayer struct{ pythonValue }

// mountable makes a layer that Python knows the repository of one that go-containerregistry mounts
// from there.
func (l pythonLayer) mountable() (v1.Layer, error) {
	origin, err := l.data("origin")
	if err != nil || len(origin) == 0 {
		return l, err
	}
	repository, err := name.NewRepository(string(origin))
	if err != nil {
		return nil, err
	}
	return &remote.MountableLayer{Layer: l, Reference: repository.Tag(name.DefaultTag)}, nil
}

func (l pythonLayer) DiffID() (v1.Hash, error)             { return l.hash("diff_id") }
func (l pythonLayer) Compressed() (io.ReadCloser, error)   { return l.open("compressed") }
func (l pythonLayer) Uncompressed() (io.ReadCloser, error) { return l.open("uncompressed") }

func (l pythonLayer) open(method string) (io.ReadCloser, error) {
	number, err := l.number64(method)
	if err != nil {
		return nil, err
	}
	return l.gen.file(pythonStream{newPythonFile(number), l}, ""), nil
}

// pythonStream tells errors of ours that a read raised, as ask does those of a method.
type pythonStream struct {
	io.ReadCloser
	layer pythonLayer
}

func (s pythonStream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if errors.Is(err, errRaised) {
		if text, _ := s.layer.data("raised"); len(text) > 0 {
			err = raisedError(text)
		}
	}
	return n, err
}

type pythonImage struct{ pythonValue }

func (i pythonImage) RawManifest() ([]byte, error)   { return i.rawManifest() }
func (i pythonImage) ConfigName() (v1.Hash, error)   { return i.hash("config_name") }
func (i pythonImage) RawConfigFile() ([]byte, error) { return i.data("raw_config_file") }

func (i pythonImage) Manifest() (*v1.Manifest, error) {
	data, err := i.data("manifest")
	if err != nil {
		return nil, err
	}
	return v1.ParseManifest(bytes.NewReader(data))
}

func (i pythonImage) ConfigFile() (*v1.ConfigFile, error) {
	data, err := i.data("config_file")
	if err != nil {
		return nil, err
	}
	return v1.ParseConfigFile(bytes.NewReader(data))
}

func (i pythonImage) Layers() ([]v1.Layer, error) {
	data, err := i.data("layers")
	if err != nil {
		return nil, err
	}
	layers := make([]v1.Layer, 0, len(data)/8)
	for ; len(data) >= 8; data = data[8:] {
		number := binary.NativeEndian.Uint64(data)
		layer, err := pythonLayer{pythonValue{C.uint64_t(number), i.gen}}.mountable()
		if err != nil {
			return nil, err
		}
		layers = append(layers, layer)
	}
	return layers, nil
}

func (i pythonImage) LayerByDigest(h v1.Hash) (v1.Layer, error) { return i.layer("layer_by_digest", h) }
func (i pythonImage) LayerByDiffID(h v1.Hash) (v1.Layer, error) {
	return i.layer("layer_by_diff_id", h)
}

func (i pythonImage) layer(method string, h v1.Hash) (v1.Layer, error) {
	value, err := i.other(method, h)
	if err != nil {
		return nil, err
	}
	return pythonLayer{value}.mountable()
}

type pythonIndex struct{ pythonValue }

func (i pythonIndex) RawManifest() ([]byte, error) { return i.rawManifest() }

func (i pythonIndex) IndexManifest() (*v1.IndexManifest, error) {
	data, err := i.data("index_manifest")
	if err != nil {
		return nil, err
	}
	return v1.ParseIndexManifest(bytes.NewReader(data))
}

func (i pythonIndex) Image(h v1.Hash) (v1.Image, error) {
	value, err := i.other("image", h)
	if err != nil {
		return nil, err
	}
	return pythonImage{value}, nil
}

func (i pythonIndex) ImageIndex(h v1.Hash) (v1.ImageIndex, error) {
	value, err := i.other("image_index", h)
	if err != nil {
		return nil, err
	}
	return value.index()
}

// layeredIndex is one that may list layers too. go-containerregistry asks for the method.
type layeredIndex struct{ pythonIndex }

func (i layeredIndex) Layer(h v1.Hash) (v1.Layer, error) {
	value, err := i.other("layer", h)
	if err != nil {
		return nil, err
	}
	return pythonLayer{value}.mountable()
}

func (v pythonValue) index() (v1.ImageIndex, error) {
	layered, err := v.number64("lists_layers")
	if err != nil {
		return nil, err
	}
	if layered != 0 {
		return layeredIndex{pythonIndex{v}}, nil
	}
	return pythonIndex{v}, nil
}

// as gives the value the interface of its kind.
func (v pythonValue) as(tag byte) (any, error) {
	switch tag {
	case C.PYGGCR_PYTHON_IMAGE:
		return pythonImage{v}, nil
	case C.PYGGCR_PYTHON_INDEX:
		return v.index()
	case C.PYGGCR_PYTHON_LAYER:
		return pythonLayer{v}.mountable()
	}
	return v, nil
}

//export pyggcr_result_put
func pyggcr_result_put(result *C.pyggcr_result, data *C.pyggcr_char, size C.size_t) {
	result.data, result.size = cBytes(unsafe.Slice((*byte)(unsafe.Pointer(data)), int(size)))
}

//export pyggcr_set_value_callback
func pyggcr_set_value_callback(callback C.pyggcr_value_callback) { C.set_value_callback(callback) }
