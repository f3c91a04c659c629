package main

// Arguments on their way from Python: the one place that says how a value becomes what a Go function
// takes. Python writes each value as a tag, a number and data (pyggcr/_go/table.py); the type of the
// parameter decides what is made of it.

// #include "pyggcr.h"
import "C"

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/daemon"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// argument is one value as Python wrote it. The number is a handle, an integer, the number of an
// opener or value of Python, or the length of data or of a list.
type argument struct {
	tag    byte
	number int64
	data   []byte
	list   []argument
}

// Lists nest as deeply as a reference in a list of references.
const deepestList = 8

// decodeAll takes the packed values apart.
func decodeAll(encoded []byte) ([]argument, error) {
	all := make([]argument, 0, 4)
	for len(encoded) > 0 {
		value, rest, err := decodeOne(encoded, deepestList)
		if err != nil {
			return nil, err
		}
		all, encoded = append(all, value), rest
	}
	return all, nil
}

var errMalformed = unsupportedError("the arguments are malformed")

func decodeOne(encoded []byte, deepest int) (a argument, rest []byte, err error) {
	const head = 9
	if len(encoded) < head {
		return a, nil, errMalformed
	}
	a.tag, a.number = encoded[0], int64(binary.LittleEndian.Uint64(encoded[1:head]))
	rest = encoded[head:]
	switch a.tag {
	case C.PYGGCR_NULL, C.PYGGCR_HANDLE, C.PYGGCR_INTEGER, C.PYGGCR_OPENER, C.PYGGCR_PYTHON_IMAGE, C.PYGGCR_PYTHON_INDEX, C.PYGGCR_PYTHON_LAYER, C.PYGGCR_PYTHON_VALUE:
		return a, rest, nil
	case C.PYGGCR_BYTES:
		if a.number < 0 || a.number > int64(len(rest)) {
			return a, nil, errMalformed
		}
		a.data, rest = rest[:a.number:a.number], rest[a.number:]
		return a, rest, nil
	case C.PYGGCR_LIST:
		// Each value takes a few bytes at least, so that no number can ask for much memory.
		if a.number < 0 || a.number > int64(len(rest)/head) || deepest == 0 {
			return a, nil, errMalformed
		}
		a.list = make([]argument, a.number)
		for i := range a.list {
			if a.list[i], rest, err = decodeOne(rest, deepest-1); err != nil {
				return a, nil, err
			}
		}
		return a, rest, nil
	}
	return a, nil, errMalformed
}

// given are the decoded arguments of one call.
type given []input

// input is a decoded argument: the owners that it belongs to, and how to find its value in their
// generations.
type input struct {
	owners []*owner
	hold   func() // called once all arguments are decoded, and followed by a drop of its owner
	in     func(*work) (reflect.Value, error)
}

// hold takes what new owners keep in use, and gives all owners in order.
func (all given) hold() []*owner {
	var owners []*owner
	for _, a := range all {
		owners = append(owners, a.owners...)
		if a.hold != nil {
			a.hold()
		}
	}
	return inOrder(owners)
}

// kind is how the values of one Go type cross from Python; its name is reported to Python.
type kind struct {
	name   string
	decode func(argument) (input, error)
}

func plain(value any) (input, error) {
	v := reflect.ValueOf(value)
	return input{in: func(*work) (reflect.Value, error) { return v, nil }}, nil
}

// wrongArgument is an argument that Python encoded in another way than the table says.
type wrongArgument string

func (e wrongArgument) Error() string { return string(e) }

func (a argument) wrong(expected string) error {
	return wrongArgument(fmt.Sprintf("%s where %s is needed", tagNames[a.tag], expected))
}

var tagNames = map[byte]string{
	C.PYGGCR_NULL: "nothing", C.PYGGCR_HANDLE: "a handle", C.PYGGCR_INTEGER: "an integer",
	C.PYGGCR_BYTES: "bytes", C.PYGGCR_OPENER: "an opener", C.PYGGCR_LIST: "a list",
	C.PYGGCR_PYTHON_IMAGE: "an image of Python", C.PYGGCR_PYTHON_INDEX: "an index of Python",
	C.PYGGCR_PYTHON_LAYER: "a layer of Python", C.PYGGCR_PYTHON_VALUE: "a value of Python",
}

// kinds are those that the type itself does not tell; everything else is derived in kindOf.
var kinds = map[reflect.Type]*kind{
	reflect.TypeFor[v1.Hash]():         {"hash", bytesKind(func(b []byte) (any, error) { return hashOf(string(b)), nil })},
	reflect.TypeFor[[]byte]():          {"bytes", decodeBytes},
	reflect.TypeFor[tarball.Opener]():  {"opener", decodeOpener},
	reflect.TypeFor[*lateFile]():       {"reader", decodeReader},
	reflect.TypeFor[name.Tag]():        {"tag", nameKind(referenceName.tag)},
	reflect.TypeFor[*name.Tag]():       {"optional tag", decodeOptionalTag},
	reflect.TypeFor[name.Digest]():     {"digest", nameKind(referenceName.digest)},
	reflect.TypeFor[name.Reference]():  {"reference", nameKind(referenceName.reference)},
	reflect.TypeFor[name.Repository](): {"repository", nameKind(referenceName.repository)},
	reflect.TypeFor[name.Registry]():   {"registry", nameKind(referenceName.registry)},
	reflect.TypeFor[referenceName]():   {"name", nameKind(func(n referenceName) (referenceName, error) { return n, nil })},
	reflect.TypeFor[requests]():        {"client", decodeClient(func(c *client, o *owner, w *work) any { return c.requests(o, w) })},
	reflect.TypeFor[uploads]():         {"client", decodeClient(func(c *client, _ *owner, w *work) any { return c.uploads(w) })},
	reflect.TypeFor[*client]():         {"client", decodeHeld[*client]},
	reflect.TypeFor[*server]():         {"server", decodeHeld[*server]},
	reflect.TypeFor[*pages]():          {"pages", decodeHeld[*pages]},
	reflect.TypeFor[predicate]():       {"predicate", decodePredicate},
	reflect.TypeFor[[]daemon.Option](): {"docker", decodeDocker},
}

// objectTypes are the types of values that are made anew in each generation.
var objectTypes = map[reflect.Type]string{
	reflect.TypeFor[v1.Image]():           "image",
	reflect.TypeFor[v1.ImageIndex]():      "index",
	reflect.TypeFor[v1.Layer]():           "layer",
	reflect.TypeFor[*remote.Descriptor](): "descriptor",
}

// kindOf derives how values of a type cross.
func kindOf(t reflect.Type) (*kind, error) {
	if k := kinds[t]; k != nil {
		return k, nil
	}
	if name, ok := objectTypes[t]; ok {
		return objectKind(t, name), nil
	}
	switch t.Kind() {
	case reflect.Interface:
		return objectKind(t, "value"), nil
	case reflect.String:
		return &kind{"text", bytesKind(func(b []byte) (any, error) {
			return reflect.ValueOf(string(b)).Convert(t).Interface(), nil
		})}, nil
	case reflect.Bool:
		return &kind{"boolean", integerKind(func(n int64) any { return n != 0 })}, nil
	case reflect.Int, reflect.Int64:
		return &kind{"integer", integerKind(func(n int64) any { return reflect.ValueOf(n).Convert(t).Interface() })}, nil
	case reflect.Struct, reflect.Map:
		return &kind{"json " + t.String(), jsonKind(t)}, nil
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Struct {
			return &kind{"json " + t.Elem().String(), jsonKind(t)}, nil
		}
	case reflect.Slice:
		return listKind(t)
	}
	return nil, fmt.Errorf("no way to decode %s", t)
}

func bytesKind(make func([]byte) (any, error)) func(argument) (input, error) {
	return func(a argument) (input, error) {
		if a.tag != C.PYGGCR_BYTES {
			return input{}, a.wrong("bytes")
		}
		value, err := make(a.data)
		if err != nil {
			return input{}, err
		}
		return plain(value)
	}
}

// decodeBytes makes nil of nothing, which some functions tell from empty data.
func decodeBytes(a argument) (input, error) {
	if a.tag == C.PYGGCR_NULL {
		return plain([]byte(nil))
	}
	return bytesKind(func(b []byte) (any, error) { return b, nil })(a)
}

func integerKind(make func(int64) any) func(argument) (input, error) {
	return func(a argument) (input, error) {
		if a.tag != C.PYGGCR_INTEGER {
			return input{}, a.wrong("an integer")
		}
		return plain(make(a.number))
	}
}

// jsonKind reads a document; nothing becomes the zero value, and nil where the type is a pointer. Each
// making of an object gets a value of its own, since Go functions may keep or change what they are given.
func jsonKind(t reflect.Type) func(argument) (input, error) {
	return func(a argument) (input, error) {
		if a.tag != C.PYGGCR_NULL && a.tag != C.PYGGCR_BYTES {
			return input{}, a.wrong("a document")
		}
		return input{in: func(*work) (reflect.Value, error) {
			value := reflect.New(t)
			if a.tag == C.PYGGCR_BYTES {
				if err := json.Unmarshal(a.data, value.Interface()); err != nil {
					return reflect.Value{}, err
				}
			}
			return value.Elem(), nil
		}}, nil
	}
}

func listKind(t reflect.Type) (*kind, error) {
	element, err := kindOf(t.Elem())
	if err != nil {
		return nil, err
	}
	return &kind{"list " + element.name, func(a argument) (input, error) {
		if a.tag != C.PYGGCR_LIST {
			return input{}, a.wrong("a list")
		}
		elements := make(given, len(a.list))
		var all input
		for i, it := range a.list {
			var err error
			if elements[i], err = element.decode(it); err != nil {
				return input{}, err
			}
			all.owners = append(all.owners, elements[i].owners...)
		}
		all.hold = func() { elements.hold() }
		all.in = func(w *work) (reflect.Value, error) {
			list := reflect.MakeSlice(t, len(elements), len(elements))
			for i, it := range elements {
				v, err := it.in(w)
				if err != nil {
					return list, err
				}
				list.Index(i).Set(v)
			}
			return list, nil
		}
		return all, nil
	}}, nil
}

// objectKind takes the handle of an object, or a value of Python's. What it must be able to do is
// checked when the value is there.
func objectKind(t reflect.Type, name string) *kind {
	return &kind{name, func(a argument) (input, error) {
		var find func(generations) (any, error)
		var owners []*owner
		switch a.tag {
		case C.PYGGCR_HANDLE:
			o, err := lookup[*object](C.pyggcr_handle(a.number))
			if err != nil {
				return input{}, err
			}
			owners, find = o.owners, o.in
		case C.PYGGCR_PYTHON_IMAGE, C.PYGGCR_PYTHON_INDEX, C.PYGGCR_PYTHON_LAYER, C.PYGGCR_PYTHON_VALUE:
			own := newOwner(true, nil)
			owners, find = []*owner{own}, func(gens generations) (any, error) {
				return pythonValue{C.uint64_t(a.number), gens.of(own)}.as(a.tag)
			}
		case C.PYGGCR_LIST:
			value, err := documents(a)
			if err != nil {
				return input{}, err
			}
			find = func(generations) (any, error) { return value, nil }
		default:
			return input{}, a.wrong("an object")
		}
		return input{owners: owners, in: func(w *work) (reflect.Value, error) {
			value, err := find(w.gens)
			if err != nil {
				return reflect.Value{}, err
			}
			v := reflect.ValueOf(value)
			if !v.Type().AssignableTo(t) {
				return v, unsupportedError(fmt.Sprintf("%s is no %s", v.Type(), t))
			}
			return v, nil
		}}, nil
	}}
}

// documents are an object that is made up of bytes: the manifest, the config file and the index of parts,
// each of which may be nothing, or a manifest and its media type.
func documents(a argument) (any, error) {
	var all [][]byte
	for _, it := range a.list {
		switch it.tag {
		case C.PYGGCR_NULL:
			all = append(all, nil)
		case C.PYGGCR_BYTES:
			all = append(all, it.data)
		default:
			return nil, it.wrong("a document")
		}
	}
	switch len(all) {
	case 2:
		return plainManifest{all[0], types.MediaType(all[1])}, nil
	case 3:
		return parts{all[0], all[1], all[2]}, nil
	}
	return nil, a.wrong("an object")
}

// decodeOpener takes a path, or an opener of Python's.
func decodeOpener(a argument) (input, error) {
	from := source{path: string(a.data)}
	switch a.tag {
	case C.PYGGCR_BYTES:
	case C.PYGGCR_OPENER:
		from.opener = uint64(a.number)
	default:
		return input{}, a.wrong("a path or an opener")
	}
	own := newOwner(false, nil)
	return input{owners: []*owner{own}, in: func(w *work) (reflect.Value, error) {
		return reflect.ValueOf(from.in(w.gens.of(own))), nil
	}}, nil
}

// decodeReader takes an opener of Python's, which is called once.
func decodeReader(a argument) (input, error) {
	if a.tag != C.PYGGCR_OPENER {
		return input{}, a.wrong("an opener")
	}
	own, v := newOwner(true, nil), reflect.ValueOf(&lateFile{opener: uint64(a.number)})
	return input{owners: []*owner{own}, in: func(*work) (reflect.Value, error) { return v, nil }}, nil
}

// decodeHeld takes the handle of something that is not an object, as it is.
func decodeHeld[T io.Closer](a argument) (input, error) {
	if a.tag != C.PYGGCR_HANDLE {
		return input{}, a.wrong("a handle")
	}
	held, err := lookup[T](C.pyggcr_handle(a.number))
	if err != nil {
		return input{}, err
	}
	return plain(held)
}

// decodeClient takes the handle of a client, which is in use for as long as the new owner is.
func decodeClient(find func(*client, *owner, *work) any) func(argument) (input, error) {
	return func(a argument) (input, error) {
		if a.tag != C.PYGGCR_HANDLE {
			return input{}, a.wrong("a client")
		}
		c, err := lookup[*client](C.pyggcr_handle(a.number))
		if err != nil {
			return input{}, err
		}
		own := newOwner(true, c.drop)
		return input{owners: []*owner{own}, hold: c.hold, in: func(w *work) (reflect.Value, error) {
			return reflect.ValueOf(find(c, own, w)), nil
		}}, nil
	}
}

// decodeDocker takes a list: the options of a client of a daemon, and an opener of Python's or nothing.
func decodeDocker(a argument) (input, error) {
	if a.tag != C.PYGGCR_LIST || len(a.list) != 2 || a.list[0].tag != C.PYGGCR_BYTES {
		return input{}, a.wrong("the options of a client of a daemon")
	}
	var o dockerOptions
	if err := json.Unmarshal(a.list[0].data, &o); err != nil {
		return input{}, err
	}
	d, err := newDocker(o)
	if err != nil {
		return input{}, err
	}
	switch opener := a.list[1]; opener.tag {
	case C.PYGGCR_NULL:
	case C.PYGGCR_OPENER:
		d.opener = &source{opener: uint64(opener.number)}
	default:
		return input{}, opener.wrong("an opener or nothing")
	}
	own := d.owner()
	return input{owners: []*owner{own}, in: func(w *work) (reflect.Value, error) {
		return reflect.ValueOf(d.options(own, w)), nil
	}}, nil
}

// nameKind takes a list: kind, text, default registry, default tag, and whether HTTP will do.
func nameKind[T any](parse func(referenceName) (T, error)) func(argument) (input, error) {
	return func(a argument) (input, error) {
		n, err := decodeName(a)
		if err != nil {
			return input{}, err
		}
		value, err := parse(n)
		if err != nil {
			return input{}, err
		}
		return plain(value)
	}
}

func decodeOptionalTag(a argument) (input, error) {
	if a.tag == C.PYGGCR_NULL {
		return plain((*name.Tag)(nil))
	}
	return nameKind(func(n referenceName) (*name.Tag, error) {
		tag, err := n.tag()
		return &tag, err
	})(a)
}

func decodeName(a argument) (n referenceName, err error) {
	const fields = 5
	if a.tag != C.PYGGCR_LIST || len(a.list) != fields {
		return n, a.wrong("a name")
	}
	for i, text := range []*string{&n.Kind, &n.Name, &n.DefaultRegistry, &n.DefaultTag} {
		if a.list[i].tag != C.PYGGCR_BYTES {
			return n, a.list[i].wrong("a text")
		}
		*text = string(a.list[i].data)
	}
	n.Insecure = a.list[fields-1].number != 0
	return n, nil
}
