// Command peer does in Go what the benchmarks measure in Python, for what crane has no verb for.
//
//	peer layers ARCHIVE     what "pyggcr layers --json" tells, by go-containerregistry
//	peer inspect ARCHIVE    what "pyggcr inspect --json" tells
//	peer layout ARCHIVE FOLDER   writes an OCI layout
//	peer serve              answers requests on standard input: see serve.go
package main

import (
	"encoding/json"
	"fmt"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(2)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "layers":
		return show(args[1], layers)
	case len(args) == 2 && args[0] == "inspect":
		return show(args[1], inspect)
	case len(args) == 3 && args[0] == "layout":
		return writeLayout(args[1], args[2])
	case len(args) == 1 && args[0] == "serve":
		return serve(os.Stdin, os.Stdout)
	}
	return fmt.Errorf("usage: peer layers ARCHIVE | inspect ARCHIVE | layout ARCHIVE FOLDER | serve")
}

func writeLayout(archive, folder string) error {
	image, err := tarball.ImageFromPath(archive, nil)
	if err != nil {
		return err
	}
	path, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	return path.AppendImage(image)
}

func show(archive string, describe func(v1.Image) (map[string]any, error)) error {
	image, err := tarball.ImageFromPath(archive, nil)
	if err != nil {
		return err
	}
	facts, err := describe(image)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(facts)
}

func layers(image v1.Image) (map[string]any, error) {
	all, err := image.Layers()
	if err != nil {
		return nil, err
	}
	described := []map[string]any{}
	for _, layer := range all {
		digest, err := layer.Digest()
		if err != nil {
			return nil, err
		}
		size, err := layer.Size()
		if err != nil {
			return nil, err
		}
		diffID, err := layer.DiffID()
		if err != nil {
			return nil, err
		}
		mediaType, err := layer.MediaType()
		if err != nil {
			return nil, err
		}
		described = append(described, map[string]any{
			"digest": digest, "size": size, "diff_id": diffID, "media_type": mediaType,
		})
	}
	return map[string]any{"layers": described}, nil
}

func inspect(image v1.Image) (map[string]any, error) {
	digest, err := image.Digest()
	if err != nil {
		return nil, err
	}
	size, err := image.Size()
	if err != nil {
		return nil, err
	}
	name, err := image.ConfigName()
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	facts, err := layers(image)
	if err != nil {
		return nil, err
	}
	facts["digest"], facts["size"], facts["config_name"] = digest, size, name
	facts["platform"] = config.Platform().String()
	return facts, nil
}
