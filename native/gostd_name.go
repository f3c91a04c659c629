package main

// Operations of gostd on references: pkg/name, with everything that its values tell.

import (
	"encoding/json"

	"github.com/google/go-containerregistry/pkg/name"
)

// facts are what the accessors of a name answer; those that it lacks are left out.
type facts map[string]any

func withOptions(in []byte, parse func(string, ...name.Option) (facts, error)) (any, error) {
	var o nameOptions
	if err := json.Unmarshal(in, &o); err != nil {
		return nil, err
	}
	f, err := parse(o.Name, o.options()...)
	return asJSON{f}, err
}

func parseTagOp(in []byte) (any, error) {
	return withOptions(in, func(s string, options ...name.Option) (facts, error) {
		tag, err := name.NewTag(s, options...)
		return referenceFacts(tag, facts{"tag_str": tag.TagStr()}), err
	})
}

func parseDigestOp(in []byte) (any, error) {
	return withOptions(in, func(s string, options ...name.Option) (facts, error) {
		digest, err := name.NewDigest(s, options...)
		return referenceFacts(digest, facts{"digest_str": digest.DigestStr()}), err
	})
}

func parseReferenceOp(in []byte) (any, error) {
	return withOptions(in, func(s string, options ...name.Option) (facts, error) {
		ref, err := name.ParseReference(s, options...)
		if err != nil {
			return nil, err
		}
		kind := "tag"
		if _, ok := ref.(name.Digest); ok {
			kind = "digest"
		}
		return referenceFacts(ref, facts{"kind": kind}), nil
	})
}

func parseRepositoryOp(in []byte) (any, error) {
	return withOptions(in, func(s string, options ...name.Option) (facts, error) {
		repository, err := name.NewRepository(s, options...)
		return repositoryFacts(repository, facts{
			"name": repository.Name(), "string": repository.String(), "scope": repository.Scope("pull"),
		}), err
	})
}

func parseRegistryOp(in []byte) (any, error) {
	return withOptions(in, func(s string, options ...name.Option) (facts, error) {
		registry, err := name.NewRegistry(s, options...)
		return registryFacts(registry, facts{
			"name": registry.Name(), "string": registry.String(), "scope": registry.Scope("pull"),
		}), err
	})
}

func referenceFacts(ref name.Reference, f facts) facts {
	f["name"], f["string"] = ref.Name(), ref.String()
	f["identifier"], f["scope"] = ref.Identifier(), ref.Scope("pull")
	return repositoryFacts(ref.Context(), f)
}

func repositoryFacts(repository name.Repository, f facts) facts {
	f["repository_str"], f["repository_name"] = repository.RepositoryStr(), repository.Name()
	return registryFacts(repository.Registry, f)
}

func registryFacts(registry name.Registry, f facts) facts {
	f["registry_str"], f["registry_name"] = registry.RegistryStr(), registry.Name()
	f["scheme"] = registry.Scheme()
	return f
}
