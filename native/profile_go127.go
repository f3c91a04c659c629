//go:build go1.27

package main

// gzipProfile names the encoder of compress/gzip: Go 1.27 replaced it.
const gzipProfile = "go1.27"
