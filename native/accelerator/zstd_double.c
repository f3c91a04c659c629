/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How SpeedDefault finds matches (enc_dfast.go): two tables, of 5-byte and of 8-byte sequences; of
 * either, four bytes are compared.
 */
#include "zstd_match.h"

#define SHORT_BITS 15
#define LONG_BITS 17
#define HASH_SHORT(value) ZSTD_HASH5(value, SHORT_BITS)
#define HASH_LONG(value) ZSTD_HASH8(value, LONG_BITS)
#define INPUT_MARGIN 10
#define MIN_SEARCHED 16
#define STEP_SHIFT 7
#define OWN_OFFSETS 2

static ZSTD_INLINE void search_block(const struct zstd_search *search, struct zstd_batch *batch,
                                     const bool is_whole)
{
    const uint8_t *const data = search->history;
    uint64_t *const table = search->table;
    uint64_t *const long_table = search->long_table;
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
        bool can_repeat = found.sequence > own;
        for (;;) {
            uint64_t *const long_slot = long_table + HASH_LONG(value);
            uint64_t *const slot = table + HASH_SHORT(value);
            const uint64_t long_candidate = *long_slot;
            const uint64_t candidate = *slot;
            *long_slot = *slot = ZSTD_SLOT(value, at + cur);

            if (can_repeat) {
                uint32_t repeat = at - offset1 + 1;
                if (load32(data + repeat) == (uint32_t)(value >> 8)) {
                    uint32_t length = 4 + zstd_common(data, at + 5, repeat + 4, end);
                    uint32_t start = at + 1;
                    uint32_t next = start + length;
                    const uint32_t floor = zstd_floor(at, window);
                    while (repeat > floor && start > emitted + 1 &&
                           data[repeat - 1] == data[start - 1] &&
                           (is_whole || length < ZSTD_MAX_MATCH - 1)) {
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
            const uint32_t long_place = ZSTD_SLOT_PLACE(long_candidate) - cur;
            if (at - long_place < window && ZSTD_SLOT_VALUE(long_candidate) == (uint32_t)value) {
                there = long_place;
                break;
            }
            const uint32_t place = ZSTD_SLOT_PLACE(candidate) - cur;
            if (at - place < window && ZSTD_SLOT_VALUE(candidate) == (uint32_t)value) {
                /* A long match at the next place is better. */
                const uint64_t next_value = load64(data + at + 1);
                uint64_t *const next_slot = long_table + HASH_LONG(next_value);
                const uint64_t next = *next_slot;
                const uint32_t next_place = ZSTD_SLOT_PLACE(next) - cur;
                *next_slot = ZSTD_SLOT(next_value, at + 1 + cur);
                there = place;
                if (at + 1 - next_place < window &&
                    ZSTD_SLOT_VALUE(next) == (uint32_t)next_value) {
                    there = next_place;
                    at++;
                }
                break;
            }
            at += 1 + ((at - emitted) >> STEP_SHIFT);
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
        const uint32_t second = at + 1;
        at += length;
        emitted = at;
        if (at >= limit)
            break;

        const uint64_t value0 = load64(data + second);
        const uint64_t value1 = load64(data + at - 2);
        long_table[HASH_LONG(value0)] = ZSTD_SLOT(value0, second + cur);
        long_table[HASH_LONG(value1)] = ZSTD_SLOT(value1, at - 2 + cur);
        table[HASH_SHORT(value0 >> 8)] = ZSTD_SLOT(value0 >> 8, second + 1 + cur);
        table[HASH_SHORT(value1 >> 8)] = ZSTD_SLOT(value1 >> 8, at - 1 + cur);
        value = load64(data + at);

        if (is_whole)
            can_repeat = found.sequence > own;
        if (!can_repeat)
            continue;
        while (load32(data + at - offset2) == (uint32_t)value) {
            length = 4 + zstd_common(data, at + 4, at - offset2 + 4, end);
            const uint64_t slot = ZSTD_SLOT(value, at + cur);
            long_table[HASH_LONG(value)] = slot;
            /* EncodeNoHist hashes what was there before the first of these matches. */
            table[is_whole ? HASH_SHORT(value1 >> 16) : HASH_SHORT(value)] = slot;
            zstd_add(&found, data + at, 0, length, 1);
            at += length;
            emitted = at;
            const uint32_t offset = offset1;
            offset1 = offset2;
            offset2 = offset;
            if (at >= limit)
                goto done;
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

ZSTD_DEFINE_SEARCH(zstd_double, run)
