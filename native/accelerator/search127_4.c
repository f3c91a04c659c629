/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How Go 1.27 finds matches at level 4 (level4.go, fastEncL4.encode): two tables, for hashes of
 * four and of seven bytes. A match of the short hash is replaced by a longer one at the next place.
 */
#include "match127.h"

#define TABLE_BITS 15
#define SHORT(bytes) HASH4(bytes, TABLE_BITS)
#define LONG(bytes) HASH7(bytes, TABLE_BITS)
#define SKIP_SHIFT 6
#define INDEX_STEP 3

/*
 * Length of the match at `at`, less four, if it were with the bytes at a place in Go's history that
 * is not meant: Go takes a distance for a place there.
 */
static ALWAYS_INLINE uint32_t mistaken_length(const struct search *search, uint32_t at,
                                              uint32_t distance)
{
    return common_length(search->data + at + SHORTEST_MATCH,
                         search->history + distance + SHORTEST_MATCH,
                         search->end - at - SHORTEST_MATCH);
}

static ALWAYS_INLINE void run(const struct search *search, struct block *block)
{
    const uint8_t *const data = search->data;
    uint32_t *const short_table = search->table;
    uint32_t *const long_table = short_table + (1 << TABLE_BITS);
    const uint32_t end = search->end;
    const uint32_t limit = end - INPUT_MARGIN;
    struct found found = {block->literal, block->sequence};
    uint32_t emitted = search->start;
    uint32_t at = search->start;
    uint64_t bytes = load64(data + at);

    for (;;) {
        uint32_t earlier, next;
        for (;;) {
            next = at + 1 + ((at - emitted) >> SKIP_SHIFT);
            if (UNLIKELY(next > limit))
                goto rest;
            uint32_t short_hash = SHORT(bytes);
            uint32_t long_hash = LONG(bytes);
            uint32_t nearer = short_table[short_hash];
            earlier = long_table[long_hash];
            short_table[short_hash] = at;
            long_table[long_hash] = at;
            if (fits_place(data, earlier, (uint32_t)bytes, at, REACH))
                break;
            uint64_t ahead = load64(data + next);
            if (fits_place(data, nearer, (uint32_t)bytes, at, REACH)) {
                earlier = nearer;
                uint32_t candidate = long_table[LONG(ahead)];
                if (fits_place(data, candidate, (uint32_t)ahead, next, REACH) &&
                    mistaken_length(search, next, next - candidate) + SHORTEST_MATCH >
                        full_length(data, at, earlier, end)) {
                    at = next;
                    earlier = candidate;
                }
                break;
            }
            bytes = ahead;
            at = next;
        }
        uint32_t length = full_length(data, at, earlier, end);
        uint32_t matched = at + length;
        take_match(&found, search, emitted, at, length, at - earlier);
        emitted = matched;
        at = next >= matched ? next + 1 : matched;
        if (UNLIKELY(at >= limit)) {
            if (at + 8 < end) {
                bytes = load64(data + at);
                short_table[SHORT(bytes)] = at;
                long_table[LONG(bytes)] = at;
            }
            goto rest;
        }
        for (uint32_t i = next; i < at - 1; i += INDEX_STEP) {
            bytes = load64(data + i);
            long_table[LONG(bytes)] = i;
            long_table[LONG(bytes >> 8)] = i + 1;
            short_table[SHORT(bytes >> 8)] = i + 1;
        }
        bytes = load64(data + at - 1);
        short_table[SHORT(bytes)] = at - 1;
        long_table[LONG(bytes)] = at - 1;
        bytes >>= 8;
    }
rest:
    add_rest(&found, block, data + emitted, end - emitted);
}

DEFINE_SEARCH(search127_4, run)
