package main

// How much memory Go may use before its collector works more often.

import (
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Go collects when the heap has doubled, but earlier where it would take more than softLimit
// bytes. pkg/v1/validate keeps the names of all files of a layer: half a million of them are
// 45 MB, which would become 90.
const softLimit = 56 << 20

const liveHeap = "/gc/heap/live:bytes"

// A limit below what is in use would make the collector run without end, so after each run it is
// set to leave room for a third of what was found in use. A limit that GOMEMLIMIT sets stays.
func init() {
	if debug.SetMemoryLimit(-1) != math.MaxInt64 {
		return
	}
	debug.SetMemoryLimit(softLimit)
	adjustLimit(&collection{limit: softLimit, sample: []metrics.Sample{{Name: liveHeap}}})
}

// collection is unreachable, so that its finalizer runs after each collection. Go promises that
// for what holds a pointer only: smaller objects may share their fate with others.
type collection struct {
	limit  int64
	sample []metrics.Sample
}

func adjustLimit(last *collection) {
	metrics.Read(last.sample)
	limit := max(softLimit, int64(last.sample[0].Value.Uint64())/3*4)
	if limit != last.limit {
		debug.SetMemoryLimit(limit)
		last.limit = limit
	}
	runtime.SetFinalizer(last, adjustLimit)
}
