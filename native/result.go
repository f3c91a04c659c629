package main

// Answers on their way to Python: the one place that decides how a Go value is written.

// #include <stdlib.h>
// #include "pyggcr.h"
import "C"

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"unsafe"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// asJSON marks an answer that crosses as the JSON that encoding/json makes of it.
type asJSON struct{ value any }

// deliver writes an answer or an error into the result.
func deliver(result *C.pyggcr_result, answer any, err error) C.pyggcr_status {
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
		result.data, result.size = cBytes([]byte(v))
	case types.MediaType:
		result.data, result.size = cBytes([]byte(v))
	case v1.Hash:
		result.data, result.size = cBytes([]byte(v.String()))
	case asJSON:
		b, err := json.Marshal(v.value)
		if err != nil {
			return fail(result, err)
		}
		result.data, result.size = cBytes(b)
	case *leased, *stream, *client, *server:
		result.handle = newHandle(v)
	case leases:
		b := make([]byte, 0, 8*len(v))
		for _, l := range v {
			b = binary.NativeEndian.AppendUint64(b, uint64(newHandle(l)))
		}
		result.data, result.size = cBytes(b)
	default:
		panic(fmt.Sprintf("no way to deliver %T", v))
	}
	return C.PYGGCR_OK
}

// cBytes copies b to memory of C. Even empty data is not NULL.
func cBytes(b []byte) (*C.char, C.size_t) {
	if len(b) == 0 {
		return (*C.char)(C.malloc(1)), 0
	}
	return (*C.char)(C.CBytes(b)), C.size_t(len(b))
}

// goBytes copies an argument; NULL becomes nil.
func goBytes(data *C.pyggcr_char, size C.size_t) []byte {
	if data == nil {
		return nil
	}
	return C.GoBytes(unsafe.Pointer(data), C.int(size))
}

func goString(data *C.pyggcr_char, size C.size_t) string { return string(goBytes(data, size)) }

// as asserts what a value can do, such as partial.WithManifest.
func as[T any](value any) (T, error) {
	t, ok := value.(T)
	if !ok {
		return t, unsupportedError(fmt.Sprintf("%T is no %T", value, *new(T)))
	}
	return t, nil
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
