//go:build ignore

// Gzips what it is given: frames of a length (uint32, little-endian) and data, answered likewise.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"log"
	"os"
)

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var size uint32
		if err := binary.Read(in, binary.LittleEndian, &size); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		var zipped bytes.Buffer
		w, err := gzip.NewWriterLevel(&zipped, gzip.BestSpeed)
		if err != nil {
			log.Fatal(err)
		}
		if _, err := io.CopyN(w, in, int64(size)); err != nil {
			log.Fatal(err)
		}
		if err := w.Close(); err != nil {
			log.Fatal(err)
		}
		if err := binary.Write(out, binary.LittleEndian, uint32(zipped.Len())); err != nil {
			log.Fatal(err)
		}
		if _, err := out.Write(zipped.Bytes()); err != nil {
			log.Fatal(err)
		}
	}
}
