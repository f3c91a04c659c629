package main

// Bytes that are counted for progress, each once: the twin of Ranges in pyggcr/limits.py.

import (
	"cmp"
	"slices"
	"sync"
)

const mostRanges = 1024

// span is a range of offsets.
type span struct{ start, end int64 }

// ranges are offsets that were read: in order, neither overlapping nor touching. When there are too
// many, the shortest are forgotten, which are those of headers.
type ranges []span

// add adds a range, and says how many of its bytes are new.
func (r *ranges) add(start, end int64) int64 {
	if start >= end {
		return 0
	}
	all := *r
	first, _ := slices.BinarySearchFunc(all, start, func(s span, at int64) int { return cmp.Compare(s.end, at) })
	last := first
	merged, known := span{start, end}, int64(0)
	for last < len(all) && all[last].start <= end {
		s := all[last]
		known += max(0, min(end, s.end)-max(start, s.start))
		merged = span{min(merged.start, s.start), max(merged.end, s.end)}
		last++
	}
	all = slices.Replace(all, first, last, merged)
	if len(all) > mostRanges {
		slices.SortFunc(all, func(a, b span) int { return cmp.Compare(b.end-b.start, a.end-a.start) })
		all = all[:mostRanges/2]
		slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	}
	*r = all
	return end - start - known
}

// counting is what a generation has read for one counter of Python. Without one it costs nothing.
type counting struct {
	mu      sync.Mutex
	counter int64
	met     map[string]*ranges
	untold  int64
}

// begin counts for a counter from now on; 0 is none, and leaves the one that there is.
func (c *counting) begin(counter int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if counter != 0 && counter != c.counter {
		c.counter, c.met, c.untold = counter, map[string]*ranges{}, 0
	}
}

// add counts bytes of a source that were not met before.
func (c *counting) add(source string, offset int64, n int) {
	if n <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counter == 0 {
		return
	}
	met := c.met[source]
	if met == nil {
		met = &ranges{}
		c.met[source] = met
	}
	c.untold += met.add(offset, offset+int64(n))
}

// take gives the bytes that nobody was told of yet.
func (c *counting) take() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.untold
	c.untold = 0
	return n
}
