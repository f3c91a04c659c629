package main

// Answers on their way to Python: the one place that decides how a Go value is written.

// #include <stdlib.h>
// #include "pyggcr.h"
import "C"

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unsafe"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// resultKind is how the result of a function crosses; its name is reported to Python.
type resultKind struct {
	name  string
	cross func(any) any // gives a value one of the types that deliver knows
	split func([]reflect.Value) (any, error)
	makes func(*function, given, generations) (any, error) // of objects and streams
}

var errorType = reflect.TypeFor[error]()

// resultOf derives it from the type of a function: a value, an error, both or neither.
func resultOf(t reflect.Type) (*resultKind, error) {
	count := t.NumOut()
	fails := count > 0 && t.Out(count-1) == errorType
	if fails {
		count--
	}
	var r *resultKind
	switch count {
	case 0:
		r = &resultKind{name: "nothing", cross: asItIs}
	case 1:
		var err error
		if r, err = valueKind(t.Out(0)); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%d results", count)
	}
	r.split = func(out []reflect.Value) (value any, err error) {
		if fails {
			err, _ = out[count].Interface().(error)
		}
		if count == 1 {
			value = out[0].Interface()
		}
		return value, err
	}
	return r, nil
}

func asItIs(value any) any { return value }

func valueKind(t reflect.Type) (*resultKind, error) {
	if name, ok := objectTypes[t]; ok {
		return &resultKind{name: name, makes: makeObject}, nil
	}
	switch t {
	case reflect.TypeFor[v1.Hash]():
		return &resultKind{name: "hash", cross: func(v any) any { return v.(v1.Hash).String() }}, nil
	case reflect.TypeFor[[]v1.Hash]():
		return &resultKind{name: "hashes", cross: func(v any) any { return hashTexts(v.([]v1.Hash)) }}, nil
	case reflect.TypeFor[[]string]():
		return &resultKind{name: "texts", cross: asItIs}, nil
	case reflect.TypeFor[[]byte]():
		return &resultKind{name: "bytes", cross: asItIs}, nil
	case reflect.TypeFor[[]v1.Layer]():
		return &resultKind{name: "list layer", makes: makeLayers}, nil
	case reflect.TypeFor[[]partial.Describable]():
		return &resultKind{name: "list described", makes: makeDescribed}, nil
	case reflect.TypeFor[partial.WithRawManifest]():
		return &resultKind{name: "manifest", makes: makeManifest}, nil
	case reflect.TypeFor[types.MediaType]():
		return &resultKind{name: "media type", cross: func(v any) any { return string(v.(types.MediaType)) }}, nil
	case reflect.TypeFor[io.ReadCloser]():
		return &resultKind{name: "stream", makes: makeStream}, nil
	case reflect.TypeFor[*client](), reflect.TypeFor[*server](), reflect.TypeFor[*pages]():
		return &resultKind{name: t.Elem().Name(), cross: asItIs}, nil
	}
	switch t.Kind() {
	case reflect.String:
		return &resultKind{name: "text", cross: func(v any) any { return reflect.ValueOf(v).String() }}, nil
	case reflect.Bool:
		return &resultKind{name: "boolean", cross: asItIs}, nil
	case reflect.Int64:
		return &resultKind{name: "integer", cross: asItIs}, nil
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Pointer:
		return &resultKind{name: "json " + strings.TrimPrefix(t.String(), "*"), cross: func(v any) any { return asJSON{v} }}, nil
	}
	return nil, fmt.Errorf("no way to deliver %s", t)
}

func hashTexts(hashes []v1.Hash) []string {
	all := make([]string, len(hashes))
	for i, h := range hashes {
		all[i] = h.String()
	}
	return all
}

func makeObject(f *function, arguments given, gens generations) (any, error) {
	o, err := f.object(arguments, gens)
	if err != nil {
		return nil, err // not a nil *object, which would be an answer
	}
	return o, nil
}

// makeLayers makes an object of each layer of a list.
func makeLayers(f *function, arguments given, gens generations) (any, error) {
	layers, _, err := makeElements[v1.Layer](f, arguments, gens)
	if err != nil {
		return nil, err
	}
	return layers, nil
}

// makeElements makes an object of each element of a list. Only they are held; the list lives as long
// as one of them does.
func makeElements[T any](f *function, arguments given, gens generations) (objects, []T, error) {
	list, err := f.object(arguments, gens)
	if err != nil {
		return nil, nil, err
	}
	defer list.Close()
	value, err := list.in(gens)
	if err != nil {
		return nil, nil, err
	}
	elements := value.([]T)
	all := make(objects, len(elements))
	for i, element := range elements {
		all[i] = newObject(list.owners, func(gens generations) (any, error) {
			value, err := list.in(gens)
			if err != nil {
				return nil, err
			}
			if elements := value.([]T); i < len(elements) {
				return elements[i], nil
			}
			return nil, errClosed // the archive is another one by now
		})
		all[i].last = madeAlready(gens.only(list.owners), element)
	}
	return all, elements, nil
}

// What an object of a mixed list is; Python has the same numbers.
const (
	isImage = iota
	isIndex
	isLayer
	isOther
)

func formOf(value any) byte {
	switch value.(type) {
	case v1.Image:
		return isImage
	case v1.ImageIndex:
		return isIndex
	case v1.Layer:
		return isLayer
	}
	return isOther
}

// described are objects, and what each of them is.
type described struct {
	objects
	forms []byte
}

func makeDescribed(f *function, arguments given, gens generations) (any, error) {
	all, elements, err := makeElements[partial.Describable](f, arguments, gens)
	if err != nil {
		return nil, err
	}
	forms := make([]byte, len(elements))
	for i, element := range elements {
		forms[i] = formOf(element)
	}
	return described{all, forms}, nil
}

// formed is an object, and what it is.
type formed struct {
	*object
	form byte
}

// makeManifest makes an object of an image or an index, and bytes of any other manifest.
func makeManifest(f *function, arguments given, gens generations) (any, error) {
	o, err := f.object(arguments, gens)
	if err != nil {
		return nil, err
	}
	value, err := o.in(gens)
	if err != nil {
		return nil, err
	}
	if form := formOf(value); form != isOther {
		return formed{o, form}, nil
	}
	defer o.Close()
	return value.(partial.WithRawManifest).RawManifest()
}

// asJSON marks an answer that crosses as the JSON that encoding/json makes of it.
type asJSON struct{ value any }

// deliver writes an answer or an error into the result.
func deliver(result *C.pyggcr_result, answer any, err error) C.pyggcr_status {
	result.warnings = C.int64_t(warnings.waiting.Load())
	if err != nil {
		return fail(result, err)
	}
	switch v := answer.(type) {
	case nil:
	case bool:
		if v {
			result.number = 1
		}
	case int64:
		result.number = C.int64_t(v)
	case []byte:
		result.data, result.size = cBytes(v)
	case string:
		result.data, result.size = cBytes(unsafe.Slice(unsafe.StringData(v), len(v)))
	case []string:
		result.data, result.size = cBytes(packed(v))
	case asJSON:
		b, err := json.Marshal(v.value)
		if err != nil {
			return fail(result, err)
		}
		result.data, result.size = cBytes(b)
	case *object, *openStream, *client, *server, *pages:
		result.handle = newHandle(v)
	case formed:
		result.handle, result.number = newHandle(v.object), C.int64_t(v.form)
	case objects:
		result.data, result.size = cBytes(v.handles())
	case described:
		result.data, result.size = cBytes(append(v.handles(), v.forms...))
	default:
		panic(fmt.Sprintf("no way to deliver %T", v))
	}
	return C.PYGGCR_OK
}

// handles writes one handle after the other.
func (all objects) handles() []byte {
	b := make([]byte, 0, 8*len(all))
	for _, o := range all {
		b = binary.LittleEndian.AppendUint64(b, uint64(newHandle(o)))
	}
	return b
}

// packed writes texts one after the other, each with its length before it: they may hold any bytes.
func packed(all []string) []byte {
	var b []byte
	for _, text := range all {
		b = binary.LittleEndian.AppendUint64(b, uint64(len(text)))
		b = append(b, text...)
	}
	return b
}

// cBytes copies b to memory of C. Even empty data is not NULL.
func cBytes(b []byte) (*C.char, C.size_t) {
	if len(b) == 0 {
		return (*C.char)(C.malloc(1)), 0
	}
	return (*C.char)(C.CBytes(b)), C.size_t(len(b))
}

// goBytes copies data of C's.
func goBytes(data *C.pyggcr_char, size C.size_t) []byte {
	return append([]byte{}, unsafe.Slice((*byte)(unsafe.Pointer(data)), int(size))...)
}

//export pyggcr_result_clear
func pyggcr_result_clear(result *C.pyggcr_result) {
	C.free(unsafe.Pointer(result.data))
	if e := result.error; e != nil {
		C.free(unsafe.Pointer(e.message))
		C.free(unsafe.Pointer(e.extra))
		C.free(unsafe.Pointer(e))
	}
	*result = C.pyggcr_result{}
}
