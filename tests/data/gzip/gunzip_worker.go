//go:build ignore

// Gunzips what it is given: frames of a length (uint32, little-endian) and data. Each is answered
// by two frames: what was delivered, and the text of the error, which may be empty.
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
		data := make([]byte, size)
		if _, err := io.ReadFull(in, data); err != nil {
			log.Fatal(err)
		}
		delivered, err := gunzip(data)
		message := ""
		if err != nil {
			message = err.Error()
		}
		for _, frame := range [][]byte{delivered, []byte(message)} {
			if err := binary.Write(out, binary.LittleEndian, uint32(len(frame))); err != nil {
				log.Fatal(err)
			}
			if _, err := out.Write(frame); err != nil {
				log.Fatal(err)
			}
		}
	}
}

func gunzip(data []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
