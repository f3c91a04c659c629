//go:build ignore

// Writes down what encoding/json and go-containerregistry make of the documents in a file of
// vectors, in place: each one's JSON when it is written again, or else the error. It also writes
// the hash of every code point as strconv.Quote gives it. Run from native/, whose go.mod pins both.
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// A document is bytes: each rune of the text stands for one of them.
type vector struct {
	Kind     string
	Document string
	Written  string `json:",omitempty"`
	Error    string `json:",omitempty"`
}

type vectors struct {
	QuotedCodePoints string // SHA-256 of all code points, quoted one by one, without a separator
	Documents        []vector
}

func main() {
	path := os.Args[1]
	data, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	var all vectors
	if err := json.Unmarshal(data, &all); err != nil {
		log.Fatal(err)
	}
	all.QuotedCodePoints = quotedCodePoints()
	for i := range all.Documents {
		record(&all.Documents[i])
	}
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(all); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
		log.Fatal(err)
	}
}

func record(v *vector) {
	var document []byte
	for _, r := range v.Document {
		document = append(document, byte(r))
	}
	written, err := rewrite(v.Kind, strings.NewReader(string(document)))
	v.Written, v.Error = string(written), ""
	if err != nil {
		v.Written, v.Error = "", err.Error()
	}
}

func rewrite(kind string, document io.Reader) ([]byte, error) {
	var value any
	var err error
	switch kind {
	case "manifest":
		value, err = v1.ParseManifest(document)
	case "index_manifest":
		value, err = v1.ParseIndexManifest(document)
	case "config_file":
		value, err = v1.ParseConfigFile(document)
	case "tarball_manifest":
		var manifest tarball.Manifest
		err = json.NewDecoder(document).Decode(&manifest)
		value = manifest
	default:
		log.Fatalf("no such kind: %q", kind)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

func quotedCodePoints() string {
	hash := sha256.New()
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if utf8.ValidRune(r) {
			io.WriteString(hash, strconv.Quote(string(r)))
		}
	}
	return hex.EncodeToString(hash.Sum(nil))
}
