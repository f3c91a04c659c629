/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How Go 1.21 to 1.26 find matches at BestSpeed (deflatefast.go, deflateFast.encode): a table of
 * 4-byte sequences, no lazy matching, and ever longer steps where nothing is found.
 */
#include "match.h"

#define HASH(value) ((uint32_t)((value) * 0x1E35A7BDu) >> (32 - 14))
#define INPUT_MARGIN 15
#define FIRST_SKIP 32
#define SKIP_SHIFT 5

static ALWAYS_INLINE void run(const struct search *search, struct block *block)
{
    const uint8_t *const data = search->data;
    uint64_t *const table = search->table;
    const uint32_t end = search->end;
    const uint32_t limit = end - INPUT_MARGIN;
    struct found found = {block->literal, block->sequence};
    uint32_t emitted = search->start;
    uint32_t at = search->start;
    uint32_t value = load32(data + at);
    uint32_t hash = HASH(value);

    for (;;) {
        uint64_t slot, bytes;
        uint32_t skip = FIRST_SKIP;
        uint32_t next = at;
        for (;;) {
            at = next;
            uint32_t step = skip >> SKIP_SHIFT;
            next = at + step;
            skip += step;
            if (UNLIKELY(next > limit))
                goto rest;
            slot = table[hash];
            table[hash] = SLOT(value, at);
            if (fits(slot, value, at, WINDOW_SIZE))
                break;
            value = load32(data + next);
            hash = HASH(value);
        }
        add_literals(&found, data + emitted, at - emitted);
        do {
            uint32_t distance = at - SLOT_PLACE(slot);
            uint32_t most = end - at < MAX_MATCH ? end - at : MAX_MATCH;
            uint32_t length =
                SHORTEST_MATCH + common_length(data + at + SHORTEST_MATCH,
                                               data + at + SHORTEST_MATCH - distance,
                                               most - SHORTEST_MATCH);
            add_match(&found, at - emitted, length, distance);
            at += length;
            emitted = at;
            if (UNLIKELY(at >= limit))
                goto rest;
            bytes = load64(data + at - 1);
            value = (uint32_t)bytes;
            table[HASH(value)] = SLOT(value, at - 1);
            value = (uint32_t)(bytes >> 8);
            hash = HASH(value);
            slot = table[hash];
            table[hash] = SLOT(value, at);
        } while (fits(slot, value, at, WINDOW_SIZE));
        value = (uint32_t)(bytes >> 16);
        hash = HASH(value);
        at++;
    }
rest:
    add_rest(&found, block, data + emitted, end - emitted);
}

DEFINE_SEARCH(search126, run)
