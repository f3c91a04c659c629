package main

// Package transport: how a registry is greeted, how tokens are got, and what is tried again.

// #include "pyggcr.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"syscall"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/logs"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

func init() {
	register("transport.Ping", ping, "client", "registry")
	register("transport.Exchange", exchange, "client", "resource", "scopes", "challenge")
}

// retrying is a transport with what package remote puts around it (options.go).
func retrying(inner http.RoundTripper, o clientOptions, backoff remote.Backoff, retries predicate) http.RoundTripper {
	if retries == nil {
		retries = isTemporary
	}
	inner = transport.NewRetry(inner, transport.WithRetryBackoff(backoff),
		transport.WithRetryStatusCodes(o.RetryStatuses...), transport.WithRetryPredicate(retries))
	if o.UserAgent != "" {
		inner = transport.NewUserAgent(inner, o.UserAgent)
	}
	return inner
}

// isTemporary is the default of package remote, which keeps it to itself (options.go, v0.22.1).
func isTemporary(err error) bool {
	var temporary interface{ Temporary() bool }
	if errors.As(err, &temporary) && temporary.Temporary() && !errors.Is(err, context.DeadlineExceeded) {
		logs.Warn.Printf("retrying %v", err)
		return true
	}
	for _, known := range []error{io.ErrUnexpectedEOF, io.EOF, syscall.EPIPE, syscall.ECONNRESET, net.ErrClosed} {
		if errors.Is(err, known) {
			logs.Warn.Printf("retrying %v", err)
			return true
		}
	}
	return false
}

// A challenge crosses as texts, which may hold any bytes: its scheme, that of URLs, and then the keys and
// values of its parameters.
func ping(w *work, c *client, registry name.Registry) ([]string, error) {
	c.hold()
	defer c.drop()
	challenge, err := transport.Ping(w.ctx, registry, c.retrying)
	if err != nil {
		return nil, err
	}
	texts := []string{challenge.Scheme, "https"}
	if challenge.Insecure {
		texts[1] = "http"
	}
	keys := make([]string, 0, len(challenge.Parameters))
	for key := range challenge.Parameters {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		texts = append(texts, key, challenge.Parameters[key])
	}
	return texts, nil
}

func exchange(w *work, c *client, of referenceName, scopes, challenge []string) (*transport.Token, error) {
	c.hold()
	defer c.drop()
	resource, err := of.resource()
	if err != nil {
		return nil, err
	}
	auth, err := c.keychain.Resolve(resource)
	if err != nil {
		return nil, err
	}
	given, err := challengeOf(challenge)
	if err != nil {
		return nil, err
	}
	return transport.Exchange(w.ctx, registryOf(resource), auth, c.retrying, scopes, given)
}

func challengeOf(texts []string) (*transport.Challenge, error) {
	if len(texts) < 2 || len(texts)%2 != 0 {
		return nil, unsupportedError(fmt.Sprintf("%d texts are no challenge", len(texts)))
	}
	challenge := &transport.Challenge{Scheme: texts[0], Insecure: texts[1] == "http", Parameters: map[string]string{}}
	for pair := range slices.Chunk(texts[2:], 2) {
		challenge.Parameters[pair[0]] = pair[1]
	}
	return challenge, nil
}

func registryOf(resource authn.Resource) name.Registry {
	if repository, ok := resource.(name.Repository); ok {
		return repository.Registry
	}
	return resource.(name.Registry)
}

// predicate decides in Python whether what failed is tried again; nil is that of package remote.
type predicate = func(error) bool

func decodePredicate(a argument) (input, error) {
	switch a.tag {
	case C.PYGGCR_NULL:
		return plain(predicate(nil))
	case C.PYGGCR_PYTHON_VALUE:
		value := pythonValue{C.uint64_t(a.number), &generation{ctx: context.Background()}}
		return plain(predicate(func(err error) bool {
			if err == nil {
				return false // package retry asks after a success too
			}
			answer, failed := value.ask("retries", failure(err))
			return failed == nil && answer.number != 0
		}))
	}
	return input{}, a.wrong("a predicate")
}

// failure is an error as Python reads it: its kind, what cannot be found in the text, and the text.
func failure(err error) string {
	extra := extraOf(err)
	var refused *transport.Error
	if errors.As(err, &refused) && refused.Temporary() {
		// Only the error itself knows that its status is one of those to try again.
		extra = append([]byte(`{"temporary":true,`), extra[1:]...)
	}
	return fmt.Sprintf("%d\x00%s\x00%s", int(classify(err)), extra, withoutSecrets(err))
}
