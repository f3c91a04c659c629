/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * Levels 2 to 9 of Go 1.21 to 1.26 (deflate.go, compressor.deflate): from level 4 on a match waits
 * for a better one at the next place.
 */
#include "chains.h"

/* Further away, a match of four bytes does not gain. */
#define MAX_DISTANCE_OF_SHORTEST 4096

/* Counting pays where chains are followed so far. */
#define MIN_COUNTED_CHAIN 256

/* Of four bytes, the first one highest (hash4). */
static ALWAYS_INLINE uint32_t hash(const uint8_t *bytes)
{
    return __builtin_bswap32(load32(bytes)) * 0x1E35A7BDu >> (32 - HASH_BITS);
}

struct match {
    uint32_t length;
    uint32_t distance;
};

/*
 * The longest match in a chain that is longer than `length`, if there is one (findMatch). Go looks
 * for shorter ones too, but a match that is not longer than the one that waits is of no use.
 */
static ALWAYS_INLINE struct match longest(const struct chains *chains, const uint8_t *data,
                                          uint32_t at, uint32_t earlier, uint32_t length,
                                          bool counts)
{
    const uint32_t left = chains->end - at;
    const uint32_t most = left < MAX_MATCH ? left : MAX_MATCH;
    const uint32_t nice = chains->effort.nice < most ? chains->effort.nice : most;
    struct walk walk = {.chains = chains,
                        .at = at,
                        .first = earlier,
                        .earlier = earlier,
                        .tries = chains->effort.chain};
    struct match best = {length, 0};
    /* A longer match has these four bytes at its end, which tell most of the others apart. */
    uint32_t offset = length - (SHORTEST_MATCH - 1);
    uint32_t wanted = load32(data + at + offset);

    walk.furthest = at - WINDOW_SIZE > chains->floor ? at - WINDOW_SIZE : chains->floor;
    if (counts) {
        uint32_t leads = walk_leads(&walk, length + 1);
        for (uint32_t lead = 1; lead < leads; lead++)
            walk_prefer(&walk, lead, chains->head[hash(data + at + lead)]);
        if (walk.earlier < walk.furthest)
            return best;
    }
    do {
        if (UNLIKELY(load32(data + walk.earlier + offset) == wanted)) {
            length = common_length(data + at, data + walk.earlier, most);
            uint32_t distance = at - walk.earlier;
            if (length > best.length &&
                (length > SHORTEST_MATCH || distance <= MAX_DISTANCE_OF_SHORTEST)) {
                if (counts && walk_is_over(&walk))
                    break;
                best = (struct match){length, distance};
                if (length >= nice)
                    break;
                offset = length - (SHORTEST_MATCH - 1);
                wanted = load32(data + at + offset);
                if (counts)
                    walk_choose(&walk, length);
            }
        }
    } while (walk_on(&walk));
    return best;
}

static ALWAYS_INLINE bool is_in_reach(const struct chains *chains, uint32_t at, uint32_t earlier)
{
    return earlier >= chains->floor && at - earlier <= WINDOW_SIZE;
}

static ALWAYS_INLINE uint32_t insert(struct chains *chains, uint32_t at, uint32_t hash, bool counts)
{
    return counts ? chains_count(chains, at, hash) : chains_insert(chains, at, hash);
}

static ALWAYS_INLINE void insert_all(struct chains *chains, const uint8_t *data, uint32_t start,
                                     uint32_t end, bool counts)
{
    for (uint32_t at = start; at < end; at++)
        insert(chains, at, hash(data + at), counts);
}

/* Take the first match, always. */
static ALWAYS_INLINE void search_at_once(struct chains *chains, struct gzip_batch *batch,
                                         bool last)
{
    const uint8_t *const data = chains_data(chains);
    struct pending *const pending = &chains->pending;
    const uint32_t hashed_end = chains->end - (SHORTEST_MATCH - 1);
    const uint32_t stop = last ? chains->end : chains->end - LOOKAHEAD + 1;
    uint32_t at = chains->at;
    while (at < stop) {
        struct match match = {SHORTEST_MATCH - 1, 0};
        if (at < hashed_end) {
            uint32_t earlier = chains_insert(chains, at, hash(data + at));
            if (is_in_reach(chains, at, earlier))
                match = longest(chains, data, at, earlier, SHORTEST_MATCH - 1, false);
        }
        if (match.length < SHORTEST_MATCH) {
            at++;
            if (at == pending->full_at)
                chains_write_block(chains, batch, at, last);
            continue;
        }
        bool full = pending_add(pending, data, at, match.length, match.distance);
        uint32_t after = at + match.length;
        if (match.length <= chains->effort.indexed)
            insert_all(chains, data, at + 1, after < hashed_end ? after : hashed_end, false);
        at = after;
        if (full)
            chains_write_block(chains, batch, at, last);
    }
    chains->at = at;
}

/* Take a match unless there is a better one at the next place. */
static ALWAYS_INLINE void search_lazily(struct chains *chains, struct gzip_batch *batch, bool last,
                                        bool counts)
{
    const uint8_t *const data = chains_data(chains);
    struct pending *const pending = &chains->pending;
    const uint32_t lazy = chains->effort.lazy;
    const uint32_t hashed_end = chains->end - (SHORTEST_MATCH - 1);
    const uint32_t stop = last ? chains->end : chains->end - LOOKAHEAD + 1;
    uint32_t at = chains->at;
    struct match match = {chains->length, chains->distance};
    while (at < stop) {
        struct match before = match;
        match.length = SHORTEST_MATCH - 1;
        if (at < hashed_end) {
            uint32_t earlier = insert(chains, at, hash(data + at), counts);
            if (before.length < lazy && is_in_reach(chains, at, earlier) &&
                chains->end - at > before.length)
                match = longest(chains, data, at, earlier, before.length, counts);
        }
        if (before.length < SHORTEST_MATCH || match.length > before.length) {
            if (chains->waits && at == pending->full_at)
                chains_write_block(chains, batch, at, last);
            at++;
            chains->waits = true;
            continue;
        }
        bool full = pending_add(pending, data, at - 1, before.length, before.distance);
        uint32_t after = at - 1 + before.length;
        insert_all(chains, data, at + 1, after < hashed_end ? after : hashed_end, counts);
        at = after;
        chains->waits = false;
        match.length = SHORTEST_MATCH - 1;
        if (full)
            chains_write_block(chains, batch, at, last);
    }
    chains->at = at;
    chains->length = match.length;
    chains->distance = match.distance;
}

void chains_search126(struct chains *chains, struct gzip_batch *batch, bool last)
{
    if (!chains->effort.lazy)
        search_at_once(chains, batch, last);
    else if (chains->effort.chain < MIN_COUNTED_CHAIN)
        search_lazily(chains, batch, last, false);
    else
        search_lazily(chains, batch, last, true);
}
