//go:build goexperiment.jsonv2

package main

// encoding/json on top of v2 has other error texts, so the answers would depend on the Go release.
var _ = this_library_must_be_built_with_GOEXPERIMENT_nojsonv2
