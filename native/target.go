package main

// What a call to a registry is about: a reference, a repository or a registry, and credentials.

// #include "pyggcr.h"
import "C"

import (
	"encoding/json"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// target is what Python makes of a value of pyggcr.name. At most one of Auth and Environment is
// there; with an environment, the default keychain is asked.
type target struct {
	nameOptions
	Kind        string       `json:"kind"`
	Auth        *credentials `json:"auth"`
	Environment environment  `json:"environment"`
}

// reference is a tag or a digest.
func (t target) reference() (name.Reference, error) {
	if t.Kind == "digest" {
		return t.digest()
	}
	return name.NewTag(t.Name, t.options()...)
}

func (t target) digest() (name.Digest, error) { return name.NewDigest(t.Name, t.options()...) }
func (t target) repository() (name.Repository, error) {
	return name.NewRepository(t.Name, t.options()...)
}
func (t target) registry() (name.Registry, error) { return name.NewRegistry(t.Name, t.options()...) }

func (t target) resource() (authn.Resource, error) {
	switch t.Kind {
	case "registry":
		return t.registry()
	case "repository":
		return t.repository()
	}
	ref, err := t.reference()
	if err != nil {
		return nil, err
	}
	return ref.Context(), nil
}

// introduce tells the client's keychain which credentials the call brought.
func (t target) introduce(c *client) error {
	resource, err := t.resource()
	if err != nil {
		return err
	}
	switch {
	case t.Environment != nil:
		c.keychain.known.Store(resource.String(), t.Environment)
	case t.Auth != nil:
		c.keychain.known.Store(resource.String(), t.Auth.authenticator())
	}
	return nil
}

// toTarget prepares a call of a client.
func toTarget(handle C.pyggcr_handle, request *C.pyggcr_char, size C.size_t) (*client, target, error) {
	var t target
	c, err := lookup[*client](handle)
	if err != nil {
		return nil, t, err
	}
	if err := json.Unmarshal(goBytes(request, size), &t); err != nil {
		return nil, t, err
	}
	return c, t, t.introduce(c)
}
