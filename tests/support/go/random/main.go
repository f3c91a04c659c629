// Command random makes what pkg/v1/random makes, as it is told to on standard input: one task in JSON a
// line, one answer a line. It is built inside native/, whose go.mod has the library.
package main

import (
	"encoding/json"
	"io"
	"log"
	"math/rand"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

type task struct {
	Seed                  int64
	Size, Layers, Indexed int64
}

type answer struct {
	Layer    string // its DiffID
	Image    string // its manifest
	Config   string
	Index    string
	Next     int64 // the number that the source gives then
	Negative string
}

func main() {
	input, output := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var told task
		if err := input.Decode(&told); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		said, err := told.run()
		if err != nil {
			log.Fatal(err)
		}
		if err := output.Encode(said); err != nil {
			log.Fatal(err)
		}
	}
}

// run makes a layer, an image and an index with one source.
func (t task) run() (said answer, err error) {
	source := rand.NewSource(t.Seed)
	option := random.WithSource(source)
	layer, err := random.Layer(t.Size, types.OCILayer, option)
	if err != nil {
		return said, err
	}
	diffID, err := layer.DiffID()
	if err != nil {
		return said, err
	}
	said.Layer = diffID.String()
	image, err := random.Image(t.Size, t.Layers, option)
	if err != nil {
		return said, err
	}
	if said.Image, said.Config, err = documents(image); err != nil {
		return said, err
	}
	index, err := random.Index(t.Size, t.Layers, t.Indexed, option)
	if err != nil {
		return said, err
	}
	raw, err := index.RawManifest()
	if err != nil {
		return said, err
	}
	said.Index = string(raw)
	_, err = random.Layer(-1, types.OCILayer, option)
	said.Negative = err.Error()
	said.Next = source.Int63()
	return said, nil
}

func documents(image v1.Image) (manifest, config string, err error) {
	raw, err := image.RawManifest()
	if err != nil {
		return "", "", err
	}
	rawConfig, err := image.RawConfigFile()
	return string(raw), string(rawConfig), err
}
