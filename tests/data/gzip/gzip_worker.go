//go:build ignore

// Gzips what it is given: frames of a length (uint32, little-endian) and data, answered likewise.
// The compression level is its argument; without one it is BestSpeed.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"log"
	"os"
	"strconv"
)

func main() {
	level := gzip.BestSpeed
	if len(os.Args) > 1 {
		var err error
		if level, err = strconv.Atoi(os.Args[1]); err != nil {
			log.Fatal(err)
		}
	}
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	for {
		var size uint32
		if err := binary.Read(in, binary.LittleEndian, &size); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		data := make([]byte, size)
		if _, err := io.ReadFull(in, data); err != nil {
			log.Fatal(err)
		}
		var zipped bytes.Buffer
		w, err := gzip.NewWriterLevel(&zipped, level)
		if err != nil {
			log.Fatal(err)
		}
		// In one piece: above BestSpeed, Go 1.26 is not blind to how the data comes.
		if _, err := w.Write(data); err != nil {
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
		// Whoever asks may wait for this answer before the next question.
		if err := out.Flush(); err != nil {
			log.Fatal(err)
		}
	}
}
