//go:build ignore

// Writes down, as JSON, what archive/tar makes of the archives that are named: every entry, and
// what an archive that is cut short gives. A listing has the form of the Go engine's tar_list.
package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

const blockSize = 512

// Cuts are at each block's start and this far from it.
var offsets = []int{-1, 0, 1, 300}

type recorded struct {
	Entries []map[string]any
	Cuts    []cut
}

type cut struct {
	Size             int
	Entries          int
	Content, Final   string // errors when all content is read
	FinalWhenSkipped string // the error when none is read
}

func main() {
	log.SetFlags(0)
	archives := map[string]recorded{}
	for _, path := range os.Args[1:] {
		data, err := os.ReadFile(path)
		if err != nil {
			log.Fatal(err)
		}
		archives[filepath.Base(path)] = record(data)
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]any{"Go": runtime.Version(), "Archives": archives}); err != nil {
		log.Fatal(err)
	}
}

func record(data []byte) recorded {
	entries, _ := list(data)
	r := recorded{Entries: entries}
	for block := 0; block <= len(data); block += blockSize {
		for _, offset := range offsets {
			if size := block + offset; 0 <= size && size < len(data) {
				r.Cuts = append(r.Cuts, cutAt(data[:size]))
			}
		}
	}
	return r
}

func cutAt(data []byte) cut {
	entries, final := list(data)
	c := cut{Size: len(data), Entries: len(entries), Final: final, FinalWhenSkipped: skim(data)}
	if len(entries) > 0 {
		c.Content = entries[len(entries)-1]["Error"].(string)
	}
	return c
}

func list(data []byte) (entries []map[string]any, final string) {
	reader := tar.NewReader(bytes.NewReader(data))
	for {
		header, err := reader.Next()
		if err != nil {
			return entries, text(err)
		}
		entries = append(entries, entryOf(header, reader))
	}
}

func skim(data []byte) string {
	reader := tar.NewReader(struct{ io.Reader }{bytes.NewReader(data)})
	for {
		if _, err := reader.Next(); err != nil {
			return text(err)
		}
	}
}

func entryOf(h *tar.Header, content io.Reader) map[string]any {
	hash := sha256.New()
	size, err := io.Copy(hash, content)
	records := map[string]string{}
	for key, value := range h.PAXRecords {
		records[opaque(key)] = opaque(value)
	}
	return map[string]any{
		"Typeflag": h.Typeflag, "Name": opaque(h.Name), "Linkname": opaque(h.Linkname),
		"Size": h.Size, "Mode": h.Mode, "UID": h.Uid, "GID": h.Gid,
		"Uname": opaque(h.Uname), "Gname": opaque(h.Gname),
		"ModTime": stamp(h.ModTime), "AccessTime": stamp(h.AccessTime), "ChangeTime": stamp(h.ChangeTime),
		"Devmajor": h.Devmajor, "Devminor": h.Devminor, "PAXRecords": records,
		"Format": h.Format.String(), "ContentSize": size,
		"ContentSHA256": hex.EncodeToString(hash.Sum(nil)), "Error": text(err),
	}
}

// text is empty for the regular end.
func text(err error) string {
	if err == nil || err == io.EOF {
		return ""
	}
	return err.Error()
}

func opaque(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	b, _ := json.Marshal([2]int64{t.Unix(), int64(t.Nanosecond())}) // cannot fail: integers
	return string(b)
}
