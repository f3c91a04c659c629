/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * What the searches of Go 1.27's levels 5 and 6 share (level5.go, level6.go): a table for hashes of
 * four bytes, and one for hashes of seven that has the last two places. A match is replaced by a
 * longer one that agrees with what follows it.
 */
#ifndef PYGGCR_MATCH127_TWO_H
#define PYGGCR_MATCH127_TWO_H

#include "match127.h"

#define TABLE_BITS 15
#define SHORT(bytes) HASH4(bytes, TABLE_BITS)
#define LONG(bytes) HASH7(bytes, TABLE_BITS)

/* How many bytes at its start a better match may have wrong; it is shorter by those then. */
#define SKIPPED_START 2

struct two_tables {
    uint32_t *shorts;
    struct last_two *longs;
};

static ALWAYS_INLINE struct two_tables two_tables(void *table)
{
    uint32_t *places = table;
    /* The pairs come first, for their alignment. */
    return (struct two_tables){places + (2 << TABLE_BITS), table};
}

/* A match: where it begins, where its copy does, and its length, or 0 if that is not known yet. */
struct candidate {
    uint32_t at;
    uint32_t earlier;
    uint32_t length;
};

/* Take another match instead if it is longer, up to what one token can say. */
static ALWAYS_INLINE bool take_longer(struct candidate *best, const struct search *search,
                                      uint32_t at, uint32_t earlier)
{
    uint32_t length = limited_length(search->data, at, earlier, search->end);
    if (length <= best->length)
        return false;
    *best = (struct candidate){at, earlier, length};
    return true;
}

/* The full length of what was found. */
static ALWAYS_INLINE void measure(struct candidate *best, const struct search *search)
{
    const uint8_t *data = search->data;
    if (!best->length)
        best->length = full_length(data, best->at, best->earlier, search->end);
    else if (UNLIKELY(best->length == MAX_MATCH))
        best->length +=
            common_length(data + best->at + MAX_MATCH, data + best->earlier + MAX_MATCH,
                          search->end - best->at - MAX_MATCH);
}

/*
 * A match of the long hash at `at`, with the last place or the one before; false if neither is one.
 */
static ALWAYS_INLINE bool find_long(struct candidate *best, const struct search *search,
                                    uint32_t at, uint32_t value, struct last_two last)
{
    const uint8_t *data = search->data;
    if (at - last.place > REACH)
        return false;
    bool before_fits = fits_place(data, last.before, value, at, REACH);
    if (load32(data + last.place) == value) {
        *best = (struct candidate){at, last.place, 0};
        if (before_fits) {
            best->length = limited_length(data, at, last.place, search->end);
            take_longer(best, search, at, last.before);
        }
        return true;
    }
    *best = (struct candidate){at, last.before, 0};
    return before_fits;
}

/*
 * Try the match of which the copy ends at `copied`, a place that agrees with what follows the best
 * one; false if it is too far away. It begins at `start`, a little later than the best one.
 */
static ALWAYS_INLINE bool try_from_end(struct candidate *best, const struct search *search,
                                       uint32_t start, uint32_t copied)
{
    uint32_t distance = start + best->length - SKIPPED_START - copied;
    if ((int32_t)distance >= WINDOW_SIZE)
        return false;
    if ((int32_t)distance > 0 && start - distance >= search->floor) {
        uint32_t length = common_length(search->data + start, search->data + start - distance,
                                        search->end - start);
        if (length > best->length)
            *best = (struct candidate){start, start - distance, length};
    }
    return true;
}

#endif
