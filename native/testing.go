//go:build pyggcr_test

package main

// Exports that misbehave on purpose, in a library that only the tests build.

// #cgo CFLAGS: -DPYGGCR_TEST
// #include "pyggcr.h"
import "C"

//export pyggcr_test_panic
func pyggcr_test_panic(result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	panic("on purpose")
}

//export pyggcr_test_panic_in_call
func pyggcr_test_panic_in_call(timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return begin(&box{}, timeout, func(*generation) (any, error) {
		panic("on purpose, in a goroutine")
	}).first(result)
}

//export pyggcr_test_block
func pyggcr_test_block(timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return begin(&box{}, timeout, func(g *generation) (any, error) {
		<-g.ctx.Done()
		return nil, g.ctx.Err()
	}).first(result)
}
