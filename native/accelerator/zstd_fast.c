/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How SpeedFastest finds matches (enc_fast.go): a table of 6-byte sequences, two places a step, and
 * ever longer steps where nothing is found.
 */
#include "zstd_match.h"

#define TABLE_BITS 15
#define HASH(value) ZSTD_HASH6(value, TABLE_BITS)
#define INPUT_MARGIN 8
#define MIN_SEARCHED 10 /* minNonLiteralBlockSize */
#define STEP 2
#define STEP_SHIFT 5
/* Repeated offsets are not those of another block, once a block has so many of its own. */
#define OWN_OFFSETS 2

static ZSTD_INLINE void search_block(const struct zstd_search *search, struct zstd_batch *batch,
                                     const bool is_whole)
{
    const uint8_t *const data = search->history;
    uint64_t *const table = search->table;
    const uint32_t cur = search->cur;
    const uint32_t window = search->window;
    const uint32_t end = search->end;
    const uint32_t limit = end - INPUT_MARGIN;
    const struct zstd_sequence *const own = batch->sequence + OWN_OFFSETS;
    struct zstd_found found = {batch->literal, batch->sequence};
    uint32_t at = search->start;
    uint32_t emitted = at;
    uint64_t value = load64(data + at);
    uint32_t offset1 = 0, offset2 = 0;

    for (;;) {
        uint32_t there;
        /* EncodeNoHist looks again where Encode still has the answer of before the last match. */
        bool can_repeat = found.sequence > own;
        for (;;) {
            uint64_t *const slot = table + HASH(value);
            uint64_t *const slot2 = table + HASH(value >> 8);
            const uint64_t candidate = *slot;
            const uint64_t candidate2 = *slot2;
            *slot = ZSTD_SLOT(value, at + cur);
            *slot2 = ZSTD_SLOT(value >> 8, at + cur + 1);

            if (can_repeat) {
                uint32_t repeat = at - offset1 + 2;
                if (load32(data + repeat) == (uint32_t)(value >> 16)) {
                    uint32_t length = 4 + zstd_common(data, at + 6, repeat + 4, end);
                    uint32_t start = at + 2;
                    uint32_t next = start + length;
                    const uint32_t floor = zstd_floor(at, window);
                    /* It ends one early, so that there is a literal: offsets are others else. */
                    while (repeat > floor && start > emitted + 1 &&
                           data[repeat - 1] == data[start - 1] &&
                           (is_whole || length < ZSTD_MAX_MATCH)) {
                        repeat--;
                        start--;
                        length++;
                    }
                    zstd_add(&found, data + emitted, start - emitted, length, 1);
                    at = next;
                    emitted = at;
                    if (at >= limit)
                        goto done;
                    value = load64(data + at);
                    continue;
                }
            }
            const uint32_t place = ZSTD_SLOT_PLACE(candidate) - cur;
            if (at - place < window && ZSTD_SLOT_VALUE(candidate) == (uint32_t)value) {
                there = place;
                break;
            }
            const uint32_t place2 = ZSTD_SLOT_PLACE(candidate2) - cur;
            if (at + 1 - place2 < window && ZSTD_SLOT_VALUE(candidate2) == (uint32_t)(value >> 8)) {
                there = place2;
                at++;
                break;
            }
            at += STEP + ((at - emitted) >> STEP_SHIFT);
            if (at >= limit)
                goto done;
            value = load64(data + at);
        }
        offset2 = offset1;
        offset1 = at - there;
        uint32_t length = 4 + zstd_common(data, at + 4, there + 4, end);
        const uint32_t floor = zstd_floor(at, window);
        while (there > floor && at > emitted && data[there - 1] == data[at - 1] &&
               (is_whole || length < ZSTD_MAX_MATCH)) {
            at--;
            there--;
            length++;
        }
        zstd_add(&found, data + emitted, at - emitted, length, offset1 + ZSTD_REPEATS);
        at += length;
        emitted = at;
        if (at >= limit)
            break;
        value = load64(data + at);

        if (is_whole)
            can_repeat = found.sequence > own;
        if (can_repeat && load32(data + at - offset2) == (uint32_t)value) {
            length = 4 + zstd_common(data, at + 4, at - offset2 + 4, end);
            table[HASH(value)] = ZSTD_SLOT(value, at + cur);
            zstd_add(&found, data + at, 0, length, 1);
            at += length;
            emitted = at;
            const uint32_t offset = offset1;
            offset1 = offset2;
            offset2 = offset;
            if (at >= limit)
                break;
            value = load64(data + at);
        }
    }
done:
    zstd_add_rest(&found, batch, data + emitted, end - emitted);
}

static ZSTD_INLINE void run(const struct zstd_search *search, struct zstd_batch *batch)
{
    if (search->end - search->start < MIN_SEARCHED)
        zstd_add_short(search, batch);
    else if (search->is_whole)
        search_block(search, batch, true);
    else
        search_block(search, batch, false);
}

ZSTD_DEFINE_SEARCH(zstd_fast, run)
