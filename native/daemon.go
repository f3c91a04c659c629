package main

// The door to pkg/v1/daemon: images of Docker engines.

// #include "pyggcr.h"
import "C"

import (
	"context"
	"encoding/json"
	"sync/atomic"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/daemon"
)

//export pyggcr_daemon_image
func pyggcr_daemon_image(options *C.pyggcr_char, optionsSize C.size_t, request *C.pyggcr_char, size C.size_t, opener C.uint64_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	d, err := toDocker(options, optionsSize)
	if err != nil {
		return fail(result, err)
	}
	if opener != 0 {
		d.opener = &source{opener: uint64(opener)}
	}
	var t target
	if err := json.Unmarshal(goBytes(request, size), &t); err != nil {
		return fail(result, err)
	}
	ref, err := t.reference()
	if err != nil {
		return fail(result, err)
	}
	var found atomic.Pointer[withID]
	return openIn(d.box(), timeout, result, func(g *generation) (any, error) {
		wanted := ref
		if known := found.Load(); known != nil {
			wanted = *known
		}
		image, err := daemon.Image(wanted, inGeneration(d, g)...)
		if err != nil {
			return nil, err
		}
		id, err := image.ConfigName()
		if err != nil {
			return nil, err
		}
		found.Store(&withID{ref, id.String()})
		return image, nil
	})
}

// inGeneration are the options of an image. The client keeps the archive, not package daemon.
func inGeneration(d *docker, g *generation) []daemon.Option {
	return []daemon.Option{
		daemon.WithClient(dockerFor{d, g}),
		daemon.WithContext(contextOf(g.ctx, g)),
		daemon.WithUnbufferedOpener(),
	}
}

//export pyggcr_daemon_write
func pyggcr_daemon_write(options *C.pyggcr_char, optionsSize C.size_t, request *C.pyggcr_char, size C.size_t, image C.pyggcr_handle, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	d, err := toDocker(options, optionsSize)
	if err != nil {
		return fail(result, err)
	}
	tag, err := parseTag(goBytes(request, size))
	if err != nil {
		return fail(result, err)
	}
	from, err := lookup[*leased](image)
	if err != nil {
		return fail(result, err)
	}
	// The second box is for the connections; what is counted is what was read of the image.
	boxes := []*box{from.box, {release: d.close}}
	return beginAll(boxes, timeout, func(ctx context.Context, gens []*generation) (any, error) {
		value, err := from.in(gens[0])
		if err != nil {
			return nil, err
		}
		img, err := as[v1.Image](value)
		if err != nil {
			return nil, err
		}
		return daemon.Write(*tag, img, inCall(d, ctx)...)
	}).first(result)
}

//export pyggcr_daemon_tag
func pyggcr_daemon_tag(options *C.pyggcr_char, optionsSize C.size_t, source *C.pyggcr_char, sourceSize C.size_t, target *C.pyggcr_char, targetSize C.size_t, timeout C.int64_t, result *C.pyggcr_result) (status C.pyggcr_status) {
	defer guard(&status, result)
	d, err := toDocker(options, optionsSize)
	if err != nil {
		return fail(result, err)
	}
	from, err := parseTag(goBytes(source, sourceSize))
	if err != nil {
		return fail(result, err)
	}
	to, err := parseTag(goBytes(target, targetSize))
	if err != nil {
		return fail(result, err)
	}
	return beginAll([]*box{{release: d.close}}, timeout, func(ctx context.Context, _ []*generation) (any, error) {
		return nil, daemon.Tag(*from, *to, inCall(d, ctx)...)
	}).first(result)
}

// inCall are the options of what ends with its call.
func inCall(d *docker, ctx context.Context) []daemon.Option {
	return []daemon.Option{daemon.WithClient(dockerFor{docker: d}), daemon.WithContext(ctx)}
}

func toDocker(options *C.pyggcr_char, size C.size_t) (*docker, error) {
	var o dockerOptions
	if err := json.Unmarshal(goBytes(options, size), &o); err != nil {
		return nil, err
	}
	return newDocker(o)
}
