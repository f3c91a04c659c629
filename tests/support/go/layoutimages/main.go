// Command layoutimages says what go-containerregistry makes of the images of OCI layouts in folders.
//
// Standard input has the paths of layouts, each a JSON string on a line of its own. Standard output
// gets a line for each: {"indexes": {NAME: TEXT}, "images": {DIGEST: TEXT}}, where NAME is
// index.json or a digest, and TEXT is empty for what can be read and is valid. Attestations are
// left out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

type answer struct {
	Indexes map[string]string `json:"indexes"`
	Images  map[string]string `json:"images"`
}

func main() {
	paths := json.NewDecoder(bufio.NewReader(os.Stdin))
	answers := json.NewEncoder(os.Stdout)
	answers.SetEscapeHTML(false)
	for paths.More() {
		var path string
		if err := paths.Decode(&path); err != nil {
			log.Fatal(err)
		}
		said := answer{map[string]string{}, map[string]string{}}
		index, err := layout.ImageIndexFromPath(path)
		said.walk("index.json", index, err)
		if err := answers.Encode(said); err != nil {
			log.Fatal(err)
		}
	}
}

// walk asks an index for its images, and for its indexes, each digest once.
func (a *answer) walk(name string, index v1.ImageIndex, err error) {
	var manifest *v1.IndexManifest
	if err == nil {
		manifest, err = index.IndexManifest()
	}
	a.Indexes[name] = text(err)
	if err != nil {
		return
	}
	for _, described := range manifest.Manifests {
		digest := described.Digest.String()
		if _, known := a.Indexes[digest]; described.MediaType.IsIndex() && !known {
			below, err := index.ImageIndex(described.Digest)
			a.walk(digest, below, err)
		}
		_, known := a.Images[digest]
		if isAttestation(described) {
			continue
		}
		if (described.MediaType.IsImage() || described.MediaType == "") && !known {
			a.Images[digest] = text(check(index, described.Digest))
		}
	}
}

func isAttestation(described v1.Descriptor) bool {
	if described.Annotations["vnd.docker.reference.type"] == "attestation-manifest" {
		return true
	}
	platform := described.Platform
	return platform != nil && platform.OS == "unknown" && platform.Architecture == "unknown"
}

// check finds an image and validates it. A panic of the library is an answer too.
func check(index v1.ImageIndex, digest v1.Hash) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	image, err := index.Image(digest)
	if err != nil {
		return err
	}
	return validate.Image(image)
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
