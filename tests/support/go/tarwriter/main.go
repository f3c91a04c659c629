// Command tarwriter writes archives with archive/tar as it is told to on standard input, and says
// what came of it: one session in JSON a line, one answer a line. Strings are base64, as Go's need
// not be UTF-8. tests/support/tar_sessions.py makes the sessions and does the same in Python.
package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"
	"time"
)

type session struct {
	Limit *int // bytes that the sink takes before it fails
	Steps []step
}

type step struct {
	Do     string
	Header *header
	Size   int    // bytes to write, or of the stream to copy
	Copy   *int64 // bytes to copy of it
}

type header struct {
	Typeflag                                 byte
	Name, Linkname, Uname, Gname             []byte
	Size, Mode, Uid, Gid, Devmajor, Devminor int64
	ModTime, AccessTime, ChangeTime          *[2]int64
	Xattrs, PAXRecords                       [][2][]byte
	Format                                   int
}

// An answer has, after each step, its error and the length of the archive so far.
type answer struct {
	Errors  []string
	Lengths []int
	Archive []byte
}

type sink struct {
	bytes.Buffer
	limit *int
}

func (s *sink) Write(data []byte) (int, error) {
	if s.limit != nil && s.Len()+len(data) > *s.limit {
		n, _ := s.Buffer.Write(data[:*s.limit-s.Len()])
		return n, errors.New("the sink is full")
	}
	return s.Buffer.Write(data)
}

func main() {
	input := json.NewDecoder(bufio.NewReader(os.Stdin))
	output := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(output)
	for {
		var told session
		if err := input.Decode(&told); err == io.EOF {
			break
		} else if err != nil {
			log.Fatal(err)
		}
		if err := encoder.Encode(run(told)); err != nil {
			log.Fatal(err)
		}
	}
	if err := output.Flush(); err != nil {
		log.Fatal(err)
	}
}

func run(told session) answer {
	archive := &sink{limit: told.Limit}
	writer := tar.NewWriter(archive)
	var said answer
	for _, it := range told.Steps {
		text := ""
		if err := it.take(writer); err != nil {
			text = err.Error()
		}
		said.Errors = append(said.Errors, text)
		said.Lengths = append(said.Lengths, archive.Len())
	}
	said.Archive = append([]byte{}, archive.Bytes()...)
	return said
}

func (s step) take(writer *tar.Writer) error {
	data := bytes.Repeat([]byte("x"), s.Size)
	var err error
	switch s.Do {
	case "header":
		err = writer.WriteHeader(s.Header.toTar())
	case "write":
		_, err = writer.Write(data)
	case "copy":
		if s.Copy == nil {
			_, err = io.Copy(writer, bytes.NewReader(data))
		} else {
			_, err = io.CopyN(writer, bytes.NewReader(data), *s.Copy)
		}
	case "flush":
		err = writer.Flush()
	case "close":
		err = writer.Close()
	default:
		log.Fatalf("nobody knows how to do %q", s.Do)
	}
	return err
}

func (h *header) toTar() *tar.Header {
	return &tar.Header{
		Typeflag: h.Typeflag,
		Name:     string(h.Name), Linkname: string(h.Linkname),
		Size: h.Size, Mode: h.Mode, Uid: int(h.Uid), Gid: int(h.Gid),
		Uname: string(h.Uname), Gname: string(h.Gname),
		ModTime: moment(h.ModTime), AccessTime: moment(h.AccessTime), ChangeTime: moment(h.ChangeTime),
		Devmajor: h.Devmajor, Devminor: h.Devminor,
		Xattrs: records(h.Xattrs), PAXRecords: records(h.PAXRecords),
		Format: tar.Format(h.Format),
	}
}

func moment(it *[2]int64) time.Time {
	if it == nil {
		return time.Time{}
	}
	return time.Unix(it[0], it[1])
}

func records(pairs [][2][]byte) map[string]string {
	if pairs == nil {
		return nil
	}
	made := map[string]string{}
	for _, pair := range pairs {
		made[string(pair[0])] = string(pair[1])
	}
	return made
}
