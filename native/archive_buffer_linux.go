package main

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// namelessFile never had a name, where the file system can do that.
func namelessFile(folder string) (*os.File, error) {
	const ownerOnly = 0o600
	f, err := os.OpenFile(folder, os.O_RDWR|unix.O_TMPFILE|unix.O_EXCL, ownerOnly)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR) {
		return unlinkedFile(folder)
	}
	return f, err
}
