package main

// Package google, list.go: what a repository of Google's registries holds.

import (
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/google"
)

func init() {
	register("google.List", listGoogle, "client", "repository")
}

// googleTags are google.Tags. That one has JSON of its own, in which a missing time becomes another
// one: its nanoseconds do not fit into 64 bits.
type googleTags struct {
	Children  []string                  `json:"children"`
	Manifests map[string]googleManifest `json:"manifests"`
	Name      string                    `json:"name"`
	Tags      []string                  `json:"tags"`
}

// googleManifest is google.ManifestInfo, with times in milliseconds since 1970.
type googleManifest struct {
	Size      uint64   `json:"size"`
	MediaType string   `json:"media_type"`
	Created   *int64   `json:"created"`
	Uploaded  *int64   `json:"uploaded"`
	Tags      []string `json:"tags"`
}

func listGoogle(w *work, c *client, repository name.Repository) (*googleTags, error) {
	// An answer that go-containerregistry leaves unread ends with the context.
	found, err := google.List(repository,
		google.WithTransport(c.transporter),
		google.WithAuthFromKeychain(c.keychain),
		google.WithUserAgent(c.userAgent),
		google.WithContext(w.ctx),
	)
	if err != nil {
		return nil, err
	}
	tags := &googleTags{Children: found.Children, Name: found.Name, Tags: found.Tags}
	if found.Manifests != nil {
		tags.Manifests = make(map[string]googleManifest, len(found.Manifests))
	}
	for digest, info := range found.Manifests {
		tags.Manifests[digest] = googleManifest{
			info.Size, info.MediaType, milliseconds(info.Created), milliseconds(info.Uploaded), info.Tags,
		}
	}
	return tags, nil
}

func milliseconds(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	ms := t.UnixMilli()
	return &ms
}
