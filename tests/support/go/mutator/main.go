// Carries out chains of mutations with go-containerregistry, and says what it sees.
//
// A line of standard input is a chain in JSON, as tests/support/mutation_chains.py makes it; a line of
// standard output is an observation, as tests/support/mutation_campaign.py makes it.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"time"

	"github.com/google/go-containerregistry/pkg/compression"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/match"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

type object struct {
	From   string  `json:"from"`
	Path   string  `json:"path"`
	Tag    *string `json:"tag"`
	Form   string  `json:"form"`
	Digest string  `json:"digest"`
	encoding
}

// encoding is how layers are compressed, and what they say they are.
type encoding struct {
	Compression compression.Compression `json:"compression"`
	Level       int                     `json:"level"`
	LayerType   types.MediaType         `json:"layer_type"`
}

func (e encoding) options() []tarball.LayerOption {
	return []tarball.LayerOption{
		tarball.WithCompression(e.Compression), tarball.WithCompressionLevel(e.Level), tarball.WithMediaType(e.LayerType),
	}
}

type step struct {
	Do   string `json:"do"`
	Adds []struct {
		Layer       *object           `json:"layer"`
		History     v1.History        `json:"history"`
		URLs        []string          `json:"urls"`
		Annotations map[string]string `json:"annotations"`
		MediaType   types.MediaType   `json:"media_type"`

		Kind       string        `json:"kind"`
		Object     object        `json:"object"`
		Descriptor v1.Descriptor `json:"descriptor"`
	} `json:"adds"`
	Layers      []object          `json:"layers"`
	Config      v1.Config         `json:"config"`
	ConfigFile  *v1.ConfigFile    `json:"config_file"`
	Time        [3]int64          `json:"time"`
	Annotations map[string]string `json:"annotations"`
	Subject     v1.Descriptor     `json:"subject"`
	MediaType   types.MediaType   `json:"media_type"`
	Old         *object           `json:"old"`
	New         *object           `json:"new"`
	Descriptor  v1.Descriptor     `json:"descriptor"`
	Matcher     struct {
		Kind       string        `json:"kind"`
		Platforms  []v1.Platform `json:"platforms"`
		MediaTypes []string      `json:"media_types"`
		Key        string        `json:"key"`
		Value      string        `json:"value"`
		Digests    []v1.Hash     `json:"digests"`
		LargerThan int64         `json:"larger_than"`
	} `json:"matcher"`
	At int `json:"at"`
	encoding
}

type chain struct {
	Base  object `json:"base"`
	Steps []step `json:"steps"`
}

type seen = map[string]any

func main() {
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		var c chain
		if err == nil {
			err = json.Unmarshal(line, &c)
		}
		if err == nil {
			err = out.Encode(carryOut(c))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func carryOut(c chain) seen {
	base, err := guarded(func() (any, error) { return open(c.Base) })
	if err != nil {
		return failed(-1, err)
	}
	changed := base
	for at, s := range c.Steps {
		changed, err = guarded(func() (any, error) { return do(s, changed, base) })
		if err != nil {
			return failed(at, err)
		}
	}
	if image, ok := changed.(v1.Image); ok {
		return imageSeen(image)
	}
	return indexSeen(changed.(v1.ImageIndex))
}

type panicked struct{}

func (panicked) Error() string { return "panic" }

func guarded(work func() (any, error)) (value any, err error) {
	defer func() {
		if recover() != nil {
			err = panicked{}
		}
	}()
	return work()
}

// Package mutate prints the structs of both images, with their addresses.
var notBased = regexp.MustCompile(`(?s)^image .* is not based on .* (\([^()]*\))$`)

func textOf(err error) string {
	if found := notBased.FindStringSubmatch(err.Error()); found != nil {
		return "image is not based on " + found[1]
	}
	return err.Error()
}

func failed(at int, err error) seen { return seen{"step": at, "error": textOf(err)} }

func open(o object) (any, error) {
	switch o.From {
	case "empty":
		if o.Form == "image" {
			return empty.Image, nil
		}
		return empty.Index, nil
	case "archive":
		var tag *name.Tag
		if o.Tag != nil {
			t, err := name.NewTag(*o.Tag)
			if err != nil {
				return nil, err
			}
			tag = &t
		}
		return tarball.ImageFromPath(o.Path, tag)
	}
	index, err := layout.ImageIndexFromPath(o.Path)
	if err != nil {
		return nil, err
	}
	hash, err := v1.NewHash(o.Digest)
	if err != nil {
		return nil, err
	}
	if o.Form == "image" {
		return index.Image(hash)
	}
	return index.ImageIndex(hash)
}

func layerOf(o object) (v1.Layer, error) {
	return tarball.LayerFromFile(o.Path, o.options()...)
}

func (s step) when() time.Time {
	zone := time.UTC // another zone of the same offset is not the same to package tar
	if s.Time[2] != 0 {
		zone = time.FixedZone("", int(s.Time[2]))
	}
	return time.Unix(s.Time[0], s.Time[1]).In(zone)
}

func do(s step, changed, base any) (any, error) {
	if image, ok := changed.(v1.Image); ok {
		return s.ofImage(image, base)
	}
	return s.ofIndex(changed.(v1.ImageIndex))
}

func (s step) ofImage(image v1.Image, base any) (any, error) {
	switch s.Do {
	case "append":
		adds, err := s.addenda()
		if err != nil {
			return nil, err
		}
		return mutate.Append(image, adds...)
	case "append_layers":
		var layers []v1.Layer
		for _, o := range s.Layers {
			layer, err := layerOf(o)
			if err != nil {
				return nil, err
			}
			layers = append(layers, layer)
		}
		return mutate.AppendLayers(image, layers...)
	case "config":
		return mutate.Config(image, s.Config)
	case "config_file":
		return mutate.ConfigFile(image, s.ConfigFile)
	case "created_at":
		return mutate.CreatedAt(image, v1.Time{Time: s.when()})
	case "annotations":
		return mutate.Annotations(image, s.Annotations), nil
	case "subject":
		return mutate.Subject(image, s.Subject), nil
	case "media_type":
		return mutate.MediaType(image, s.MediaType), nil
	case "config_media_type":
		return mutate.ConfigMediaType(image, s.MediaType), nil
	case "time":
		return mutate.Time(image, s.when(), s.options()...)
	case "canonical":
		return mutate.Canonical(image)
	case "rebase":
		return s.rebase(image, base)
	case "list":
		add := mutate.IndexAddendum{Add: image, Descriptor: s.Descriptor}
		return mutate.AppendManifests(empty.Index, add), nil
	}
	return nil, fmt.Errorf("there is no step %q for images", s.Do)
}

func (s step) addenda() ([]mutate.Addendum, error) {
	var adds []mutate.Addendum
	for _, a := range s.Adds {
		add := mutate.Addendum{History: a.History, URLs: a.URLs, Annotations: a.Annotations, MediaType: a.MediaType}
		if a.Layer != nil {
			layer, err := layerOf(*a.Layer)
			if err != nil {
				return nil, err
			}
			add.Layer = layer
		}
		adds = append(adds, add)
	}
	return adds, nil
}

func (s step) rebase(image v1.Image, base any) (any, error) {
	if s.Old != nil {
		var err error
		if base, err = open(*s.Old); err != nil {
			return nil, err
		}
	}
	old, ok := base.(v1.Image)
	if !ok {
		old = empty.Image
	}
	opened, err := open(*s.New)
	if err != nil {
		return nil, err
	}
	return mutate.Rebase(image, old, opened.(v1.Image))
}

func (s step) ofIndex(index v1.ImageIndex) (any, error) {
	switch s.Do {
	case "append_manifests":
		return s.appendManifests(index)
	case "remove_manifests":
		return mutate.RemoveManifests(index, s.matcher()), nil
	case "annotations":
		return mutate.Annotations(index, s.Annotations), nil
	case "subject":
		return mutate.Subject(index, s.Subject), nil
	case "index_media_type":
		return mutate.IndexMediaType(index, s.MediaType), nil
	case "pick":
		return s.pick(index)
	}
	return nil, fmt.Errorf("there is no step %q for indexes", s.Do)
}

func (s step) appendManifests(index v1.ImageIndex) (any, error) {
	var adds []mutate.IndexAddendum
	for _, a := range s.Adds {
		var opened any
		var err error
		if a.Kind == "layer" {
			opened, err = layerOf(a.Object)
		} else {
			opened, err = open(a.Object)
		}
		if err != nil {
			return nil, err
		}
		adds = append(adds, mutate.IndexAddendum{Add: opened.(mutate.Appendable), Descriptor: a.Descriptor})
	}
	return mutate.AppendManifests(index, adds...), nil
}

func (s step) matcher() match.Matcher {
	m := s.Matcher
	switch m.Kind {
	case "platforms":
		return match.Platforms(m.Platforms...)
	case "media_types":
		return match.MediaTypes(m.MediaTypes...)
	case "annotation":
		return match.Annotation(m.Key, m.Value)
	case "digests":
		return match.Digests(m.Digests...)
	}
	return func(d v1.Descriptor) bool { return d.Size > m.LargerThan }
}

func (s step) pick(index v1.ImageIndex) (any, error) {
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	var images []v1.Hash
	for _, entry := range manifest.Manifests {
		if entry.MediaType.IsImage() {
			images = append(images, entry.Digest)
		}
	}
	if len(images) == 0 {
		return empty.Image, nil
	}
	return index.Image(images[s.At%len(images)])
}

// asked is an answer, or the error in its place.
func asked[T any](value T, err error) any {
	if err != nil {
		return seen{"error": textOf(err)}
	}
	return value
}

// ask is asked for what may panic.
func ask(work func() (any, error)) any { return asked(guarded(work)) }

func text(value fmt.Stringer, err error) any {
	if err != nil {
		return asked(value, err)
	}
	return value.String()
}

func document(raw []byte, err error) any { return asked(string(raw), err) }

func parsed(value any, err error) any {
	if err != nil {
		return asked(value, err)
	}
	return document(json.Marshal(value))
}

var unknown = v1.Hash{Algorithm: "sha256", Hex: "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"}

func imageSeen(image v1.Image) seen {
	// In the order of the other observations: it decides what is computed when.
	s := seen{}
	s["media_type"] = asked(image.MediaType())
	s["unknown_diff_id"] = foundLayer(image.LayerByDiffID(unknown))
	s["digest"] = text(image.Digest())
	s["manifest"] = document(image.RawManifest())
	manifest, err := image.Manifest()
	s["parsed_manifest"] = parsed(manifest, err)
	s["config"] = document(image.RawConfigFile())
	config, err := image.ConfigFile()
	s["parsed_config"] = parsed(config, err)
	configName, err := image.ConfigName()
	s["config_name"] = text(configName, err)
	s["size"] = asked(image.Size())
	s["layers"] = ask(func() (any, error) { return layersSeen(image, layerSeen) })
	if err != nil {
		s["config_layer"] = asked(0, err)
	} else {
		s["config_layer"] = foundLayer(image.LayerByDigest(configName))
	}
	s["by_diff_id"] = ask(func() (any, error) {
		return layersSeen(image, func(layer v1.Layer) any {
			diffID, err := layer.DiffID()
			if err != nil {
				return asked(0, err)
			}
			found, err := image.LayerByDiffID(diffID)
			if err != nil {
				return asked(0, err)
			}
			return text(found.Digest())
		})
	})
	s["unknown"] = foundLayer(image.LayerByDigest(unknown))
	d, err := partial.Descriptor(image)
	s["descriptor"] = parsed(d, err)
	return s
}

func layersSeen(image v1.Image, see func(v1.Layer) any) (any, error) {
	layers, err := image.Layers()
	all := make([]any, len(layers))
	for i, layer := range layers {
		all[i] = see(layer)
	}
	return all, err
}

func foundLayer(layer v1.Layer, err error) any {
	if err != nil {
		return asked(0, err)
	}
	return layerSeen(layer)
}

func layerSeen(layer v1.Layer) any {
	s := seen{}
	s["digest"] = text(layer.Digest())
	s["diff_id"] = text(layer.DiffID())
	s["size"] = asked(layer.Size())
	s["media_type"] = asked(layer.MediaType())
	s["compressed"] = hashed(layer.Compressed)
	s["uncompressed"] = hashed(layer.Uncompressed)
	return s
}

func hashed(open func() (io.ReadCloser, error)) any {
	content, err := open()
	if err != nil {
		return asked(0, err)
	}
	defer content.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, content)
	return asked(hex.EncodeToString(hash.Sum(nil)), err)
}

func indexSeen(index v1.ImageIndex) seen {
	s := seen{}
	s["media_type"] = asked(index.MediaType())
	if image, err := index.Image(unknown); err != nil {
		s["unknown"] = asked(0, err)
	} else {
		s["unknown"] = text(image.Digest())
	}
	s["digest"] = text(index.Digest())
	s["manifest"] = document(index.RawManifest())
	manifest, err := index.IndexManifest()
	s["parsed_manifest"] = parsed(manifest, err)
	s["size"] = asked(index.Size())
	s["listed"] = ask(func() (any, error) {
		entries, err := partial.Manifests(index)
		all := make([]any, len(entries))
		for i, entry := range entries {
			all[i] = entrySeen(entry)
		}
		return all, err
	})
	d, err := partial.Descriptor(index)
	s["descriptor"] = parsed(d, err)
	return s
}

func entrySeen(entry partial.Describable) any {
	s := seen{"kind": "other"}
	switch entry.(type) {
	case v1.Image:
		s["kind"] = "image"
	case v1.ImageIndex:
		s["kind"] = "index"
	case v1.Layer:
		s["kind"] = "layer"
	}
	s["digest"] = text(entry.Digest())
	s["size"] = asked(entry.Size())
	s["media_type"] = asked(entry.MediaType())
	return s
}
