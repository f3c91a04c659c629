// Added to a copy of go-containerregistry's pkg/registry, instead of its New: each registry is one of
// pyggcr's, and this handler forwards to it. See tests/support/upstream_tests.py.

package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

// New asks the server at $PYGGCR_REGISTRIES, where there is one, for a registry with these options.
func New(opts ...Option) http.Handler {
	if os.Getenv("PYGGCR_REGISTRIES") == "" {
		return original(opts...)
	}
	r := &registry{blobs: blobs{blobHandler: &memHandler{}}}
	for _, o := range opts {
		o(r)
	}
	wanted := map[string]any{"referrers": r.referrersEnabled, "folder": nil}
	switch h := r.blobs.blobHandler.(type) {
	case *memHandler:
	case *diskHandler:
		wanted["folder"] = h.dir
	default:
		panic(fmt.Sprintf("no such handler of blobs in pyggcr: %T", h))
	}
	if r.warnings != nil {
		panic("a registry with warnings is not forwarded")
	}
	target, err := url.Parse("http://" + started(wanted))
	if err != nil {
		panic(err)
	}
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(target)
			p.Out.Host = p.In.Host
			p.Out.URL.RawQuery = p.In.URL.RawQuery
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
}

// started is the address of a new registry.
func started(wanted map[string]any) string {
	body, err := json.Marshal(wanted)
	if err != nil {
		panic(err)
	}
	answer, err := http.Post(os.Getenv("PYGGCR_REGISTRIES"), "application/json", bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	defer answer.Body.Close()
	address, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		panic(fmt.Sprintf("no registry: %d %s %v", answer.StatusCode, address, err))
	}
	return string(address)
}
