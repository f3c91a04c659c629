package main

// Errors on their way to Python: each gets a status by its type or, where go-containerregistry
// has only texts, by its text. Panics become errors too.

// #include <stdlib.h>
// #include "pyggcr.h"
import "C"

import (
	"archive/tar"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/cache"
	"github.com/google/go-containerregistry/pkg/v1/stream"
	"github.com/klauspost/compress/zstd"
)

// errClosed answers the use of a handle or a stream after its release.
var errClosed = errors.New("already closed")

// unsupportedError is the text for something that cannot be done with what was given.
type unsupportedError string

func (e unsupportedError) Error() string { return string(e) }

// panicError is a recovered panic with the stack of its goroutine.
type panicError struct {
	value any
	stack string
}

func (p *panicError) Error() string { return fmt.Sprintf("panic: %v", p.value) }

// validationError is what package validate found; its text is all that there is.
type validationError struct{ error }

// guard turns a panic of an export into a status. Every export defers it first.
func guard(status *C.pyggcr_status, result *C.pyggcr_result) {
	if p := recover(); p != nil {
		*status = fail(result, &panicError{p, string(debug.Stack())})
	}
}

// recovered turns a panic of a goroutine into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &panicError{p, string(debug.Stack())}
	}
}

// fail puts err into the result; the caller frees it with pyggcr_result_clear.
func fail(result *C.pyggcr_result, err error) C.pyggcr_status {
	kind := classify(err)
	e := (*C.pyggcr_error)(C.calloc(1, C.sizeof_pyggcr_error))
	e.kind = C.int32_t(kind)
	e.message, e.message_size = cBytes([]byte(withoutSecrets(err)))
	if extra := extraOf(err); extra != nil {
		e.extra, e.extra_size = cBytes(extra)
	}
	result.error = e
	return kind
}

// extraOf is the JSON with what Python cannot find in the text.
func extraOf(err error) []byte {
	extra := map[string]any{}
	var p *panicError
	if errors.As(err, &p) {
		extra["go_stack"] = p.stack
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		extra["errno"] = int(errno)
	}
	var docker *dockerError
	if errors.As(err, &docker) {
		if docker.status != 0 {
			extra["status"] = docker.status
		}
	} else if failed := transportOf(err); failed != nil {
		extra["transport"] = failed
	}
	if len(extra) == 0 {
		return nil
	}
	b, _ := json.Marshal(extra) // cannot fail: what is in it came out of JSON, if not from here
	return b
}

func classify(err error) C.pyggcr_status {
	if kind := classifyOurs(err); kind != C.PYGGCR_ERROR {
		return kind
	}
	var docker *dockerError
	if errors.As(err, &docker) {
		return docker.kind
	}
	if transportOf(err) != nil {
		return C.PYGGCR_TRANSPORT
	}
	if kind := classifyFile(err); kind != C.PYGGCR_ERROR {
		return kind
	}
	if kind := classifyFormat(err); kind != C.PYGGCR_ERROR {
		return kind
	}
	return classifyText(err)
}

func classifyOurs(err error) C.pyggcr_status {
	var (
		panicked *panicError
		found    validationError
		refused  unsupportedError
		raised   raisedError
	)
	switch {
	case errors.As(err, &panicked):
		return C.PYGGCR_PANIC
	case errors.Is(err, errRaised), errors.As(err, &raised):
		return C.PYGGCR_OPENER_RAISED
	case errors.As(err, &found):
		return C.PYGGCR_VALIDATION
	case errors.Is(err, errClosed):
		return C.PYGGCR_CLOSED
	case errors.Is(err, stream.ErrNotComputed):
		return C.PYGGCR_STREAM_NOT_COMPUTED
	case errors.Is(err, stream.ErrConsumed):
		return C.PYGGCR_STREAM_CONSUMED
	case errors.Is(err, cache.ErrNotFound):
		return C.PYGGCR_LAYER_NOT_FOUND
	case errors.As(err, &refused):
		return C.PYGGCR_UNSUPPORTED_OPTION
	case errors.Is(err, context.Canceled):
		return C.PYGGCR_CANCELLED
	case isDeadline(err):
		return C.PYGGCR_DEADLINE_EXCEEDED
	}
	return C.PYGGCR_ERROR
}

// isDeadline tells a context's end from the time-outs of package net, which say that they are one.
func isDeadline(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if err == context.DeadlineExceeded {
			return true
		}
	}
	return false
}

func classifyFile(err error) C.pyggcr_status {
	var path *fs.PathError
	switch {
	case !errors.As(err, &path):
		return C.PYGGCR_ERROR
	case errors.Is(err, fs.ErrNotExist):
		return C.PYGGCR_MISSING_PATH
	case errors.Is(err, fs.ErrPermission):
		return C.PYGGCR_PATH_PERMISSION
	}
	return C.PYGGCR_FILE_ACCESS
}

func classifyFormat(err error) C.pyggcr_status {
	var badName *name.ErrBadName
	switch {
	case errors.As(err, &badName):
		return C.PYGGCR_INVALID_REFERENCE
	case isJSON(err):
		return C.PYGGCR_JSON
	case errors.Is(err, tar.ErrHeader), errors.Is(err, tar.ErrFieldTooLong):
		return C.PYGGCR_ARCHIVE
	case isCompression(err):
		return C.PYGGCR_COMPRESSION
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return C.PYGGCR_TRUNCATED
	}
	return C.PYGGCR_ERROR
}

// isJSON includes the errors of values inside a document, which encoding/json passes on bare.
func isJSON(err error) bool {
	var (
		syntax  *json.SyntaxError
		typed   *json.UnmarshalTypeError
		marshal *json.MarshalerError
		data    base64.CorruptInputError
		date    *time.ParseError
	)
	return errors.As(err, &syntax) || errors.As(err, &typed) || errors.As(err, &marshal) ||
		errors.As(err, &data) || errors.As(err, &date)
}

func isCompression(err error) bool {
	var (
		corrupt  flate.CorruptInputError
		internal flate.InternalError
	)
	if errors.As(err, &corrupt) || errors.As(err, &internal) {
		return true
	}
	for _, known := range compressionErrors {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

var compressionErrors = []error{
	gzip.ErrHeader, gzip.ErrChecksum,
	zstd.ErrReservedBlockType, zstd.ErrCompressedSizeTooBig, zstd.ErrBlockTooSmall,
	zstd.ErrUnexpectedBlockSize, zstd.ErrMagicMismatch, zstd.ErrWindowSizeExceeded,
	zstd.ErrWindowSizeTooSmall, zstd.ErrDecoderSizeExceeded, zstd.ErrUnknownDictionary,
	zstd.ErrFrameSizeExceeded, zstd.ErrFrameSizeMismatch, zstd.ErrCRCMismatch,
}

// classifyText looks at each error of the chain: a wrapped one starts in mid-text.
func classifyText(err error) C.pyggcr_status {
	for ; err != nil; err = errors.Unwrap(err) {
		text := err.Error()
		for _, known := range knownTexts {
			if known.pattern.MatchString(text) {
				return known.kind
			}
		}
	}
	return C.PYGGCR_ERROR
}

type knownText struct {
	pattern *regexp.Regexp
	kind    C.pyggcr_status
}

// What go-containerregistry v0.22.1 and the standard library say without a type of their own.
var knownTexts = []knownText{
	starts("unknown blob ", C.PYGGCR_UNKNOWN_BLOB),
	{regexp.MustCompile(`^(?s:blob .* not found)$`), C.PYGGCR_UNKNOWN_BLOB},
	starts("layer not found: ", C.PYGGCR_UNKNOWN_BLOB),
	starts("unknown diffID ", C.PYGGCR_UNKNOWN_DIFF_ID),
	{regexp.MustCompile(`^(?s:diff id ".*" not found)$`), C.PYGGCR_UNKNOWN_DIFF_ID},
	starts("mismatched fs layers (", C.PYGGCR_MISMATCHED_LAYERS),
	{regexp.MustCompile(`^config has \d+ rootfs\.diff_id`), C.PYGGCR_MISMATCHED_LAYERS},
	starts("tarball manifest references ", C.PYGGCR_MISMATCHED_LAYERS),
	{regexp.MustCompile(`^(?s:file .* not found in tar)$`), C.PYGGCR_MISSING_FILE},
	starts("link cycle detected for ", C.PYGGCR_LINK_CYCLE),
	{regexp.MustCompile(`^(?s:tag .* not found in tarball)$`), C.PYGGCR_TAG_NOT_FOUND},
	starts("tarball must contain only a single image", C.PYGGCR_AMBIGUOUS_IMAGE),
	starts("no valid manifest.json in tarball", C.PYGGCR_ARCHIVE),
	starts("archive/tar: ", C.PYGGCR_ARCHIVE),
	{regexp.MustCompile(`^(?s:.* is larger than \d+ bytes)$`), C.PYGGCR_ARCHIVE},
	starts("gzip: invalid compression level: ", C.PYGGCR_UNSUPPORTED_OPTION),
	starts("cannot parse hash: ", C.PYGGCR_INVALID_HASH),
	starts("unsupported hash: ", C.PYGGCR_INVALID_HASH),
	starts("wrong number of hex digits for ", C.PYGGCR_INVALID_HASH),
	starts("found non-hex character in hash: ", C.PYGGCR_INVALID_HASH),
	starts("too many slashes in platform spec: ", C.PYGGCR_INVALID_PLATFORM),
	starts("no child with ", C.PYGGCR_IMAGE_NOT_FOUND),
	starts("tls: ", C.PYGGCR_TRANSPORT),
	starts("unsupported MediaType: ", C.PYGGCR_UNSUPPORTED_OPTION),
	starts("encountered unknown child: ", C.PYGGCR_UNSUPPORTED_OPTION),
	starts("unexpected media type for ImageIndex(): ", C.PYGGCR_UNSUPPORTED_OPTION),
	starts("error verifying ", C.PYGGCR_VALIDATION),
	starts("manifest digest: ", C.PYGGCR_VALIDATION),
	{regexp.MustCompile(`^GET \S+: Content-Length header `), C.PYGGCR_TRANSPORT},
	{zstdDamage, C.PYGGCR_COMPRESSION},
	starts("json: ", C.PYGGCR_JSON),
	starts("unable to decode auth field: ", C.PYGGCR_JSON),
	starts("Time.UnmarshalJSON: ", C.PYGGCR_JSON),
}

// What zstd, huff0 and fse of klauspost/compress v1.19.2 say of damaged data, mostly.
var zstdDamage = regexp.MustCompile(`^(` +
	`corrupt|invalid input: |reserved bit set on frame header|output bigger than max block size|` +
	`match len \(|match offset \(|zero matchoff and matchlen|unexpected literal count, |` +
	`literal (count is too big: |block was treeless|output size mismatch)|` +
	`compressed block size too large|\d+ extra bits on block|input too small|tableLog too large|` +
	`maxSymbolValue too small|symbolLen \(|rle symbol \d|invalid decoding table entry|newState \(|` +
	`truncated input|invalid tablelog: |fse decompress returned: |no table loaded|` +
	`litLengths:|offsets:|matchLengths:|sequenceDecs_decode|maximum output size exceeded)`)

func starts(prefix string, kind C.pyggcr_status) knownText {
	return knownText{regexp.MustCompile(`^` + regexp.QuoteMeta(prefix)), kind}
}
