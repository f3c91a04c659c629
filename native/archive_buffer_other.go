//go:build !linux

package main

import "os"

func namelessFile(folder string) (*os.File, error) { return unlinkedFile(folder) }
