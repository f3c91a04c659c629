package main

// What go-containerregistry warns of, kept until Python takes it (pyggcr/_go/warnings.py): a result
// says how much there is.

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/google/go-containerregistry/pkg/logs"
)

const (
	mostWarnings   = 100      // a registry must not fill the memory
	longestWarning = 16 << 10 // bytes
)

var warnings warningList

func init() {
	logs.Warn.SetOutput(&warnings)
	logs.Warn.SetFlags(0)
	registerInline("logs.TakeWarnings", warnings.take)
}

// warningList is where the library's logger writes, a line at a time.
type warningList struct {
	mu      sync.Mutex
	lines   []string
	waiting atomic.Int64
}

func (w *warningList) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.lines) < mostWarnings {
		text := strings.TrimSuffix(string(line), "\n")
		w.lines = append(w.lines, text[:min(len(text), longestWarning)])
		w.waiting.Store(int64(len(w.lines)))
	}
	return len(line), nil
}

func (w *warningList) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := w.lines
	w.lines = nil
	w.waiting.Store(0)
	return lines
}
