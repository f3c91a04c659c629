package main

// Package remote: tags and repositories page by page. A lister outlives the call that made it; each
// page is fetched under the context of the call that asks for it.

import (
	"context"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
)

func init() {
	register("remote.Lister", newLister, "client", "repository")
	register("remote.Catalogger", newCatalogger, "client", "registry")
	register("Pages.HasNext", (*pages).more, "pages")
	register("Pages.Next", nextPage, "pages")
}

// pages are a remote.Lister or a remote.Catalogger, which one call may use at a time, and the client
// whose connections it needs.
type pages struct {
	client *client
	close  sync.Once

	mu      sync.Mutex
	hasNext func() bool
	turn    func(context.Context) ([]string, error)
}

func newLister(w *work, c *client, repository name.Repository) (*pages, error) {
	lister, err := c.puller.Lister(w.ctx, repository)
	if err != nil {
		return nil, err
	}
	return c.pages(lister.HasNext, resuming(lister, func(ctx context.Context) ([]string, error) {
		page, err := lister.Next(ctx)
		if err != nil {
			return nil, err
		}
		return append([]string{page.Next, page.Name}, page.Tags...), nil
	})), nil
}

func newCatalogger(w *work, c *client, registry name.Registry) (*pages, error) {
	catalogger, err := c.puller.Catalogger(w.ctx, registry)
	if err != nil {
		return nil, err
	}
	return c.pages(catalogger.HasNext, resuming(catalogger, func(ctx context.Context) ([]string, error) {
		page, err := catalogger.Next(ctx)
		if err != nil {
			return nil, err
		}
		return append([]string{page.Next, ""}, page.Repos...), nil
	})), nil
}

func (c *client) pages(hasNext func() bool, turn func(context.Context) ([]string, error)) *pages {
	c.hold()
	return &pages{client: c, hasNext: hasNext, turn: turn}
}

// resuming puts a lister back where it was when a page could not be fetched. On its own it has lost
// its place then, and panics when it is asked once more (list.go, v0.22.1).
func resuming[T any](lister *T, turn func(context.Context) ([]string, error)) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) {
		before := *lister
		page, err := turn(ctx)
		if err != nil {
			*lister = before
		}
		return page, err
	}
}

func (p *pages) more() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hasNext()
}

// nextPage gives the address of the page after it, the name of the repository, and the names on it.
func nextPage(w *work, p *pages) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.turn(w.ctx)
}

// Close gives up the hold on the client.
func (p *pages) Close() error {
	p.close.Do(p.client.drop)
	return nil
}
