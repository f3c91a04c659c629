package main

// Package registry: a registry in this process, on loopback, for tests.

import (
	"io"
	"log"
	"net"
	"net/http"

	"github.com/google/go-containerregistry/pkg/registry"
)

func init() {
	register("registry.Serve", serve, "options")
	registerInline("registry.Address", func(s *server) string { return s.address }, "server")
}

// registryOptions say where the registry listens, whether it has the referrers API, and in which
// folder it keeps blobs, in memory where there is none.
type registryOptions struct {
	Address   string `json:"address"`
	Referrers bool   `json:"referrers"`
	Folder    string `json:"folder"`
}

// server is a registry that is served until it is closed.
type server struct {
	http    *http.Server
	address string
}

func serve(o registryOptions) (*server, error) {
	silent := log.New(io.Discard, "", 0)
	options := []registry.Option{registry.Logger(silent), registry.WithReferrersSupport(o.Referrers)}
	if o.Folder != "" {
		options = append(options, registry.WithBlobHandler(registry.NewDiskBlobHandler(o.Folder)))
	}
	listener, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, err
	}
	s := &server{
		http:    &http.Server{Handler: registry.New(options...), ErrorLog: silent},
		address: listener.Addr().String(),
	}
	go s.http.Serve(listener)
	return s, nil
}

// Close stops listening and cuts all connections.
func (s *server) Close() error { return s.http.Close() }
