/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How Go 1.27 finds matches at level 2 (level2.go, fastEncL2.encode): as at level 1, with a larger
 * table, into which more places of a match go.
 */
#include "match127.h"

#define HASH(bytes) HASH5(bytes, 17)
#define STEP 2
#define SKIP_SHIFT 5
#define INDEX_STEP 7

static ALWAYS_INLINE void run(const struct search *search, struct block *block)
{
    const uint8_t *const data = search->data;
    uint32_t *const table = search->table;
    const uint32_t end = search->end;
    const uint32_t limit = end - INPUT_MARGIN;
    struct found found = {block->literal, block->sequence};
    uint32_t emitted = search->start;
    uint32_t at = search->start;
    uint64_t bytes = load64(data + at);

    for (;;) {
        uint32_t earlier, next;
        for (;;) {
            uint32_t hash = HASH(bytes);
            next = at + STEP + ((at - emitted) >> SKIP_SHIFT);
            if (UNLIKELY(next > limit))
                goto rest;
            earlier = table[hash];
            uint64_t ahead = load64(data + next);
            table[hash] = at;
            hash = HASH(ahead);
            if (fits_place(data, earlier, (uint32_t)bytes, at, REACH)) {
                table[hash] = next;
                break;
            }
            bytes = ahead;
            at = next;
            next++;
            earlier = table[hash];
            table[hash] = at;
            if (fits_place(data, earlier, (uint32_t)bytes, at, REACH))
                break;
            bytes = ahead >> 8;
            at = next;
        }
        for (;;) {
            uint32_t length = full_length(data, at, earlier, end);
            uint32_t matched = at + length;
            length = take_match(&found, search, emitted, at, length, at - earlier);
            emitted = matched;
            at = next >= matched ? next + 1 : matched;
            if (UNLIKELY(at >= limit)) {
                if (at + length + 8 < end)
                    table[HASH(load64(data + at))] = at;
                goto rest;
            }
            for (uint32_t i = at - length + 2; i < at - 5; i += INDEX_STEP) {
                bytes = load64(data + i);
                table[HASH(bytes)] = i;
                table[HASH(bytes >> 16)] = i + 2;
                /* Only four of the five bytes are there; Go takes a zero for the last. */
                table[HASH(bytes >> 32)] = i + 4;
            }
            bytes = load64(data + at - 2);
            table[HASH(bytes)] = at - 2;
            table[HASH(bytes >> 8)] = at - 1;
            bytes >>= 16;
            uint32_t hash = HASH(bytes);
            earlier = table[hash];
            table[hash] = at;
            if (!fits_place(data, earlier, (uint32_t)bytes, at, WINDOW_SIZE)) {
                bytes >>= 8;
                at++;
                break;
            }
        }
    }
rest:
    add_rest(&found, block, data + emitted, end - emitted);
}

DEFINE_SEARCH(search127_2, run)
