// Command legacy says what go-containerregistry v0.18.0, the last before the Docker 25 patch, makes
// of images in archives. It exists for the tests: each "fails with" of the doctor is proven on it.
//
// Standard input holds requests, one JSON object a line: {"path": …, "tag": …}, the tag being left
// out for an archive that is read without one. Standard output gets one line for each, in order:
// {"library": "v0.18.0", "observation": {…}}, the observation as in tests/data/golden.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

const library = "github.com/google/go-containerregistry"

type request struct {
	Path string `json:"path"`
	Tag  string `json:"tag"`
}

type reply struct {
	Library     string         `json:"library"`
	Observation map[string]any `json:"observation"`
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "legacy:", err)
		os.Exit(2)
	}
}

// serve answers requests until there are no more; each answer is written at once.
func serve(input io.Reader, output io.Writer) error {
	version, err := libraryVersion()
	if err != nil {
		return err
	}
	requests := json.NewDecoder(bufio.NewReader(input))
	replies := json.NewEncoder(output)
	replies.SetEscapeHTML(false)
	for {
		var asked request
		err := requests.Decode(&asked)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("a request is no JSON: %w", err)
		}
		if err := replies.Encode(reply{version, observe(asked.Path, asked.Tag)}); err != nil {
			return err
		}
	}
}

// libraryVersion is the version that was linked in, not the one that somebody meant to.
func libraryVersion() (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", errors.New("the program does not know what it was built from")
	}
	for _, module := range info.Deps {
		if module.Path == library {
			return module.Version, nil
		}
	}
	return "", fmt.Errorf("the program was built without %s", library)
}
