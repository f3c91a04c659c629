package main

// Names on their way from Python: package name.

import (
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// nameOptions are a name and the defaults that it was parsed with.
type nameOptions struct {
	Name            string `json:"name"`
	Strict          bool   `json:"strict"`
	DefaultRegistry string `json:"default_registry"`
	DefaultTag      string `json:"default_tag"`
	Insecure        bool   `json:"insecure"`
}

func (o nameOptions) options() []name.Option {
	var options []name.Option
	if o.Strict {
		options = append(options, name.StrictValidation)
	}
	if o.DefaultRegistry != "" {
		options = append(options, name.WithDefaultRegistry(o.DefaultRegistry))
	}
	if o.DefaultTag != "" {
		options = append(options, name.WithDefaultTag(o.DefaultTag))
	}
	if o.Insecure {
		options = append(options, name.Insecure)
	}
	return options
}

// referenceName is a value of pyggcr.name: the text that it was parsed from, with what completed it,
// so that errors name it as its user did.
type referenceName struct {
	nameOptions
	Kind string // "tag", "digest", "repository" or "registry"
}

func (n referenceName) tag() (name.Tag, error) { return name.NewTag(n.Name, n.options()...) }

func (n referenceName) digest() (name.Digest, error) { return name.NewDigest(n.Name, n.options()...) }

func (n referenceName) reference() (name.Reference, error) {
	if n.Kind == "digest" {
		return n.digest()
	}
	return n.tag()
}

func (n referenceName) repository() (name.Repository, error) {
	return name.NewRepository(n.Name, n.options()...)
}

func (n referenceName) registry() (name.Registry, error) {
	return name.NewRegistry(n.Name, n.options()...)
}

func (n referenceName) resource() (authn.Resource, error) {
	switch n.Kind {
	case "registry":
		return n.registry()
	case "repository":
		return n.repository()
	}
	ref, err := n.reference()
	if err != nil {
		return nil, err
	}
	return ref.Context(), nil
}
