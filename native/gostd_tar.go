package main

// The operation tar_list of gostd: what archive/tar makes of an archive, line by line.

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"time"
)

// tarEntry has every field of tar.Header. Strings are base64, because JSON would lose bad UTF-8.
type tarEntry struct {
	Typeflag                        int
	Name, Linkname                  string
	Size, Mode                      int64
	UID, GID                        int
	Uname, Gname                    string
	ModTime, AccessTime, ChangeTime string
	Devmajor, Devminor              int64
	PAXRecords                      map[string]string
	Format                          string
	ContentSize                     int64
	ContentSHA256                   string
	Error                           string
}

// tarList answers one JSON object per entry; the last has only an Error when reading failed.
func tarList(in []byte) (any, error) {
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	reader := tar.NewReader(bytes.NewReader(in))
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return out.Bytes(), nil
		}
		if err != nil {
			err = lines.Encode(map[string]string{"Error": err.Error()})
			return out.Bytes(), err
		}
		if err := lines.Encode(entryOf(header, reader)); err != nil {
			return nil, err
		}
	}
}

func entryOf(h *tar.Header, content io.Reader) tarEntry {
	hash := sha256.New()
	size, err := io.Copy(hash, content)
	entry := tarEntry{
		Typeflag: int(h.Typeflag), Name: opaque(h.Name), Linkname: opaque(h.Linkname),
		Size: h.Size, Mode: h.Mode, UID: h.Uid, GID: h.Gid,
		Uname: opaque(h.Uname), Gname: opaque(h.Gname),
		ModTime: stamp(h.ModTime), AccessTime: stamp(h.AccessTime), ChangeTime: stamp(h.ChangeTime),
		Devmajor: h.Devmajor, Devminor: h.Devminor,
		Format: h.Format.String(), ContentSize: size, ContentSHA256: hex.EncodeToString(hash.Sum(nil)),
		PAXRecords: map[string]string{},
	}
	for key, value := range h.PAXRecords {
		entry.PAXRecords[opaque(key)] = opaque(value)
	}
	if err != nil {
		entry.Error = err.Error()
	}
	return entry
}

func opaque(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// stamp is a time as seconds and nanoseconds since 1970, or empty for the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	b, _ := json.Marshal([2]int64{t.Unix(), int64(t.Nanosecond())}) // cannot fail: integers
	return string(b)
}
