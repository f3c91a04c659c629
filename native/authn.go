package main

// Package authn: credentials that Python found, and the default keychain.

import (
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/docker/cli/cli/config"
	"github.com/google/go-containerregistry/pkg/authn"
)

func init() {
	register("authn.Resolve", resolveDefault, "name", "registry", "environment")
}

// namedResource is a Resource of Python's.
type namedResource struct{ name, registry string }

func (r namedResource) String() string      { return r.name }
func (r namedResource) RegistryStr() string { return r.registry }

// resolveDefault gives what the default keychain has for a resource in this environment.
func resolveDefault(w *work, name, registry string, e environment) (credentials, error) {
	found, err := e.resolve(namedResource{name, registry})
	if err != nil {
		return credentials{}, err
	}
	given, err := authn.Authorization(w.ctx, found)
	if err != nil {
		return credentials{}, err
	}
	return credentialsOf(*given), nil
}

// credentials are pyggcr.authn.AuthConfig. A password may be any bytes, which JSON cannot hold as
// text; and authn.AuthConfig has JSON of its own, in which a user and a password cannot be told from
// their encoding.
type credentials struct {
	Username      []byte `json:"username"`
	Password      []byte `json:"password"`
	Auth          []byte `json:"auth"`
	IdentityToken []byte `json:"identity_token"`
	RegistryToken []byte `json:"registry_token"`
}

func credentialsOf(config authn.AuthConfig) credentials {
	return credentials{
		Username:      []byte(config.Username),
		Password:      []byte(config.Password),
		Auth:          []byte(config.Auth),
		IdentityToken: []byte(config.IdentityToken),
		RegistryToken: []byte(config.RegistryToken),
	}
}

func (c credentials) authenticator() authn.Authenticator {
	config := authn.AuthConfig{
		Username:      string(c.Username),
		Password:      string(c.Password),
		Auth:          string(c.Auth),
		IdentityToken: string(c.IdentityToken),
		RegistryToken: string(c.RegistryToken),
	}
	if config == (authn.AuthConfig{}) {
		return authn.Anonymous
	}
	return authn.FromConfig(config)
}

// givenKeychain knows what the calls of a client brought with them.
type givenKeychain struct {
	known sync.Map // of authn.Authenticator or environment, by the resource's name
}

func (k *givenKeychain) Resolve(resource authn.Resource) (authn.Authenticator, error) {
	found, _ := k.known.Load(resource.String())
	switch found := found.(type) {
	case authn.Authenticator:
		return found, nil
	case environment:
		return found.resolve(resource)
	}
	return authn.Anonymous, nil
}

// environment has the variables of the process as Python sees them now, for the default keychain
// and the programs that it starts: Go's own copy is that of the time when the library was loaded.
// A variable whose value is no text is null, and stays as it was.
type environment map[string]*string

var environmentLock sync.Mutex

const (
	homeVariable   = "HOME"
	dockerVariable = "DOCKER_CONFIG"
)

func (e environment) adopt() {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if _, ok := e[name]; !ok {
			os.Unsetenv(name)
		}
	}
	for name, value := range e {
		if value != nil && os.Getenv(name) != *value {
			os.Setenv(name, *value)
		}
	}
}

func (e environment) resolve(resource authn.Resource) (authn.Authenticator, error) {
	environmentLock.Lock()
	defer environmentLock.Unlock()
	e.adopt()
	// Package config remembers where the home was, and go-containerregistry asks it when there is
	// no DOCKER_CONFIG.
	if os.Getenv(dockerVariable) == "" {
		config.SetDir(filepath.Join(os.Getenv(homeVariable), ".docker"))
	}
	return authn.DefaultKeychain.Resolve(resource)
}
