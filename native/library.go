// Package main is the native library of pyggcr: go-containerregistry behind the C ABI that
// pyggcr.h declares. table.go says how a Go function becomes callable; there is one file for each Go
// package (v1, tarball, partial, validate, remote, daemon, authn, registry …) with its entries. argument,
// result, call, generation, handle, error, stream, readahead, source, opener and python_value are the
// boundary; client, docker, tracking_transport and archive_buffer serve remote and daemon.
package main

// #include "pyggcr.h"
import "C"

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"runtime"
	"runtime/debug"
	"unsafe"
)

//go:embed pyggcr.h
var header []byte

const registryModule = "github.com/google/go-containerregistry"

func main() {}

//export pyggcr_abi_version
func pyggcr_abi_version() C.uint32_t { return C.PYGGCR_ABI_VERSION }

//export pyggcr_open_handles
func pyggcr_open_handles() C.int64_t { return C.int64_t(openHandles.Load()) }

//export pyggcr_build_info
func pyggcr_build_info(result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	sum := sha256.Sum256(header)
	return deliver(result, asJSON{map[string]any{
		"header":               hex.EncodeToString(sum[:]),
		"go_version":           runtime.Version(),
		"go_containerregistry": moduleVersion(registryModule),
		"goarch":               runtime.GOARCH,
		"goamd64":              buildSetting("GOAMD64"),
		"functions":            reported(),
		"mistakes":             mistakes,
	}}, nil)
}

func moduleVersion(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, module := range info.Deps {
		if module.Path == path {
			return module.Version
		}
	}
	return ""
}

func buildSetting(key string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, setting := range info.Settings {
		if setting.Key == key {
			return setting.Value
		}
	}
	return ""
}

//export pyggcr_release
func pyggcr_release(handle C.pyggcr_handle) (status C.pyggcr_status) {
	var ignored C.pyggcr_result
	defer pyggcr_result_clear(&ignored)
	defer guard(&status, &ignored)
	release(handle)
	return C.PYGGCR_OK
}

//export pyggcr_set_opener_callbacks
func pyggcr_set_opener_callbacks(callbacks *C.pyggcr_opener_callbacks) {
	setOpenerCallbacks(unsafe.Pointer(callbacks))
}

//export pyggcr_stop_opener_callbacks
func pyggcr_stop_opener_callbacks() { stopOpenerCallbacks() }
