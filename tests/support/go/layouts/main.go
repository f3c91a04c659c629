// Command layouts changes OCI layouts with pkg/v1/layout as it is told to on standard input: one task in
// JSON a line, one answer a line. It is built inside native/, whose go.mod has the library.
// tests/support/layout_steps.py does the same in Python.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

type task struct {
	Folder string // which the layout is made in
	Source string // another layout, whose index is added
	Steps  []step
}

type step struct {
	Do          string
	Archive     string // of an image
	Digest      v1.Hash
	Name        string
	Data        []byte
	Mode        uint32
	Annotations map[string]string
	Platform    *v1.Platform
	URLs        []string
	Descriptor  v1.Descriptor
}

// A step that fails says so, and one that finds something says what.
type answer struct{ Error, Found string }

func main() {
	input, output := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var told task
		if err := input.Decode(&told); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		answers := []answer{}
		for _, it := range told.Steps {
			found, err := it.do(told)
			a := answer{Found: found}
			if err != nil {
				a = answer{Error: err.Error()}
			}
			answers = append(answers, a)
		}
		if err := output.Encode(answers); err != nil {
			log.Fatal(err)
		}
	}
}

func (s step) options() (all []layout.Option) {
	if s.Annotations != nil {
		all = append(all, layout.WithAnnotations(s.Annotations))
	}
	if s.Platform != nil {
		all = append(all, layout.WithPlatform(*s.Platform))
	}
	if s.URLs != nil {
		all = append(all, layout.WithURLs(s.URLs))
	}
	return all
}

func (s step) do(t task) (string, error) {
	path := layout.Path(t.Folder)
	source := func() v1.ImageIndex {
		index, err := layout.ImageIndexFromPath(t.Source)
		if err != nil {
			log.Fatal(err)
		}
		return index
	}
	image := func() v1.Image {
		image, err := tarball.ImageFromPath(s.Archive, nil)
		if err != nil {
			log.Fatal(err)
		}
		return image
	}
	switch s.Do {
	case "from_path":
		_, err := layout.FromPath(t.Folder)
		return "", err
	case "write_empty":
		_, err := layout.Write(t.Folder, empty.Index)
		return "", err
	case "write":
		_, err := layout.Write(t.Folder, source())
		return "", err
	case "append_image":
		return "", path.AppendImage(image(), s.options()...)
	case "append_index":
		return "", path.AppendIndex(source(), s.options()...)
	case "append_empty_index":
		return "", path.AppendIndex(empty.Index, s.options()...)
	case "append_descriptor":
		return "", path.AppendDescriptor(s.Descriptor)
	case "replace_image":
		return "", path.ReplaceImage(image(), match.Digests(s.Digest), s.options()...)
	case "replace_index":
		return "", path.ReplaceIndex(source(), match.Digests(s.Digest), s.options()...)
	case "remove_descriptors":
		return "", path.RemoveDescriptors(match.Digests(s.Digest))
	case "remove_all":
		return "", path.RemoveDescriptors(func(v1.Descriptor) bool { return true })
	case "write_file":
		return "", path.WriteFile(s.Name, s.Data, os.FileMode(s.Mode))
	case "write_blob":
		return "", path.WriteBlob(s.Digest, io.NopCloser(bytes.NewReader(s.Data)))
	case "remove_blob":
		return "", path.RemoveBlob(s.Digest)
	case "bytes":
		found, err := path.Bytes(s.Digest)
		return string(found), err
	case "image":
		image, err := path.Image(s.Digest)
		if err != nil {
			return "", err
		}
		digest, err := image.Digest()
		return digest.String(), err
	case "image_index":
		index, err := path.ImageIndex()
		if err != nil {
			return "", err
		}
		nested, err := index.ImageIndex(s.Digest)
		if err != nil {
			return "", err
		}
		raw, err := nested.RawManifest()
		return string(raw), err
	case "garbage_collect":
		found, err := path.GarbageCollect()
		return fmt.Sprint(found), err
	case "link":
		return "", os.Symlink(s.Name, t.Folder+"/blobs/"+s.Digest.Algorithm+"/"+s.Digest.Hex)
	}
	log.Fatalf("nobody knows how to %s", s.Do)
	return "", nil
}
