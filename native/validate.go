package main

// The door to pkg/v1/validate.

// #include "pyggcr.h"
import "C"

import (
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

//export pyggcr_validate_image
func pyggcr_validate_image(image C.pyggcr_handle, fast C.int32_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(image, timeout, result, func(img v1.Image) (any, error) {
		return nil, findings(validate.Image(img, validateOptions(fast)...))
	})
}

//export pyggcr_validate_layer
func pyggcr_validate_layer(layer C.pyggcr_handle, fast C.int32_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(layer, timeout, result, func(l v1.Layer) (any, error) {
		return nil, findings(validate.Layer(l, validateOptions(fast)...))
	})
}

//export pyggcr_validate_index
func pyggcr_validate_index(index C.pyggcr_handle, fast C.int32_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	return ask(index, timeout, result, func(i v1.ImageIndex) (any, error) {
		return nil, findings(validate.Index(i, validateOptions(fast)...))
	})
}

func validateOptions(fast C.int32_t) []validate.Option {
	if fast == 0 {
		return nil
	}
	return []validate.Option{validate.Fast}
}

// findings marks what package validate reports. An exception of Python's opener is none: it goes
// to the caller as it is, although the report keeps only its text.
func findings(err error) error {
	switch {
	case err == nil:
		return nil
	case strings.Contains(err.Error(), errRaised.Error()):
		return errRaised
	}
	return validationError{err}
}
