package main

// Package google: tokens for Google's registries. Python keeps a token until it expires, and then
// asks again.

import (
	"context"
	"net/http"
	"net/url"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/google"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/net/http/httpproxy"
	"golang.org/x/oauth2"
)

func init() {
	register("google.EnvToken", envToken, "environment")
	register("google.GcloudToken", gcloudToken, "environment")
	register("google.KeyToken", keyToken, "key", "audience")
}

// googleToken is pyggcr._values.google.Token; without an access token there is none.
type googleToken struct {
	AccessToken string  `json:"access_token"`
	Expiry      float64 `json:"expiry"` // seconds since 1970; 0 for never
}

func envToken(w *work, e environment) (googleToken, error) {
	ctx, done := e.googleContext(w.ctx)
	defer done()
	return tokenOf(google.NewEnvAuthenticator(ctx))
}

func gcloudToken(w *work, e environment) (googleToken, error) {
	ctx, done := e.googleContext(w.ctx)
	defer done()
	return tokenOf(google.NewGcloudAuthenticator(ctx))
}

func keyToken(key, audience string) (googleToken, error) {
	return tokenOf(google.NewTokenAuthenticator(key, audience))
}

func tokenOf(found authn.Authenticator, err error) (googleToken, error) {
	if err != nil || found == authn.Anonymous {
		return googleToken{}, err
	}
	token, err := found.(oauth2.TokenSource).Token()
	if err != nil {
		return googleToken{}, err
	}
	answer := googleToken{AccessToken: token.AccessToken}
	if !token.Expiry.IsZero() {
		answer.Expiry = float64(token.Expiry.UnixNano()) / 1e9
	}
	return answer, nil
}

// googleContext has an HTTP client that uses the proxies of this environment; net/http looks at its
// own once. The connections end with the call.
func (e environment) googleContext(ctx context.Context) (context.Context, func()) {
	environmentLock.Lock()
	defer environmentLock.Unlock()
	e.adopt()
	of := httpproxy.FromEnvironment().ProxyFunc()
	transport := remote.DefaultTransport.(*http.Transport).Clone()
	transport.Proxy = func(req *http.Request) (*url.URL, error) { return of(req.URL) }
	client := &http.Client{Transport: transport}
	return context.WithValue(ctx, oauth2.HTTPClient, client), func() { closeConnections(transport) }
}
