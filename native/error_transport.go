package main

// Errors of registries and of the way to them, and how they cross without secrets.

import (
	"errors"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// failedRequest is pyggcr.errors.TransportError; what is not known is left out.
type failedRequest struct {
	Method      string                 `json:"method"`
	URL         string                 `json:"url"`
	Status      int                    `json:"status"`
	Diagnostics []transport.Diagnostic `json:"diagnostics"`
}

// transportOf is what an error says of a request that failed, or nil.
func transportOf(err error) *failedRequest {
	var refused *transport.Error
	if errors.As(err, &refused) {
		failed := &failedRequest{Status: refused.StatusCode, Diagnostics: refused.Errors}
		if refused.Request != nil {
			failed.Method, failed.URL = refused.Request.Method, redacted(refused.Request.URL)
		}
		return failed
	}
	var failed *url.Error
	if errors.As(err, &failed) && failed.Op != "parse" {
		return &failedRequest{Method: strings.ToUpper(failed.Op), URL: redactedText(failed.URL)}
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return &failedRequest{}
	}
	return nil
}

// withoutSecrets is the error's text. go-containerregistry hides secrets in most of its own
// errors, but leaves some of net/http as they are, which may name a signed address.
func withoutSecrets(err error) string {
	text := err.Error()
	var (
		docker *dockerError
		failed *url.Error
	)
	if errors.As(err, &docker) {
		return text // whose addresses have no secrets
	}
	if errors.As(err, &failed) {
		hidden := redactedText(failed.URL)
		text = strings.ReplaceAll(text, strconv.Quote(failed.URL), strconv.Quote(hidden))
	}
	return noLocation.ReplaceAllStringFunc(text, hiddenLocation)
}

// noLocation is what net/http says of a redirect to what is no URL.
var noLocation = regexp.MustCompile(
	`failed to parse Location header "(?:[^"\\]|\\.)*": parse "(?:[^"\\]|\\.)*"`)

var (
	quotedText = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	afterPath  = regexp.MustCompile(`[?#].*`)
	userOfHost = regexp.MustCompile(`//.*@`)
)

// hiddenLocation leaves out user, query and fragment of both texts.
func hiddenLocation(text string) string {
	return quotedText.ReplaceAllStringFunc(text, func(it string) string {
		return `"` + unparsed(it[1:len(it)-1]) + `"`
	})
}

// unparsed is what may be shown of a text that is no URL.
func unparsed(text string) string {
	return userOfHost.ReplaceAllString(afterPath.ReplaceAllString(text, ""), "//")
}

func redactedText(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return unparsed(address)
	}
	return redacted(u)
}

// harmless are the parameters that go-containerregistry shows (internal/redact, v0.22.1).
var harmless = map[string]bool{
	"scope": true, "service": true, "mount": true, "from": true, "digest": true, "n": true, "last": true,
}

func redacted(u *url.URL) string {
	query := u.Query()
	for key, values := range query {
		for i := range values {
			if !harmless[key] {
				values[i] = "REDACTED"
			}
		}
	}
	shown := *u
	shown.RawQuery = query.Encode()
	return shown.Redacted()
}
