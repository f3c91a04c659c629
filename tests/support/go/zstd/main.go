//go:build ignore

// Compresses what it is given as go-containerregistry's internal/zstd does: frames of a length
// (uint32, little-endian) and data, answered likewise. The argument is the level.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"log"
	"os"
	"strconv"

	"github.com/klauspost/compress/zstd"
)

func main() {
	level, err := strconv.Atoi(os.Args[1])
	if err != nil {
		log.Fatal(err)
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
		compressed, err := compress(data, level)
		if err != nil {
			log.Fatal(err)
		}
		if err := binary.Write(out, binary.LittleEndian, uint32(len(compressed))); err != nil {
			log.Fatal(err)
		}
		if _, err := out.Write(compressed); err != nil {
			log.Fatal(err)
		}
		// Whoever asks may wait for this answer before the next question.
		if err := out.Flush(); err != nil {
			log.Fatal(err)
		}
	}
}

func compress(data []byte, level int) ([]byte, error) {
	var compressed bytes.Buffer
	speed := zstd.EncoderLevelFromZstd(level)
	w, err := zstd.NewWriter(&compressed, zstd.WithEncoderLevel(speed))
	if err != nil {
		return nil, err
	}
	// A file gives io.Copy no more than Read, so that the encoder's ReadFrom fills its blocks.
	if _, err := io.Copy(w, struct{ io.Reader }{bytes.NewReader(data)}); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return compressed.Bytes(), nil
}
