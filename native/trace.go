package main

// What requests are made, for who debugs: lines of JSON without secrets, to a pipe that Python
// reads (pyggcr/_go/tracing.py).

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"
)

// traceOptions say where to write, and which headers hold no secrets.
type traceOptions struct {
	Descriptor int      `json:"descriptor"`
	Headers    []string `json:"headers"`
}

// traceLine is a request, or what came of it: a status or an error.
type traceLine struct {
	Method  string      `json:"method"`
	URL     string      `json:"url"`
	Headers http.Header `json:"headers"`
	Status  int         `json:"status"`
	Seconds float64     `json:"seconds"`
	Error   string      `json:"error"`
}

// traced tells of all requests that go through it.
type traced struct {
	inner   http.RoundTripper
	options *traceOptions
}

// traceTo is the transport, or one that tells of its requests if anybody wants to know.
func traceTo(options *traceOptions, inner http.RoundTripper) http.RoundTripper {
	if options == nil {
		return inner
	}
	return traced{inner, options}
}

func (t traced) RoundTrip(req *http.Request) (*http.Response, error) {
	line := traceLine{Method: req.Method, URL: redacted(req.URL), Headers: t.shown(req.Header, nil)}
	t.options.write(line)
	secrets := secretsOf(req)
	start := time.Now()
	resp, err := t.inner.RoundTrip(req)
	line.Seconds = time.Since(start).Seconds()
	if err != nil {
		line.Error = withoutSecrets(err)
	} else {
		line.Status, line.Headers = resp.StatusCode, t.shown(resp.Header, secrets)
	}
	t.options.write(line)
	return resp, err
}

// shown are the headers that may be shown, without what a server says again of the credentials.
func (t traced) shown(all http.Header, secrets []string) http.Header {
	shown := http.Header{}
	for _, name := range t.options.Headers {
		for _, value := range all.Values(name) {
			if name == "location" {
				value = redactedText(value)
			}
			for _, secret := range secrets {
				value = strings.ReplaceAll(value, secret, "REDACTED")
			}
			shown.Add(name, value)
		}
	}
	if all.Get(credentialsHeader) != "" {
		shown.Set(credentialsHeader, "") // that they are there, not what they are
	}
	return shown
}

const credentialsHeader = "Authorization"

func secretsOf(req *http.Request) (secrets []string) {
	if _, given, ok := strings.Cut(req.Header.Get(credentialsHeader), " "); ok && given != "" {
		secrets = append(secrets, given)
	}
	if _, password, ok := req.BasicAuth(); ok && password != "" {
		secrets = append(secrets, password)
	}
	return secrets
}

var traceLock sync.Mutex

// write gives up on what cannot be written: nobody could be told.
func (o *traceOptions) write(line traceLine) {
	data, err := json.Marshal(line)
	if err != nil {
		return
	}
	data = append(data, '\n')
	traceLock.Lock()
	defer traceLock.Unlock()
	for len(data) > 0 {
		n, err := syscall.Write(o.Descriptor, data)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return
		}
		data = data[n:]
	}
}
