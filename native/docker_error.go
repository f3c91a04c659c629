package main

// Errors of Docker engines and of the way to them. The client of the moby project has types for few
// of them, so the answers are listened to as they come in.

// #include "pyggcr.h"
import "C"

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	moby "github.com/moby/moby/client"
)

// dockerError is an error of the client, with the status of HTTP or 0.
type dockerError struct {
	error
	kind   C.pyggcr_status
	status int
}

func (e *dockerError) Unwrap() error { return e.error }

// unasked is an error of a client that cannot be made.
func unasked(err error) error { return &dockerError{err, C.PYGGCR_DAEMON, 0} }

// causedError is classified by another error than those that its text tells of.
type causedError struct {
	error
	cause error
}

func (e causedError) Unwrap() error { return e.cause }

// engineAnswer is the answer to the last request of a call of the client.
type engineAnswer struct {
	status   int
	document bool // as engines answer when something is wrong
}

type answerKey struct{}

func answerOf(ctx context.Context) *engineAnswer {
	answer, _ := ctx.Value(answerKey{}).(*engineAnswer)
	return answer
}

// hear is the client's response hook.
func hear(response *http.Response) {
	if answer := answerOf(response.Request.Context()); answer != nil {
		answer.status = response.StatusCode
		answer.document = response.Header.Get("Content-Type") == "application/json"
	}
}

// heard asks an engine and classifies the error.
func heard[T any](ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	answer := &engineAnswer{}
	value, err := ask(context.WithValue(ctx, answerKey{}, answer))
	return value, answer.blame(err)
}

// blame classifies an error of the client or of reading an answer.
func (a *engineAnswer) blame(err error) error {
	var request *url.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), isDeadline(err):
		return err
	case moby.IsErrConnectionFailed(err), errors.As(err, &request):
		return &dockerError{err, C.PYGGCR_DAEMON_UNAVAILABLE, 0}
	case a.status < http.StatusBadRequest:
		return &dockerError{err, C.PYGGCR_DAEMON, 0}
	case !a.document:
		return &dockerError{err, C.PYGGCR_DAEMON_UNAVAILABLE, a.status}
	case a.status == http.StatusNotFound:
		return &dockerError{err, C.PYGGCR_DAEMON_IMAGE_NOT_FOUND, a.status}
	}
	return &dockerError{err, C.PYGGCR_DAEMON, a.status}
}
