/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How Go 1.27 finds matches at BestSpeed (level1.go, fastEncL1.encode): a table of 5-byte
 * sequences, of which four are compared; every second place is looked at.
 */
#include "match127.h"

#define HASH(bytes) HASH5(bytes, 15)
#define STEP 2
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
    uint64_t bytes = load64(data + at);

    for (;;) {
        uint64_t slot;
        uint32_t next;
        for (;;) {
            uint32_t hash = HASH(bytes);
            slot = table[hash];
            next = at + STEP + ((at - emitted) >> SKIP_SHIFT);
            if (UNLIKELY(next > limit))
                goto rest;
            uint64_t ahead = load64(data + next);
            table[hash] = SLOT(bytes, at);
            hash = HASH(ahead);
            if (fits(slot, (uint32_t)bytes, at, REACH)) {
                table[hash] = SLOT(ahead, next);
                break;
            }
            bytes = ahead;
            at = next;
            next++;
            slot = table[hash];
            ahead >>= 8;
            table[hash] = SLOT(bytes, at);
            if (fits(slot, (uint32_t)bytes, at, REACH)) {
                /* Go stores the next place here, under the hash of this one. */
                table[hash] = SLOT(ahead, next);
                break;
            }
            bytes = ahead;
            at = next;
        }
        for (;;) {
            uint32_t distance = at - SLOT_PLACE(slot);
            uint32_t length = full_length(data, at, at - distance, end);
            uint32_t matched = at + length;
            length = take_match(&found, search, emitted, at, length, distance);
            emitted = matched;
            at = next >= matched ? next + 1 : matched;
            if (UNLIKELY(at >= limit)) {
                if (at + length + 8 < end) {
                    bytes = load64(data + at);
                    table[HASH(bytes)] = SLOT(bytes, at);
                }
                goto rest;
            }
            bytes = load64(data + at - 2);
            table[HASH(bytes)] = SLOT(bytes, at - 2);
            bytes >>= 16;
            uint32_t hash = HASH(bytes);
            slot = table[hash];
            table[hash] = SLOT(bytes, at);
            if (!fits(slot, (uint32_t)bytes, at, WINDOW_SIZE)) {
                bytes >>= 8;
                at++;
                break;
            }
        }
    }
rest:
    add_rest(&found, block, data + emitted, end - emitted);
}

DEFINE_SEARCH(search127, run)
