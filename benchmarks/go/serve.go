package main

// The in-process side: requests and answers are lines of JSON, as benchmarks/worker.py has them.
// Only the work itself is timed, by the clock of this process.

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// A request names an operation, what it works on, and how often: rounds are timed one by one, and
// each is the mean of so many loops.
type request struct {
	Op      string `json:"op"`
	Path    string `json:"path"`
	Chunk   int    `json:"chunk"`
	Level   *int   `json:"level"`
	Rounds  int    `json:"rounds"`
	Loops   int    `json:"loops"`
	Threads int    `json:"threads"`
}

type answer struct {
	Seconds []float64 `json:"seconds,omitempty"`
	Answer  string    `json:"answer,omitempty"`
	Error   string    `json:"error,omitempty"`
}

// A job does the work once; it writes what it makes to the sink, which hashes it in a run of its own.
type job func(sink io.Writer) error

func serve(in io.Reader, out io.Writer) error {
	requests := json.NewDecoder(bufio.NewReader(in))
	answers := json.NewEncoder(out)
	for {
		var asked request
		if err := requests.Decode(&asked); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		got, err := perform(asked)
		if err != nil {
			got = answer{Error: err.Error()}
		}
		if err := answers.Encode(got); err != nil {
			return err
		}
	}
}

func perform(asked request) (answer, error) {
	work, err := prepare(asked)
	if err != nil {
		return answer{}, err
	}
	// One thread means one: the collector of garbage has to share it.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(asked.Threads))
	digest := sha256.New()
	if err := work(digest); err != nil {
		return answer{}, err
	}
	got := answer{Answer: fmt.Sprintf("%x", digest.Sum(nil))}
	for range asked.Rounds {
		start := time.Now()
		if err := together(asked.Threads, func() error { return repeat(work, asked.Loops) }); err != nil {
			return answer{}, err
		}
		got.Seconds = append(got.Seconds, time.Since(start).Seconds()/float64(asked.Loops))
	}
	return got, nil
}

// together has so many goroutines do the work at once.
func together(threads int, work func() error) error {
	if threads == 1 {
		return work()
	}
	failures := make(chan error, threads)
	for range threads {
		go func() { failures <- work() }()
	}
	var failed error
	for range threads {
		if err := <-failures; err != nil {
			failed = err
		}
	}
	return failed
}

func repeat(work job, loops int) error {
	for range loops {
		if err := work(io.Discard); err != nil {
			return err
		}
	}
	return nil
}

func prepare(asked request) (job, error) {
	switch asked.Op {
	case "hash_file":
		return func(sink io.Writer) error { return hashFile(asked.Path, asked.Chunk, sink) }, nil
	case "read_layer":
		return prepareRead(asked.Path, asked.Chunk)
	}
	data, err := os.ReadFile(asked.Path)
	if err != nil {
		return nil, err
	}
	switch asked.Op {
	case "hash":
		return func(sink io.Writer) error {
			sum := sha256.Sum256(data)
			_, err := sink.Write(sum[:])
			return err
		}, nil
	case "gzip":
		level := gzip.BestSpeed
		if asked.Level != nil {
			level = *asked.Level
		}
		return func(sink io.Writer) error { return compress(data, level, asked.Chunk, sink) }, nil
	case "gunzip":
		return func(sink io.Writer) error { return decompress(data, asked.Chunk, sink) }, nil
	}
	return nil, fmt.Errorf("no operation %q", asked.Op)
}

func hashFile(path string, chunk int, sink io.Writer) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	digest := sha256.New()
	if err := copyChunks(digest, file, make([]byte, chunk)); err != nil {
		return err
	}
	_, err = sink.Write(digest.Sum(nil))
	return err
}

// compress gathers what it writes in a buffer: the accelerator delivers bytes too, and bytes that are
// dropped where they were made would cost nothing.
func compress(data []byte, level, chunk int, sink io.Writer) error {
	delivered := bufio.NewWriterSize(sink, chunk)
	writer, err := gzip.NewWriterLevel(delivered, level)
	if err != nil {
		return err
	}
	for len(data) > 0 {
		piece := data[:min(chunk, len(data))]
		if _, err := writer.Write(piece); err != nil {
			return err
		}
		data = data[len(piece):]
	}
	if err := writer.Close(); err != nil {
		return err
	}
	return delivered.Flush()
}

func decompress(data []byte, chunk int, sink io.Writer) error {
	reader, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return copyChunks(sink, reader, make([]byte, chunk))
}

// prepareRead opens the archive's image; the job reads its first layer, uncompressed.
func prepareRead(archive string, chunk int) (job, error) {
	image, err := tarball.ImageFromPath(archive, nil)
	if err != nil {
		return nil, err
	}
	layers, err := image.Layers()
	if err != nil {
		return nil, err
	}
	buffer := make([]byte, chunk)
	return func(sink io.Writer) error {
		stream, err := layers[0].Uncompressed()
		if err != nil {
			return err
		}
		defer stream.Close()
		return copyChunks(sink, stream, buffer)
	}, nil
}

// copyChunks reads with the buffer given, where io.Copy would let the two sides choose.
func copyChunks(sink io.Writer, stream io.Reader, buffer []byte) error {
	for {
		count, err := stream.Read(buffer)
		if _, failed := sink.Write(buffer[:count]); failed != nil {
			return failed
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
