/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How Go 1.27 finds matches at level 3 (level3.go, fastEncL3.encode): a table with the last two
 * places for each hash of five bytes; of two matches the longer is taken.
 */
#include "match127.h"

#define HASH(bytes) HASH5(bytes, 16)
#define SKIP_SHIFT 7
#define INDEX_STEP 6
#define NEARER_REACH (WINDOW_SIZE - 4)
#define NEAREST_REACH (WINDOW_SIZE - 5)

static ALWAYS_INLINE void run(const struct search *search, struct block *block)
{
    const uint8_t *const data = search->data;
    struct last_two *const table = search->table;
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
            struct last_two last = push_place(&table[HASH(bytes)], at);
            uint32_t value = (uint32_t)bytes;
            if (at - last.place <= NEARER_REACH) {
                if (load32(data + last.place) == value) {
                    earlier = last.place;
                    if (fits_place(data, last.before, value, at, NEARER_REACH) &&
                        full_length(data, at, last.before, end) >
                            full_length(data, at, earlier, end))
                        earlier = last.before;
                    break;
                }
                if (fits_place(data, last.before, value, at, NEAREST_REACH)) {
                    earlier = last.before;
                    break;
                }
            }
            bytes = load64(data + next);
            at = next;
        }
        for (;;) {
            uint32_t length = full_length(data, at, earlier, end);
            uint32_t distance = at - earlier;
            uint32_t matched = at + length;
            length = take_match(&found, search, emitted, at, length, distance);
            emitted = matched;
            at = next >= matched ? next + 1 : matched;
            if (UNLIKELY(at >= limit)) {
                /* Go indexes the end of what was copied, not the end of the copy. */
                uint32_t copied = matched - distance;
                if (copied + 8 < end)
                    push_place(&table[HASH(load64(data + copied))], copied);
                goto rest;
            }
            for (uint32_t i = at - length + 2; i < at - 5; i += INDEX_STEP)
                push_place(&table[HASH(load64(data + i))], i);
            bytes = load64(data + at - 2);
            push_place(&table[HASH(bytes)], at - 2);
            push_place(&table[HASH(bytes >> 8)], at - 1);
            bytes >>= 16;
            struct last_two last = push_place(&table[HASH(bytes)], at);
            if (at - last.place <= NEAREST_REACH) {
                if (load32(data + last.place) == (uint32_t)bytes) {
                    earlier = last.place;
                    continue;
                }
                if (fits_place(data, last.before, (uint32_t)bytes, at, NEAREST_REACH)) {
                    earlier = last.before;
                    continue;
                }
            }
            bytes >>= 8;
            at++;
            break;
        }
    }
rest:
    add_rest(&found, block, data + emitted, end - emitted);
}

DEFINE_SEARCH(search127_3, run)
