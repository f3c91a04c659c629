/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How Go 1.27 finds matches at level 6, the default (level6.go, fastEncL6.encode): as at level 5;
 * the distance of the last match is tried again, and more places are remembered.
 */
#include "match127_two.h"

#define SKIP_SHIFT 7
#define INDEX_STEP 2
#define END_MARGIN 8

/* What a match of the short hash is replaced by, if that is longer: one at the next place. */
static ALWAYS_INLINE void better_short(const struct search *search, struct candidate *best,
                                       uint32_t next, uint32_t repeated, struct last_two last)
{
    const uint8_t *const data = search->data;
    const uint32_t after = best->at + 1;
    if (load32(data + after) == load32(data + after - repeated) &&
        take_longer(best, search, after, after - repeated))
        return;
    uint32_t value = load32(data + next);
    if (next - last.place > REACH)
        return;
    if (load32(data + last.place) == value)
        take_longer(best, search, next, last.place);
    if (fits_place(data, last.before, value, next, REACH))
        take_longer(best, search, next, last.before);
}

/* The first match from `at` on, and the place to be looked at next; false if there is none. */
static ALWAYS_INLINE bool find(const struct search *search, struct two_tables tables,
                               uint32_t emitted, uint32_t at, uint32_t repeated,
                               struct candidate *best, uint32_t *following)
{
    const uint8_t *const data = search->data;
    const uint32_t limit = search->end - INPUT_MARGIN;
    uint64_t bytes = load64(data + at);
    for (;;) {
        uint32_t next = at + 1 + ((at - emitted) >> SKIP_SHIFT);
        if (UNLIKELY(next > limit))
            return false;
        uint32_t value = (uint32_t)bytes;
        uint32_t short_hash = SHORT(bytes);
        uint32_t nearer = tables.shorts[short_hash];
        tables.shorts[short_hash] = at;
        struct last_two last = push_place(&tables.longs[LONG(bytes)], at);
        bytes = load64(data + next);
        *following = next;
        if (find_long(best, search, at, value, last)) {
            tables.shorts[SHORT(bytes)] = next;
            push_place(&tables.longs[LONG(bytes)], next);
            return true;
        }
        if (fits_place(data, nearer, value, at, REACH)) {
            *best = (struct candidate){at, nearer, limited_length(data, at, nearer, search->end)};
            tables.shorts[SHORT(bytes)] = next;
            last = push_place(&tables.longs[LONG(bytes)], next);
            better_short(search, best, next, repeated, last);
            return true;
        }
        at = next;
    }
}

/* A longer match that agrees with what follows the best one. */
static ALWAYS_INLINE void better_from_end(const struct search *search, struct two_tables tables,
                                          struct candidate *best)
{
    const uint32_t start = best->at + SKIPPED_START;
    struct last_two last = tables.longs[LONG(load64(search->data + best->at + best->length))];
    if (try_from_end(best, search, start, last.place))
        try_from_end(best, search, start, last.before);
}

static ALWAYS_INLINE void run(const struct search *search, struct block *block)
{
    const uint8_t *const data = search->data;
    const struct two_tables tables = two_tables(search->table);
    const uint32_t limit = search->end - INPUT_MARGIN;
    struct found found = {block->literal, block->sequence};
    uint32_t emitted = search->start;
    uint32_t at = search->start;
    uint32_t repeated = 1; /* distance of the last match */
    uint32_t next;
    struct candidate best;

    while (find(search, tables, emitted, at, repeated, &best, &next)) {
        measure(&best, search);
        if (best.at + best.length < limit)
            better_from_end(search, tables, &best);
        repeated = best.at - best.earlier;
        uint32_t matched = best.at + best.length;
        take_match(&found, search, emitted, best.at, best.length, repeated);
        emitted = matched;
        at = next >= matched ? next + 1 : matched;
        if (UNLIKELY(at >= limit)) {
            for (uint32_t i = next + 1; i < search->end - END_MARGIN; i += INDEX_STEP) {
                uint64_t bytes = load64(data + i);
                tables.shorts[SHORT(bytes)] = i;
                push_place(&tables.longs[LONG(bytes)], i);
            }
            break;
        }
        for (uint32_t i = next + 1; i < at - 1; i += INDEX_STEP) {
            uint64_t bytes = load64(data + i);
            tables.shorts[SHORT(bytes)] = i;
            push_place(&tables.longs[LONG(bytes)], i);
            push_place(&tables.longs[LONG(bytes >> 8)], i + 1);
        }
    }
    add_rest(&found, block, data + emitted, search->end - emitted);
}

DEFINE_SEARCH(search127_6, run)
