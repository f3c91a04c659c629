/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How Go 1.27 finds matches at level 5 (level5.go, fastEncL5.encode).
 */
#include "match127_two.h"

#define SKIP_SHIFT 6
#define INDEX_STEP 3
#define MAX_BETTERED 30 /* so long, a match is good enough not to be bettered from its end */

/* The first match from `at` on, and the place to be looked at next; false if there is none. */
static ALWAYS_INLINE bool find(const struct search *search, struct two_tables tables,
                               uint32_t emitted, uint32_t at, struct candidate *best,
                               uint32_t *following)
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
            value = (uint32_t)bytes;
            if (next - last.place <= REACH) {
                if (load32(data + last.place) == value &&
                    take_longer(best, search, next, last.place))
                    return true;
                if (fits_place(data, last.before, value, next, REACH))
                    take_longer(best, search, next, last.before);
            }
            return true;
        }
        at = next;
    }
}

/* Remember about every third place in a match that ends at `at`. */
static ALWAYS_INLINE void index_match(const uint8_t *data, struct two_tables tables, uint32_t at,
                                      uint32_t length)
{
    uint32_t i = at - length + 1;
    if (i < at - 1) {
        uint64_t bytes = load64(data + i);
        tables.shorts[SHORT(bytes)] = i;
        push_place(&tables.longs[LONG(bytes)], i);
        push_place(&tables.longs[LONG(bytes >> 8)], i + 1);
        tables.shorts[SHORT(bytes >> 16)] = i + 2;
        for (i += 4; i < at - 1; i += INDEX_STEP) {
            bytes = load64(data + i);
            push_place(&tables.longs[LONG(bytes)], i);
            tables.shorts[SHORT(bytes >> 8)] = i + 1;
        }
    }
    uint64_t bytes = load64(data + at - 1);
    tables.shorts[SHORT(bytes)] = at - 1;
    push_place(&tables.longs[LONG(bytes)], at - 1);
}

static ALWAYS_INLINE void run(const struct search *search, struct block *block)
{
    const uint8_t *const data = search->data;
    const struct two_tables tables = two_tables(search->table);
    const uint32_t limit = search->end - INPUT_MARGIN;
    struct found found = {block->literal, block->sequence};
    uint32_t emitted = search->start;
    uint32_t at = search->start;
    uint32_t next;
    struct candidate best;

    while (find(search, tables, emitted, at, &best, &next)) {
        measure(&best, search);
        uint32_t stop = best.at + best.length;
        if (best.length < MAX_BETTERED && stop < limit)
            try_from_end(&best, search, best.at + SKIPPED_START,
                         tables.longs[LONG(load64(data + stop))].place);
        uint32_t matched = best.at + best.length;
        uint32_t length = take_match(&found, search, emitted, best.at, best.length,
                                     best.at - best.earlier);
        emitted = matched;
        at = next >= matched ? next + 1 : matched;
        if (UNLIKELY(at >= limit))
            break;
        index_match(data, tables, at, length);
    }
    add_rest(&found, block, data + emitted, search->end - emitted);
}

DEFINE_SEARCH(search127_5, run)
