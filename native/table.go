package main

// The table of functions: every Go function that Python may call, under its Go name. Its parameter
// and result types alone say how values cross (argument.go, result.go). One exported function takes
// the number of a function and its arguments; panics, limits, progress, cancellation and handles
// are dealt with here, once for all of them.

// #include "pyggcr.h"
import "C"

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"time"
	"unsafe"
)

// function is one entry of the table.
type function struct {
	name       string
	parameters []parameter
	result     *resultKind
	takesWork  bool // whether the first parameter is *work
	inline     bool // runs on the caller's thread, because it can never wait
	run        func([]reflect.Value) []reflect.Value
}

type parameter struct {
	name string
	kind *kind
}

// A panic while the table is made would end the process that loads the library, so mistakes are
// collected; pyggcr_build_info reports them, and a Go test that there are none.
var (
	functions []*function
	mistakes  []string
)

// register adds a function to the table, with the names that Python has for its parameters.
func register(name string, run any, parameters ...string) *function {
	f := &function{name: name}
	if err := f.read(reflect.ValueOf(run), parameters); err != nil {
		mistakes = append(mistakes, fmt.Sprintf("%s: %v", name, err))
		return f
	}
	functions = append(functions, f)
	return f
}

// registerInline is register for a function that never waits for anything: no file, no network, no
// Python. Methods of images may open files, so they are never inline.
func registerInline(name string, run any, parameters ...string) {
	register(name, run, parameters...).inline = true
}

var workType = reflect.TypeFor[*work]()

// read takes the types of a function apart. The last arguments of a variadic one cross as a list.
func (f *function) read(run reflect.Value, names []string) error {
	t := run.Type()
	f.run = run.Call
	if t.IsVariadic() {
		f.run = run.CallSlice
	}
	var inputs []reflect.Type
	for i := range t.NumIn() {
		inputs = append(inputs, t.In(i))
	}
	if len(inputs) > 0 && inputs[0] == workType {
		f.takesWork, inputs = true, inputs[1:]
	}
	if len(inputs) != len(names) {
		return fmt.Errorf("%d parameters have %d names", len(inputs), len(names))
	}
	for i, input := range inputs {
		k, err := kindOf(input)
		if err != nil {
			return fmt.Errorf("%s: %w", names[i], err)
		}
		f.parameters = append(f.parameters, parameter{names[i], k})
	}
	var err error
	f.result, err = resultOf(t)
	return err
}

// work is what a function may ask about the call that it is part of.
type work struct {
	ctx    context.Context // ends with the call; of an object, with its generation
	gens   generations
	memory *memory
}

// context is for requests in the owner's generation: of an object, they end with the generation,
// else with the call.
func (w *work) context(o *owner) context.Context {
	g := w.gens.of(o)
	if w.ctx == nil {
		return contextOf(g.ctx, g)
	}
	return contextOf(w.ctx, g)
}

// memory is what the making of an object remembers for when the object must be made again.
type memory struct {
	mu    sync.Mutex
	value any
}

func (m *memory) load() any {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.value
}

func (m *memory) store(value any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.value = value
}

// call runs the function on arguments as Python encoded them.
func (f *function) call(encoded []byte, timeout, patience C.int64_t, result *C.pyggcr_result) C.pyggcr_status {
	if !f.inline {
		encoded = bytes.Clone(encoded) // the work goes on after its caller was told that it was cancelled
	}
	arguments, err := f.decode(encoded)
	if err != nil {
		return fail(result, err)
	}
	if f.inline {
		answer, err := f.answer(context.Background(), arguments, nil)
		return deliver(result, answer, err)
	}
	return begin(arguments.hold(), int64(result.counter), time.Duration(timeout), func(ctx context.Context, gens generations) (any, error) {
		return f.answer(ctx, arguments, gens)
	}).first(time.Duration(patience)*time.Millisecond, result)
}

func (f *function) decode(encoded []byte) (given, error) {
	values, err := decodeAll(encoded)
	if err != nil {
		return nil, err
	}
	if len(values) != len(f.parameters) {
		return nil, unsupportedError(fmt.Sprintf("%s takes %d arguments, not %d", f.name, len(f.parameters), len(values)))
	}
	arguments := make(given, len(values))
	for i, value := range values {
		if arguments[i], err = f.parameters[i].kind.decode(value); err != nil {
			return nil, f.wrong(i, err)
		}
	}
	return arguments, nil
}

// wrong names the function and the parameter in an error that says nothing of the caller's values.
func (f *function) wrong(i int, err error) error {
	var wrong wrongArgument
	if errors.As(err, &wrong) {
		return unsupportedError(fmt.Sprintf("%s: %s: %s", f.name, f.parameters[i].name, wrong))
	}
	return err
}

// answer calls the Go function, and gives what it returns the form in which it crosses.
func (f *function) answer(ctx context.Context, arguments given, gens generations) (any, error) {
	if f.result.makes != nil {
		return f.result.makes(f, arguments, gens)
	}
	value, err := f.value(&work{ctx: ctx, gens: gens}, arguments)
	if err != nil {
		return nil, err
	}
	return f.result.cross(value), nil
}

// value calls the Go function.
func (f *function) value(w *work, arguments given) (any, error) {
	in := make([]reflect.Value, 0, len(arguments)+1)
	if f.takesWork {
		in = append(in, reflect.ValueOf(w))
	}
	for _, a := range arguments {
		v, err := a.in(w)
		if err != nil {
			return nil, err
		}
		in = append(in, v)
	}
	return f.result.split(f.run(in))
}

// object makes the function's result an object, which calls the function again in each new set of
// generations.
func (f *function) object(arguments given, gens generations) (*object, error) {
	m := &memory{}
	owners := make([]*owner, len(gens))
	for i, g := range gens {
		owners[i] = g.owner
	}
	o := newObject(owners, func(gens generations) (any, error) {
		return f.value(&work{gens: gens, memory: m}, arguments)
	})
	if _, err := o.in(gens); err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

//export pyggcr_call
func pyggcr_call(number C.uint32_t, arguments *C.pyggcr_char, size C.size_t, timeout, patience C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	if int(number) >= len(functions) {
		return fail(result, unsupportedError(fmt.Sprintf("there is no function with the number %d", number)))
	}
	return functions[number].call(unsafe.Slice((*byte)(unsafe.Pointer(arguments)), int(size)), timeout, patience, result)
}

// reported is the table as Python reads it: the position is the number of a function.
func reported() [][]any {
	all := make([][]any, len(functions))
	for i, f := range functions {
		parameters := make([][2]string, len(f.parameters))
		for j, p := range f.parameters {
			parameters[j] = [2]string{p.name, p.kind.name}
		}
		all[i] = []any{f.name, parameters, f.result.name, f.inline}
	}
	return all
}
