/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How SpeedBetterCompression finds matches (enc_better.go): the table of 8-byte sequences has two
 * places in a slot, a short match gives way to a long one at the next place, and where a match ends
 * another may have begun that is longer.
 */
#include "zstd_match.h"

#define SHORT_BITS 13
#define LONG_BITS 19
#define HASH_SHORT(value) ZSTD_HASH5(value, SHORT_BITS)
#define HASH_LONG(value) ZSTD_HASH8(value, LONG_BITS)
#define INPUT_MARGIN 10
#define MIN_SEARCHED 16
#define STEP_SHIFT 8
#define OWN_OFFSETS 2
/* How many bytes at its beginning a match may lack that is found at the end of another. */
#define SKIP_BEGINNING 3

static ZSTD_INLINE void push(uint64_t *slot, uint32_t place)
{
    *slot = ZSTD_PAIR(place, ZSTD_PAIR_PLACE(*slot));
}

/* Enter every second place, from `from` to what is before `end` but one. */
static ZSTD_INLINE void index_places(const struct zstd_search *search, uint32_t from, uint32_t end)
{
    const uint8_t *const data = search->history;
    uint64_t *const table = search->table;
    uint64_t *const long_table = search->long_table;
    for (; from + 1 < end; from += 2) {
        const uint64_t value = load64(data + from);
        push(long_table + HASH_LONG(value), from + search->cur);
        table[HASH_SHORT(value >> 8)] = ZSTD_SLOT(value >> 8, from + 1 + search->cur);
    }
}

/* The length of a match of eight bytes or more, or 0. */
static ZSTD_INLINE uint32_t long_match(const struct zstd_search *search, uint32_t at,
                                       uint32_t there, uint32_t far_at, uint64_t value)
{
    if (far_at - there >= search->window || load64(search->history + there) != value)
        return 0;
    return 8 + zstd_common(search->history, at + 8, there + 8, search->end);
}

/* A match that lies as far before `place` as the best one is long: is it longer? */
static ZSTD_INLINE void match_by_end(const struct zstd_search *search, uint32_t place, uint32_t at,
                                     uint32_t *matched, uint32_t *best_at, uint32_t *best_there)
{
    const uint8_t *const data = search->history;
    const int64_t there = (int64_t)(int32_t)(place - search->cur) - *matched + SKIP_BEGINNING;
    if (there < 0 || there >= at || at - there >= search->window)
        return;
    if (load32(data + there) != load32(data + at))
        return;
    uint32_t length = 4 + zstd_common(data, at + 4, (uint32_t)there + 4, search->end);
    if (length > *matched) {
        *best_there = (uint32_t)there;
        *best_at = at;
        *matched = length;
    }
}

static ZSTD_INLINE void run(const struct zstd_search *search, struct zstd_batch *batch)
{
    if (zstd_add_repeated(search, batch))
        return;
    if (search->end - search->start < MIN_SEARCHED) {
        zstd_add_short(search, batch);
        return;
    }
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
        uint32_t there, matched, indexed;
        const bool can_repeat = found.sequence > own;
        for (;;) {
            uint64_t *const long_slot = long_table + HASH_LONG(value);
            uint64_t *const slot = table + HASH_SHORT(value);
            const uint64_t long_candidate = *long_slot;
            const uint64_t candidate = *slot;
            push(long_slot, at + cur);
            *slot = ZSTD_SLOT(value, at + cur);
            indexed = at + 1;

            if (can_repeat) {
                uint32_t repeat = at - offset1 + 1;
                if (load32(data + repeat) == (uint32_t)(value >> 8)) {
                    uint32_t length = 4 + zstd_common(data, at + 5, repeat + 4, end);
                    uint32_t start = at + 1;
                    uint32_t next = start + length;
                    const uint32_t floor = zstd_floor(at, window);
                    while (repeat > floor && start > emitted + 1 &&
                           data[repeat - 1] == data[start - 1] && length < ZSTD_MAX_MATCH - 1) {
                        repeat--;
                        start--;
                        length++;
                    }
                    zstd_add(&found, data + emitted, start - emitted, length, 1);
                    at = next;
                    emitted = at;
                    if (at >= limit)
                        goto done;
                    index_places(search, indexed, at);
                    value = load64(data + at);
                    continue;
                }
            }
            const uint32_t place = ZSTD_PAIR_PLACE(long_candidate) - cur;
            const uint32_t before = ZSTD_PAIR_BEFORE(long_candidate) - cur;
            matched = long_match(search, at, place, at, value);
            there = place;
            const uint32_t matched_before = long_match(search, at, before, at, value);
            if (matched_before > matched) {
                matched = matched_before;
                there = before;
            }
            if (matched)
                break;

            const uint32_t short_place = ZSTD_SLOT_PLACE(candidate) - cur;
            if (at - short_place < window && ZSTD_SLOT_VALUE(candidate) == (uint32_t)value) {
                matched = 4 + zstd_common(data, at + 4, short_place + 4, end);
                there = short_place;
                /* A long match at the next place is better, if it is longer. */
                const uint64_t next_value = load64(data + at + 1);
                uint64_t *const next_slot = long_table + HASH_LONG(next_value);
                const uint64_t next = *next_slot;
                push(next_slot, at + 1 + cur);
                const uint32_t next_place = ZSTD_PAIR_PLACE(next) - cur;
                const uint32_t next_before = ZSTD_PAIR_BEFORE(next) - cur;
                uint32_t length = long_match(search, at + 1, next_place, at, next_value);
                if (length > matched) {
                    there = next_place;
                    at++;
                    matched = length;
                    break;
                }
                length = long_match(search, at + 1, next_before, at, next_value);
                if (length > matched) {
                    there = next_before;
                    at++;
                    matched = length;
                }
                break;
            }
            at += 1 + ((at - emitted) >> STEP_SHIFT);
            if (at >= limit)
                goto done;
            value = load64(data + at);
        }

        if (at + matched < limit) {
            const uint64_t pair = long_table[HASH_LONG(load64(data + at + matched))];
            /* As in Go, the second look begins where the first has found something. */
            const uint32_t later = at + SKIP_BEGINNING;
            match_by_end(search, ZSTD_PAIR_PLACE(pair), later, &matched, &at, &there);
            match_by_end(search, ZSTD_PAIR_BEFORE(pair), later, &matched, &at, &there);
        }
        offset2 = offset1;
        offset1 = at - there;
        const uint32_t floor = zstd_floor(at, window);
        while (there > floor && at > emitted && data[there - 1] == data[at - 1] &&
               matched < ZSTD_MAX_MATCH) {
            at--;
            there--;
            matched++;
        }
        zstd_add(&found, data + emitted, at - emitted, matched, offset1 + ZSTD_REPEATS);
        at += matched;
        emitted = at;
        if (at >= limit)
            break;
        index_places(search, indexed, at);
        value = load64(data + at);
        if (!can_repeat)
            continue;
        while (load32(data + at - offset2) == (uint32_t)value) {
            const uint32_t length = 4 + zstd_common(data, at + 4, at - offset2 + 4, end);
            push(long_table + HASH_LONG(value), at + cur);
            table[HASH_SHORT(value)] = ZSTD_SLOT(value, at + cur);
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

ZSTD_DEFINE_SEARCH(zstd_better, run)
