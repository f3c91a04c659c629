package main

// The client of a Docker daemon that package daemon is given: that of the moby project, with its
// requests tracked and its errors classified. It asks for an archive once, if the options say so; see
// archive_buffer.go.

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/docker/go-connections/sockets"
	"github.com/docker/go-connections/tlsconfig"
	"github.com/google/go-containerregistry/pkg/v1/daemon"
	moby "github.com/moby/moby/client"
)

// dockerOptions are pyggcr._values.daemon.DaemonOptions, and of clientOptions the certificates,
// whether to trust any, and the proxies.
type dockerOptions struct {
	clientOptions
	Host       string `json:"host"`
	TLS        bool   `json:"tls"`
	APIVersion string `json:"api_version"`
	Buffer     string `json:"buffer"`
	Folder     string `json:"folder"`
}

// docker is a client for one image or one call.
type docker struct {
	transport *http.Transport
	api       *moby.Client
	opener    *source        // instead of the engine's archive, unless it is nil
	archive   *archiveBuffer // nil when no archive is kept
}

func newDocker(o dockerOptions) (*docker, error) {
	host, err := moby.ParseHostURL(o.Host)
	if err != nil {
		return nil, unasked(err)
	}
	transport := &http.Transport{}
	if err := sockets.ConfigureTransport(transport, host.Scheme, host.Host); err != nil {
		return nil, unasked(err)
	}
	if host.Scheme != "unix" {
		if transport.Proxy, err = newProxy(o.clientOptions); err != nil {
			return nil, err
		}
	}
	scheme := "http"
	if o.TLS || host.Scheme == "https" {
		scheme = "https"
		if transport.TLSClientConfig, err = newDockerTLS(o); err != nil {
			return nil, err
		}
	}
	// The last option for the transport, as the others want one of package http.
	api, err := moby.New(
		moby.WithHost(o.Host),
		moby.WithScheme(scheme),
		moby.WithAPIVersion(o.APIVersion),
		moby.WithResponseHook(hear),
		moby.WithHTTPClient(&http.Client{Transport: brief{trackingTransport{transport}}, CheckRedirect: moby.CheckRedirect}),
	)
	if err != nil {
		return nil, unsupportedError(err.Error()) // the version of the API is none
	}
	archive, err := newArchiveBuffer(o.Buffer, o.Folder)
	if err != nil {
		return nil, err
	}
	return &docker{transport: transport, api: api, archive: archive}, nil
}

func newDockerTLS(o dockerOptions) (*tls.Config, error) {
	config, err := tlsconfig.Client(tlsconfig.Options{
		CAFile:             o.CAFile,
		CertFile:           o.ClientCertificate,
		KeyFile:            o.ClientKey,
		InsecureSkipVerify: o.Insecure,
		ExclusiveRootPools: true,
		MinVersion:         tls.VersionTLS12,
	})
	if err != nil {
		return nil, badTLS(fmt.Errorf("configure TLS: %w", err), o.CAFile) // as moby.WithTLSClientConfig says it
	}
	return config, nil
}

// badTLS leaves errors of files as they are; tlsconfig forgets that of one.
func badTLS(err error, caFile string) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return err
	}
	if _, cause := os.ReadFile(caFile); caFile != "" && cause != nil {
		return causedError{err, cause}
	}
	return unsupportedError(err.Error())
}

// brief bounds answers that would be held in memory: all but archives.
type brief struct{ inner http.RoundTripper }

func (b brief) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.inner.RoundTrip(req)
	if err == nil && !strings.HasSuffix(req.URL.Path, "/images/get") {
		resp.Body = &boundedBody{ReadCloser: resp.Body, left: pageLimit}
	}
	return resp, err
}

// close is for the owner whose work and values use the client.
func (d *docker) close() {
	closeConnections(d.transport)
	d.archive.close()
}

// owner is a new one, of an image or a call.
func (d *docker) owner() *owner { return newOwner(d.archive == nil || d.opener != nil, d.close) }

// options are those of package daemon. An image's requests belong to its generation; its archive is
// kept by the client, not by package daemon. What only lasts for a call is not counted.
func (d *docker) options(o *owner, w *work) []daemon.Option {
	if w.ctx != nil {
		return []daemon.Option{daemon.WithClient(dockerFor{docker: d}), daemon.WithContext(w.ctx)}
	}
	return []daemon.Option{
		daemon.WithClient(dockerFor{d, w.gens.of(o)}),
		daemon.WithContext(w.context(o)),
		daemon.WithUnbufferedOpener(),
	}
}

// dockerFor is the client as a generation's image knows it.
type dockerFor struct {
	*docker
	gen *generation
}

var _ daemon.Client = dockerFor{}

func (d dockerFor) Ping(ctx context.Context, options moby.PingOptions) (moby.PingResult, error) {
	return heard(ctx, func(ctx context.Context) (moby.PingResult, error) { return d.api.Ping(ctx, options) })
}

func (d dockerFor) ImageInspect(ctx context.Context, image string, options ...moby.ImageInspectOption) (moby.ImageInspectResult, error) {
	return heard(ctx, func(ctx context.Context) (moby.ImageInspectResult, error) {
		return d.api.ImageInspect(ctx, image, options...)
	})
}

func (d dockerFor) ImageHistory(ctx context.Context, image string, options ...moby.ImageHistoryOption) (moby.ImageHistoryResult, error) {
	return heard(ctx, func(ctx context.Context) (moby.ImageHistoryResult, error) {
		return d.api.ImageHistory(ctx, image, options...)
	})
}

func (d dockerFor) ImageTag(ctx context.Context, options moby.ImageTagOptions) (moby.ImageTagResult, error) {
	return heard(ctx, func(ctx context.Context) (moby.ImageTagResult, error) { return d.api.ImageTag(ctx, options) })
}

// ImageSave opens the archive: the opener's, the one that is kept, or the engine's.
func (d dockerFor) ImageSave(ctx context.Context, images []string, options ...moby.ImageSaveOption) (moby.ImageSaveResult, error) {
	save := func() (io.ReadCloser, error) {
		return heard(ctx, func(ctx context.Context) (io.ReadCloser, error) {
			// The client would close an archive when the generation ends, a stream's too.
			archive, err := d.api.ImageSave(apart(ctx), images, options...)
			if err != nil {
				return nil, err
			}
			return answerBody{archive, ctx}, nil
		})
	}
	switch {
	case d.opener != nil:
		return d.opener.in(d.gen)()
	case d.archive == nil:
		return save()
	}
	return d.archive.open(d.gen, save)
}

// ImageLoad sends an archive. When that cannot be read, the engine is not to blame.
func (d dockerFor) ImageLoad(ctx context.Context, archive io.Reader, options ...moby.ImageLoadOption) (moby.ImageLoadResult, error) {
	sent := &upload{inner: archive}
	sent.call, _ = ctx.Value(callKey{}).(*call)
	answer, err := heard(ctx, func(ctx context.Context) (io.ReadCloser, error) {
		answer, err := d.api.ImageLoad(ctx, sent, options...)
		if err != nil {
			return nil, err
		}
		return answerBody{answer, ctx}, nil
	})
	if err != nil {
		return nil, sent.blame(err)
	}
	return loadAnswer{answer, sent}, nil
}

// answerBody is what an engine answers, as it comes.
type answerBody struct {
	io.ReadCloser
	ctx context.Context
}

func (b answerBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != io.EOF {
		err = answerOf(b.ctx).blame(err)
	}
	return n, err
}

// loadAnswer is what an engine says of an archive, while it reads that.
type loadAnswer struct {
	io.ReadCloser
	sent *upload
}

func (a loadAnswer) Read(p []byte) (int, error) {
	n, err := a.ReadCloser.Read(p)
	return n, a.sent.blame(err)
}

// upload remembers why the archive could not be read to its end.
type upload struct {
	inner io.Reader
	call  *call // counts what is sent, unless it is nil

	mu     sync.Mutex
	closed bool
	err    error
}

func (u *upload) Read(p []byte) (int, error) {
	n, err := u.inner.Read(p)
	if u.call != nil {
		u.call.sent.Add(int64(n))
	}
	if err != nil && err != io.EOF {
		u.mu.Lock()
		defer u.mu.Unlock()
		if !u.closed {
			u.err = err
		}
		// net/http compares errors of bodies, and panics where their type does not compare.
		return n, &uploadError{err}
	}
	return n, err
}

// uploadError is why an archive could not be read; a pointer, so that it compares.
type uploadError struct{ error }

func (e *uploadError) Unwrap() error { return e.error }

// Close stops who writes the archive; net/http calls it when it needs no more.
func (u *upload) Close() error {
	u.mu.Lock()
	u.closed = true
	u.mu.Unlock()
	if closer, ok := u.inner.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// blame says that an error came of the archive, if it did.
func (u *upload) blame(err error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if err == nil || err == io.EOF || u.err == nil {
		return err
	}
	return causedError{err, u.err}
}
