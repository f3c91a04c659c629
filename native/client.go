package main

// Clients of registries: what calls with the same options share, that is connections, tokens, and
// for pushing what is known to be there already. Connections are closed with the last user.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"golang.org/x/net/http/httpproxy"
)

// clientOptions are pyggcr._values.remote.RemoteOptions, credentials excepted.
type clientOptions struct {
	Platform          v1.Platform       `json:"platform"`
	UserAgent         string            `json:"user_agent"`
	Headers           map[string]string `json:"headers"`
	Jobs              int               `json:"jobs"`
	Retry             jsonBackoff       `json:"retry"`
	RetryStatuses     []int             `json:"retry_statuses"`
	Insecure          bool              `json:"insecure"`
	Nondistributable  bool              `json:"allow_nondistributable_artifacts"`
	Filter            map[string]string `json:"filter"`
	PageSize          int               `json:"page_size"`
	ReferrersFallback bool              `json:"referrers_tag_fallback"`
	CAFile            string            `json:"ca_file"`
	ClientCertificate string            `json:"client_certificate"`
	ClientKey         string            `json:"client_key"`
	Proxy             *string           `json:"proxy"`
	HTTPProxy         string            `json:"http_proxy"`
	HTTPSProxy        string            `json:"https_proxy"`
	NoProxy           string            `json:"no_proxy"`
	CGI               bool              `json:"cgi"`
	Trace             *traceOptions     `json:"trace"`
	Log               *logOptions       `json:"log"`
}

// jsonBackoff is remote.Backoff with the duration in seconds.
type jsonBackoff struct {
	Duration float64 `json:"duration"`
	Factor   float64 `json:"factor"`
	Jitter   float64 `json:"jitter"`
	Steps    int     `json:"steps"`
}

type client struct {
	transport   *http.Transport
	transporter http.RoundTripper // what requests go through before the transport
	userAgent   string
	retrying    http.RoundTripper // the same, with what go-containerregistry puts around it
	keychain    *givenKeychain
	puller      *remote.Puller
	options     []remote.Option // those that each call needs, its context excepted

	mu    sync.Mutex
	users int
}

func newClient(o clientOptions, retries predicate) (*client, error) {
	transport, err := newTransport(o)
	if err != nil {
		return nil, err
	}
	transporter := traceTo(o.Trace, logTo(o.Log, withHeaders(o.Headers, bounded{transport})))
	c := &client{
		transport: transport, transporter: transporter, userAgent: o.UserAgent, keychain: &givenKeychain{},
	}
	backoff := remote.Backoff{
		Duration: time.Duration(o.Retry.Duration * float64(time.Second)),
		Factor:   o.Retry.Factor,
		Jitter:   o.Retry.Jitter,
		Steps:    o.Retry.Steps,
	}
	c.retrying = retrying(transporter, o, backoff, retries)
	shared := []remote.Option{
		remote.WithTransport(trackingTransport{transporter}),
		remote.WithAuthFromKeychain(c.keychain),
		remote.WithUserAgent(o.UserAgent),
		remote.WithJobs(o.Jobs),
		remote.WithRetryBackoff(backoff),
		remote.WithRetryStatusCodes(o.RetryStatuses...),
		remote.WithReferrersTagFallback(o.ReferrersFallback),
		remote.WithPlatform(o.Platform),
		remote.WithPageSize(o.PageSize),
	}
	if o.Nondistributable {
		shared = append(shared, remote.WithNondistributable)
	}
	if retries != nil {
		shared = append(shared, remote.WithRetryPredicate(retries))
	}
	puller, err := remote.NewPuller(shared...)
	if err != nil {
		return nil, err
	}
	pusher, err := remote.NewPusher(shared...)
	if err != nil {
		return nil, err
	}
	c.puller = puller
	c.options = append(shared, remote.Reuse(puller), remote.Reuse(pusher))
	for key, value := range o.Filter {
		c.options = append(c.options, remote.WithFilter(key, value))
	}
	c.hold()
	return c, nil
}

// headered sends headers with each request.
type headered struct {
	inner   http.RoundTripper
	headers map[string]string
}

func withHeaders(headers map[string]string, inner http.RoundTripper) http.RoundTripper {
	if len(headers) == 0 {
		return inner
	}
	return headered{inner, headers}
}

func (h headered) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context()) // a transport must not change a request
	for name, value := range h.headers {
		req.Header.Set(name, value)
	}
	return h.inner.RoundTrip(req)
}

// newTransport is remote.DefaultTransport with what the options say of TLS and proxies.
func newTransport(o clientOptions) (*http.Transport, error) {
	config, err := newTLSConfig(o)
	if err != nil {
		return nil, err
	}
	proxy, err := newProxy(o)
	if err != nil {
		return nil, err
	}
	transport := remote.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = config
	transport.Proxy = proxy
	return transport, nil
}

func newTLSConfig(o clientOptions) (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: o.Insecure}
	if o.CAFile != "" {
		pem, err := os.ReadFile(o.CAFile)
		if err != nil {
			return nil, err
		}
		roots, err := x509.SystemCertPool()
		if err != nil {
			return nil, err
		}
		if !roots.AppendCertsFromPEM(pem) {
			return nil, unsupportedError("no certificates in ca_file " + o.CAFile)
		}
		config.RootCAs = roots
	}
	if o.ClientCertificate != "" {
		key := o.ClientKey
		if key == "" {
			key = o.ClientCertificate
		}
		certificate, err := tls.LoadX509KeyPair(o.ClientCertificate, key)
		if err != nil {
			return nil, badCertificate(err)
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return config, nil
}

// badCertificate leaves errors of files as they are.
func badCertificate(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return err
	}
	return unsupportedError("client_certificate: " + err.Error())
}

// newProxy takes the environment as Python has it: Go's own copy is that of the time when the
// library was loaded, and http.ProxyFromEnvironment looks at it once.
func newProxy(o clientOptions) (func(*http.Request) (*url.URL, error), error) {
	if o.Proxy == nil {
		of := (&httpproxy.Config{
			HTTPProxy: o.HTTPProxy, HTTPSProxy: o.HTTPSProxy, NoProxy: o.NoProxy, CGI: o.CGI,
		}).ProxyFunc()
		return func(req *http.Request) (*url.URL, error) { return of(req.URL) }, nil
	}
	if *o.Proxy == "" {
		return nil, nil
	}
	address, err := url.Parse(*o.Proxy)
	if err != nil || address.Host == "" {
		return nil, unsupportedError("proxy is no URL of a proxy") // whose password is nobody's business
	}
	return http.ProxyURL(address), nil
}

// requests are the options of a function that reads: what it opens belongs to the generation.
type requests []remote.Option

func (c *client) requests(o *owner, w *work) requests { return c.under(w.context(o)) }

// uploads are the options of a function that writes. It ends with its call, and what registries answer
// to it is not counted: progress is what was read of the sources.
type uploads []remote.Option

func (c *client) uploads(w *work) uploads { return c.under(w.ctx) }

func (c *client) under(ctx context.Context) []remote.Option {
	return append(c.options[:len(c.options):len(c.options)], remote.WithContext(ctx))
}

// authenticate remembers which credentials the calls about a resource use from now on.
func (c *client) authenticate(of referenceName, given credentials) error {
	return c.remember(of, given.authenticator())
}

// authenticateFrom is authenticate for the default keychain in this environment.
func (c *client) authenticateFrom(of referenceName, e environment) error { return c.remember(of, e) }

func (c *client) remember(of referenceName, known any) error {
	resource, err := of.resource()
	if err != nil {
		return err
	}
	c.keychain.known.Store(resource.String(), known)
	return nil
}

func (c *client) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users++
}

func (c *client) drop() {
	c.mu.Lock()
	c.users--
	last := c.users == 0
	c.mu.Unlock()
	if last {
		closeConnections(c.transport)
	}
}

// closeConnections closes the idle connections, and soon after those that were about to be idle: an HTTP/2
// connection whose last stream is just ending counts as busy, and would stay open for its idle time-out.
func closeConnections(transport interface{ CloseIdleConnections() }) {
	transport.CloseIdleConnections()
	for _, delay := range []time.Duration{20 * time.Millisecond, 200 * time.Millisecond, time.Second} {
		time.AfterFunc(delay, transport.CloseIdleConnections)
	}
}

// Close gives up Python's hold; images that came of the client go on.
func (c *client) Close() error {
	c.drop()
	return nil
}
