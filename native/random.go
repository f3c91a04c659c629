package main

// Package random. The numbers come from a generator of math/rand in the state that Python's is in, or,
// of a source that the user wrote, they are drawn beforehand. So an image that has to be made again is
// the same.

import (
	"encoding/binary"
	"math/rand"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func init() {
	register("random.Layer", func(byteSize int64, mediaType types.MediaType, seed, drawn int64, numbers []byte) (v1.Layer, error) {
		return random.Layer(byteSize, mediaType, from(seed, drawn, numbers))
	}, "byte_size", "media_type", "seed", "drawn", "numbers")
	register("random.Image", func(byteSize, layers, seed, drawn int64, numbers []byte) (v1.Image, error) {
		return random.Image(byteSize, layers, from(seed, drawn, numbers))
	}, "byte_size", "layers", "seed", "drawn", "numbers")
	register("random.Index", func(byteSize, layers, count, seed, drawn int64, numbers []byte) (v1.ImageIndex, error) {
		return random.Index(byteSize, layers, count, from(seed, drawn, numbers))
	}, "byte_size", "layers", "count", "seed", "drawn", "numbers")
}

// from is the source of the numbers, unless nil, or else a seeded generator that has given some already.
func from(seed, drawn int64, numbers []byte) random.Option {
	if numbers != nil {
		return random.WithSource(&drawnSource{numbers})
	}
	source := rand.NewSource(seed)
	for range drawn {
		source.Int63()
	}
	return random.WithSource(source)
}

// drawnSource gives numbers that Python drew, of eight bytes each; as many as are needed.
type drawnSource struct{ numbers []byte }

func (s *drawnSource) Int63() int64 {
	number := binary.LittleEndian.Uint64(s.numbers)
	s.numbers = s.numbers[8:]
	return int64(number)
}

func (s *drawnSource) Seed(int64) {}
