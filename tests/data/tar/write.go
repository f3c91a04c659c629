//go:build ignore

// Writes an archive with Go's archive/tar, in each of its formats, to standard output.
package main

import (
	"archive/tar"
	"log"
	"os"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	stamp := time.Unix(1700000000, 0)
	long := strings.Repeat("folder/", 30)
	headers := []*tar.Header{
		{Typeflag: tar.TypeDir, Name: "dir/", Mode: 0o755, ModTime: stamp},
		{Typeflag: tar.TypeReg, Name: strings.Repeat("a/", 60) + "prefix", Mode: 0o644, Size: 5, ModTime: stamp, Format: tar.FormatUSTAR},
		{Typeflag: tar.TypeReg, Name: long + "pax", Size: 5, ModTime: stamp.Add(123456789), Format: tar.FormatPAX,
			PAXRecords: map[string]string{"SCHILY.xattr.user.key": "value=1\n", "comment": "ünï"}},
		{Typeflag: tar.TypeReg, Name: long + "gnu\xff", Size: 5, Uid: 1 << 40, ModTime: time.Unix(-3, 0), AccessTime: stamp,
			ChangeTime: stamp, Format: tar.FormatGNU},
		{Typeflag: tar.TypeSymlink, Name: "symbolic", Linkname: long, ModTime: stamp, Format: tar.FormatGNU},
		{Typeflag: tar.TypeLink, Name: "hard", Linkname: "dir/../symbolic", ModTime: stamp},
		{Typeflag: tar.TypeChar, Name: "device", Devmajor: 5, Devminor: 1, Mode: 0o4755, ModTime: stamp},
		{Typeflag: tar.TypeFifo, Name: "/pipe", Uname: "root", Gname: "wheel"},
		{Typeflag: tar.TypeXGlobalHeader, Name: "global", PAXRecords: map[string]string{"mtime": "5.5", "path": "other"}},
		{Typeflag: tar.TypeReg, Name: "last", Size: 5, ModTime: time.Unix(-1, 500000000), Format: tar.FormatPAX},
	}
	w := tar.NewWriter(os.Stdout)
	for _, header := range headers {
		if err := w.WriteHeader(header); err != nil {
			log.Fatalf("%s: %v", header.Name, err)
		}
		if _, err := w.Write([]byte("hello")[:header.Size]); err != nil {
			log.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}
}
