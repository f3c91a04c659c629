package main

// What go-containerregistry logs beside its warnings (warnings.go), and what registries tell people
// in Warning headers, for `pyggcr crane`, which prints both as crane does. Each goes to a descriptor
// that Python opened (pyggcr/_os/go_log.py). Whether anything is logged follows the client that was
// made last.

import (
	"io"
	"net/http"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/logs"
)

// logOptions say where to write the log, whether with requests, and where to write warnings.
type logOptions struct {
	Descriptor int  `json:"descriptor"`
	Debug      bool `json:"debug"`
	Warnings   int  `json:"warnings"`
}

// descriptorWriter never closes its descriptor, unlike a file, which does so when it is collected.
type descriptorWriter int

func (w descriptorWriter) Write(data []byte) (int, error) {
	written := 0
	for written < len(data) {
		n, err := syscall.Write(int(w), data[written:])
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}

// logTo turns the log of the process on or off, and returns a transport that also keeps warnings.
func logTo(options *logOptions, inner http.RoundTripper) http.RoundTripper {
	var events, debug io.Writer = io.Discard, io.Discard
	if options != nil {
		events = descriptorWriter(options.Descriptor)
		if options.Debug {
			debug = events
		}
	}
	logs.Progress.SetOutput(events)
	logs.Debug.SetOutput(debug)
	if options == nil {
		return inner
	}
	return warned{inner, descriptorWriter(options.Warnings)}
}

// warned writes each warning with a NUL behind it; a pipe that is full loses it.
type warned struct {
	inner  http.RoundTripper
	target descriptorWriter
}

func (w warned) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.inner.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	for _, header := range resp.Header.Values("Warning") {
		start, end := strings.Index(header, `"`), strings.LastIndex(header, `"`)
		if strings.HasPrefix(header, "299 - ") && start < end {
			w.target.Write([]byte(header[start+1:end] + "\x00"))
		}
	}
	return resp, nil
}
