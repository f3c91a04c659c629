//go:build !go1.27

package main

// gzipProfile names the encoder of compress/gzip: that of Go 1.21 to 1.26.
const gzipProfile = "go1.26"
