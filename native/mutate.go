package main

// Package mutate, and how what it adds to images and indexes crosses. Twin of the encoders for
// addenda, times and matchers in pyggcr/_go/arguments.py.

// #include "pyggcr.h"
import "C"

import (
	"encoding/json"
	"reflect"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/match"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func init() {
	kinds[reflect.TypeFor[mutate.Addendum]()] = &kind{"addendum", decodeAddendum}
	kinds[reflect.TypeFor[mutate.IndexAddendum]()] = &kind{"index addendum", decodeIndexAddendum}
	kinds[reflect.TypeFor[time.Time]()] = &kind{"time", timeKind(func(t time.Time) any { return t })}
	kinds[reflect.TypeFor[v1.Time]()] = &kind{"time", timeKind(func(t time.Time) any { return v1.Time{Time: t} })}
	kinds[reflect.TypeFor[matcher]()] = &kind{"matcher", decodeMatcher}

	register("mutate.Append", mutate.Append, "base", "adds")
	register("mutate.AppendLayers", mutate.AppendLayers, "base", "layers")
	register("mutate.AppendManifests", mutate.AppendManifests, "base", "adds")
	register("mutate.RemoveManifests", removeManifests, "base", "matcher")
	register("mutate.Config", mutate.Config, "base", "config")
	register("mutate.ConfigFile", mutate.ConfigFile, "base", "config_file")
	register("mutate.CreatedAt", mutate.CreatedAt, "base", "created")
	register("mutate.Annotations", mutate.Annotations, "described", "annotations")
	register("mutate.Subject", mutate.Subject, "described", "subject")
	register("mutate.MediaType", mutate.MediaType, "image", "media_type")
	register("mutate.ConfigMediaType", mutate.ConfigMediaType, "image", "media_type")
	register("mutate.IndexMediaType", mutate.IndexMediaType, "index", "media_type")
	register("mutate.Rebase", mutate.Rebase, "original", "old_base", "new_base")
	register("mutate.Time", func(image v1.Image, t time.Time, algorithm string, level int, mediaType types.MediaType, caching bool) (v1.Image, error) {
		return mutate.Time(image, t, layerOptions(algorithm, level, mediaType, caching)...)
	}, "image", "time", "compression", "compression_level", "media_type", "compressed_caching")
	register("mutate.Canonical", func(image v1.Image, algorithm string, level int, mediaType types.MediaType, caching bool) (v1.Image, error) {
		return mutate.Canonical(image, layerOptions(algorithm, level, mediaType, caching)...)
	}, "image", "compression", "compression_level", "media_type", "compressed_caching")
}

// said is what an addendum says besides its layer.
type said struct {
	History     v1.History        `json:"history"`
	URLs        []string          `json:"urls"`
	Annotations map[string]string `json:"annotations"`
	MediaType   types.MediaType   `json:"media_type"`
}

var (
	decodeLayer      = objectKind(reflect.TypeFor[v1.Layer](), "layer").decode
	decodeAppendable = objectKind(reflect.TypeFor[mutate.Appendable](), "value").decode
	decodeSaid       = jsonKind(reflect.TypeFor[said]())
	decodeDescriptor = jsonKind(reflect.TypeFor[v1.Descriptor]())
)

// decodeAddendum takes a list: a layer or nothing, and what is said of it.
func decodeAddendum(a argument) (input, error) {
	if a.tag == C.PYGGCR_LIST && len(a.list) == 2 && a.list[0].tag == C.PYGGCR_NULL {
		return decodePair(a, func(argument) (input, error) { return plain(0) }, decodeSaid,
			func(_, about reflect.Value) any { return addendum(nil, about) })
	}
	return decodePair(a, decodeLayer, decodeSaid, func(layer, about reflect.Value) any {
		return addendum(layer.Interface().(v1.Layer), about)
	})
}

func addendum(layer v1.Layer, about reflect.Value) mutate.Addendum {
	s := about.Interface().(said)
	return mutate.Addendum{Layer: layer, History: s.History, URLs: s.URLs, Annotations: s.Annotations, MediaType: s.MediaType}
}

// decodeIndexAddendum takes a list: what is added, and a descriptor.
func decodeIndexAddendum(a argument) (input, error) {
	return decodePair(a, decodeAppendable, decodeDescriptor, func(add, about reflect.Value) any {
		return mutate.IndexAddendum{Add: add.Interface().(mutate.Appendable), Descriptor: about.Interface().(v1.Descriptor)}
	})
}

// decodePair takes a list of an object and a document, of which make makes one value.
func decodePair(a argument, object, document func(argument) (input, error), make func(object, document reflect.Value) any) (input, error) {
	if a.tag != C.PYGGCR_LIST || len(a.list) != 2 {
		return input{}, a.wrong("a pair")
	}
	first, err := object(a.list[0])
	if err != nil {
		return input{}, err
	}
	second, err := document(a.list[1])
	if err != nil {
		return input{}, err
	}
	return input{owners: first.owners, hold: first.hold, in: func(w *work) (reflect.Value, error) {
		o, err := first.in(w)
		if err != nil {
			return o, err
		}
		d, err := second.in(w)
		if err != nil {
			return d, err
		}
		return reflect.ValueOf(make(o, d)), nil
	}}, nil
}

// timeKind takes a list: seconds since 1970, nanoseconds, and the zone's offset in seconds.
func timeKind(make func(time.Time) any) func(argument) (input, error) {
	return func(a argument) (input, error) {
		const fields = 3
		if a.tag != C.PYGGCR_LIST || len(a.list) != fields {
			return input{}, a.wrong("a time")
		}
		zone := time.UTC
		if offset := int(a.list[2].number); offset != 0 {
			zone = time.FixedZone("", offset)
		}
		return plain(make(time.Unix(a.list[0].number, a.list[1].number).In(zone)))
	}
}

// matcher chooses descriptors: one of package match, or a function of Python's.
type matcher struct {
	known match.Matcher
	value pythonValue
}

// matcherSpec describes a matcher of pyggcr.match as data.
type matcherSpec struct {
	Kind       string        `json:"kind"`
	Key        string        `json:"key"`
	Value      string        `json:"value"`
	Platforms  []v1.Platform `json:"platforms"`
	MediaTypes []string      `json:"media_types"`
	Digests    []string      `json:"digests"`
}

func (s matcherSpec) matcher() (match.Matcher, error) {
	switch s.Kind {
	case "annotation":
		return match.Annotation(s.Key, s.Value), nil
	case "platforms":
		return match.Platforms(s.Platforms...), nil
	case "media_types":
		return match.MediaTypes(s.MediaTypes...), nil
	case "digests":
		hashes := make([]v1.Hash, len(s.Digests))
		for i, text := range s.Digests {
			hashes[i] = hashOf(text)
		}
		return match.Digests(hashes...), nil
	}
	return nil, unsupportedError("there is no matcher of the kind " + s.Kind)
}

// decodeMatcher takes the description of a matcher, or a value of Python's.
func decodeMatcher(a argument) (input, error) {
	switch a.tag {
	case C.PYGGCR_BYTES:
		var spec matcherSpec
		if err := json.Unmarshal(a.data, &spec); err != nil {
			return input{}, err
		}
		known, err := spec.matcher()
		if err != nil {
			return input{}, err
		}
		return plain(matcher{known: known})
	case C.PYGGCR_PYTHON_VALUE:
		own := newOwner(true, nil)
		return input{owners: []*owner{own}, in: func(w *work) (reflect.Value, error) {
			return reflect.ValueOf(matcher{value: pythonValue{C.uint64_t(a.number), w.gens.of(own)}}), nil
		}}, nil
	}
	return input{}, a.wrong("a matcher")
}

func removeManifests(base v1.ImageIndex, m matcher) v1.ImageIndex {
	if m.known != nil {
		return mutate.RemoveManifests(base, m.known)
	}
	judged := &judgedIndex{anyIndex: base, value: m.value}
	if lister, ok := base.(layerLister); ok {
		return mutate.RemoveManifests(judgedLayers{judged, lister}, judged.matches)
	}
	return mutate.RemoveManifests(judged, judged.matches)
}

// anyIndex has another name than the method ImageIndex, which it would hide where it is embedded.
type anyIndex interface{ v1.ImageIndex }

// judgedIndex asks Python which entries match before Go does: a function of Python may fail, and a
// match.Matcher cannot. Package mutate calls IndexManifest, then the matcher for each entry in turn,
// and nobody else calls either.
type judgedIndex struct {
	anyIndex
	value pythonValue

	mu       sync.Mutex
	verdicts []bool
}

func (i *judgedIndex) IndexManifest() (*v1.IndexManifest, error) {
	manifest, err := i.anyIndex.IndexManifest()
	if err != nil {
		return nil, err
	}
	verdicts := make([]bool, len(manifest.Manifests))
	for at, entry := range manifest.Manifests {
		if verdicts[at], err = i.ask(entry); err != nil {
			return nil, err
		}
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.verdicts = verdicts
	return manifest, nil
}

func (i *judgedIndex) ask(entry v1.Descriptor) (bool, error) {
	document, err := json.Marshal(entry)
	if err != nil {
		return false, err
	}
	a, err := i.value.ask("matches", string(document))
	return a.number != 0, err
}

func (i *judgedIndex) matches(v1.Descriptor) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	matches := i.verdicts[0]
	i.verdicts = i.verdicts[1:]
	return matches
}

// Manifests is for package partial, which would call IndexManifest.
func (i *judgedIndex) Manifests() ([]partial.Describable, error) {
	return partial.Manifests(i.anyIndex)
}

// judgedLayers is one that may list layers too.
type judgedLayers struct {
	*judgedIndex
	layerLister
}
