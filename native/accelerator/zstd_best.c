/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How SpeedBestCompression finds matches (enc_best.go): each of many candidates is weighed by the
 * bits that it would take and save.
 */
#include "zstd_match.h"

#define SHORT_BITS 18
#define LONG_BITS 22
#define HASH_SHORT(value) ZSTD_HASH4(value, SHORT_BITS)
#define HASH_LONG(value) ZSTD_HASH8(value, LONG_BITS)
#define INPUT_MARGIN 12
#define MIN_SEARCHED 16
#define STEP_SHIFT 9
#define OWN_OFFSETS 2
#define GOOD_ENOUGH 250
#define SKIP_BEGINNING 2
#define HIGH_SCORE (ZSTD_MAX_MATCH * 8)
/* Added to the number of a repeated offset if no literal is in front: then it is another offset. */
#define AFTER_MATCH 4

struct match {
    int32_t there;
    int32_t at;
    int32_t length;
    int32_t repeat; /* of which of the last offsets; -1: of none; 0: there is no match */
    int32_t estimate;
};

struct finder {
    const uint8_t *data;
    int32_t window;
    int32_t end;
    int32_t emitted;
    int32_t bits_per_byte; /* times 1024 */
    /* Bits for a match by the codes of its length and offset, with the predefined tables. */
    uint8_t length_cost[ZSTD_MAX_CODES];
    uint8_t offset_cost[32];
};

/*
 * math.Log2 of a number between 0 and 1, and math.Log: each operation is rounded on its own, as on
 * amd64; no compiler may fuse them.
 */
static double go_log(double value)
{
    int exponent = 0;
    double fraction = value;
    if (fraction < 0.70710678118654752440) {
        fraction *= 2;
        exponent--;
    }
    const double f = fraction - 1;
    const double k = exponent;
    const double s = f / (2 + f);
    const double s2 = s * s;
    const double s4 = s2 * s2;
    const double t1 =
        s2 * (6.666666666666735130e-01 +
              s4 * (2.857142874366239149e-01 +
                    s4 * (1.818357216161805012e-01 + s4 * 1.479819860511658591e-01)));
    const double t2 =
        s4 * (3.999999999940941908e-01 +
              s4 * (2.222219843214978396e-01 + s4 * 1.531383769920937332e-01));
    const double half = 0.5 * f * f;
    return k * 6.93147180369123816490e-01 -
           ((half - (s * (half + (t1 + t2)) + k * 1.90821492927058770002e-10)) - f);
}

static double go_log2(double value)
{
    int exponent = 0;
    while (value < 0.5) {
        value *= 2;
        exponent--;
    }
    if (value == 0.5)
        return exponent - 1;
    return go_log(value) * 1.44269504088896340735992468100189214 + exponent;
}

static double ceiling(double value)
{
    const double whole = (double)(int64_t)value;
    return whole < value ? whole + 1 : whole;
}

/* How many bits an entropy coder needs for the bytes (compress.ShannonEntropyBits). */
static int64_t entropy_bits(const uint8_t *data, uint32_t size)
{
    uint32_t count[256] = {0};
    for (uint32_t i = 0; i < size; i++)
        count[data[i]]++;
    const double share = 1.0 / (double)size;
    double bits = 0;
    for (int i = 0; i < 256; i++) {
        if (count[i]) {
            const double n = count[i];
            bits += ceiling(-go_log2(n * share) * n);
        }
    }
    return (int64_t)bits;
}

static ZSTD_INLINE uint32_t length_code(uint32_t length)
{
    return zstd_length_code(length - ZSTD_MIN_MATCH);
}

/* The bits that a match costs, less those that its bytes would take as literals (estBits). */
static ZSTD_INLINE void estimate(const struct finder *finder, struct match *match)
{
    uint32_t offset = match->repeat < 0 ? (uint32_t)(match->at - match->there) + ZSTD_REPEATS
                                        : (uint32_t)match->repeat & 3;
    match->estimate = finder->offset_cost[zstd_high_bit(offset)] +
                      finder->length_cost[length_code((uint32_t)match->length)];
    match->estimate -= (int32_t)((int64_t)match->length * finder->bits_per_byte >> 10);
    if (match->estimate > 0) {
        match->length = 0;
        match->estimate = HIGH_SCORE;
    }
}

/* Take a match instead of the best one if it is better. */
static ZSTD_INLINE void improve(const struct finder *finder, struct match *best, int32_t there,
                                int32_t at, uint32_t first, int32_t repeat)
{
    const uint8_t *const data = finder->data;
    const int32_t delta = at - there;
    if (delta >= finder->window || delta <= 0 || load32(data + there) != first)
        return;
    if (best->length > 16) {
        /* A long match is rejected soon if bytes near its end differ. */
        const int32_t left = finder->end - (best->at + best->length);
        if (left <= 0)
            return;
        const int32_t checked = best->length - (at - best->at) - 8;
        if (left > 2 && checked > 4 &&
            load32(data + there + checked) != load32(data + at + checked))
            return;
    }
    int32_t length = 4 + (int32_t)zstd_common(data, (uint32_t)at + 4, (uint32_t)there + 4,
                                              (uint32_t)finder->end);
    if (best->repeat <= 0) {
        const int32_t floor = (int32_t)zstd_floor((uint32_t)at, (uint32_t)finder->window);
        while (there > floor && at > finder->emitted && data[there - 1] == data[at - 1] &&
               length < ZSTD_MAX_MATCH) {
            at--;
            there--;
            length++;
        }
    }
    struct match candidate = {.there = there, .at = at, .length = length, .repeat = repeat};
    estimate(finder, &candidate);
    if (best->estimate >= HIGH_SCORE ||
        candidate.estimate - best->estimate +
                (int32_t)((int64_t)(candidate.at - best->at) * finder->bits_per_byte >> 10) <
            0)
        *best = candidate;
}

/* Enter every place from `from` up to, not including, `end`. */
static ZSTD_INLINE void index_places(const struct zstd_search *search, int32_t from, int32_t end)
{
    uint64_t *const table = search->table;
    uint64_t *const long_table = search->long_table;
    for (; from < end; from++) {
        const uint64_t value = load64(search->history + from);
        uint64_t *const long_slot = long_table + HASH_LONG(value);
        uint64_t *const slot = table + HASH_SHORT(value);
        const uint32_t place = (uint32_t)from + search->cur;
        *long_slot = ZSTD_PAIR(place, ZSTD_PAIR_PLACE(*long_slot));
        *slot = ZSTD_PAIR(place, ZSTD_PAIR_PLACE(*slot));
    }
}

static void prepare(struct finder *finder, const struct zstd_search *search)
{
    const uint32_t size = search->end - search->start;
    finder->data = search->history;
    finder->window = (int32_t)search->window;
    finder->end = (int32_t)search->end;
    finder->emitted = (int32_t)search->start;
    finder->bits_per_byte =
        (int32_t)(entropy_bits(search->history + search->start, size) * 1024 / size);
    if (finder->bits_per_byte < 1024)
        finder->bits_per_byte = 1024; /* a Huffman code has a bit at least */
    zstd_predefined_costs(finder->length_cost, finder->offset_cost);
}

#define PLACE(pair) ((int32_t)(ZSTD_PAIR_PLACE(pair) - cur))
#define BEFORE(pair) ((int32_t)(ZSTD_PAIR_BEFORE(pair) - cur))

static ZSTD_INLINE void run(const struct zstd_search *search, struct zstd_batch *batch)
{
    if (zstd_add_repeated(search, batch))
        return;
    if (search->end - search->start < MIN_SEARCHED) {
        zstd_add_short(search, batch);
        return;
    }
    struct finder finder;
    prepare(&finder, search);
    const uint8_t *const data = search->history;
    uint64_t *const table = search->table;
    uint64_t *const long_table = search->long_table;
    const uint32_t cur = search->cur;
    const int32_t limit = (int32_t)search->end - INPUT_MARGIN;
    const struct zstd_sequence *const own = batch->sequence + OWN_OFFSETS;
    struct zstd_found found = {batch->literal, batch->sequence};
    int32_t at = (int32_t)search->start;
    int32_t offset1 = 0, offset2 = 0, offset3 = 0;

    for (;;) {
        const bool can_repeat = found.sequence > own;
        uint64_t value = load64(data + at);
        const uint32_t first = (uint32_t)value;
        uint64_t *const long_slot = long_table + HASH_LONG(value);
        uint64_t *const slot = table + HASH_SHORT(value);
        const uint64_t long_candidate = *long_slot;
        const uint64_t candidate = *slot;

        struct match best = {.at = at, .estimate = HIGH_SCORE};
        improve(&finder, &best, PLACE(long_candidate), at, first, -1);
        improve(&finder, &best, BEFORE(long_candidate), at, first, -1);
        improve(&finder, &best, PLACE(candidate), at, first, -1);
        improve(&finder, &best, BEFORE(candidate), at, first, -1);

        if (can_repeat && best.length < GOOD_ENOUGH) {
            if (at == finder.emitted) {
                improve(&finder, &best, at - offset2, at, first, AFTER_MATCH | 1);
                improve(&finder, &best, at - offset3, at, first, AFTER_MATCH | 2);
                if (offset1 > 1)
                    improve(&finder, &best, at - (offset1 - 1), at, first, AFTER_MATCH | 3);
            }
            if (best.repeat <= 0) {
                int32_t next = at + 1;
                uint32_t bytes = (uint32_t)(value >> 8);
                improve(&finder, &best, next - offset1, next, bytes, 1);
                improve(&finder, &best, next - offset2, next, bytes, 2);
                improve(&finder, &best, next - offset3, next, bytes, 3);
                if (best.repeat < 0) {
                    bytes = (uint32_t)(value >> 24);
                    next += 2;
                    improve(&finder, &best, next - offset1, next, bytes, 1);
                    improve(&finder, &best, next - offset2, next, bytes, 2);
                    improve(&finder, &best, next - offset3, next, bytes, 3);
                }
            }
        }
        *long_slot = ZSTD_PAIR((uint32_t)at + cur, ZSTD_PAIR_PLACE(long_candidate));
        *slot = ZSTD_PAIR((uint32_t)at + cur, ZSTD_PAIR_PLACE(candidate));
        const int32_t indexed = at + 1;

        if (best.length < GOOD_ENOUGH) {
            if (best.length < 4) {
                at += 1 + ((at - finder.emitted) >> STEP_SHIFT);
                if (at >= limit)
                    break;
                continue;
            }
            const uint64_t candidate1 = table[HASH_SHORT(value >> 8)];
            value = load64(data + at + 1);
            const uint64_t value2 = load64(data + at + 2);
            const uint64_t long1 = long_table[HASH_LONG(value)];
            const uint64_t long2 = long_table[HASH_LONG(value2)];
            improve(&finder, &best, PLACE(candidate1), at + 1, (uint32_t)value, -1);
            improve(&finder, &best, PLACE(long1), at + 1, (uint32_t)value, -1);
            improve(&finder, &best, BEFORE(long1), at + 1, (uint32_t)value, -1);
            improve(&finder, &best, PLACE(long2), at + 2, (uint32_t)value2, -1);
            improve(&finder, &best, BEFORE(long2), at + 2, (uint32_t)value2, -1);

            /* What stands where the best match ends may end a longer one. */
            const int32_t match_end = best.at + best.length;
            if (best.at > at - SKIP_BEGINNING && match_end < limit) {
                const uint64_t pair = long_table[HASH_LONG(load64(data + match_end))];
                int32_t there = PLACE(pair) - best.length + SKIP_BEGINNING;
                if (there >= 0) {
                    int32_t later = best.at + SKIP_BEGINNING;
                    improve(&finder, &best, there, later, load32(data + later), -1);
                    there = BEFORE(pair) - best.length + SKIP_BEGINNING;
                    if (there >= 0) {
                        later = best.at + SKIP_BEGINNING;
                        improve(&finder, &best, there, later, load32(data + later), -1);
                    }
                }
            }
        }

        at = best.at;
        const uint32_t literals = (uint32_t)(at - finder.emitted);
        if (best.repeat > 0) {
            zstd_add(&found, data + finder.emitted, literals, (uint32_t)best.length,
                     (uint32_t)best.repeat & 3);
            at += best.length;
            finder.emitted = at;
            index_places(search, indexed, at < limit + 4 ? at : limit + 4);
            const int32_t last = offset1;
            switch (best.repeat) {
            case 2:
            case AFTER_MATCH | 1:
                offset1 = offset2;
                offset2 = last;
                break;
            case 3:
            case AFTER_MATCH | 2:
                offset1 = offset3;
                offset3 = offset2;
                offset2 = last;
                break;
            case AFTER_MATCH | 3:
                offset1 = last - 1;
                offset3 = offset2;
                offset2 = last;
                break;
            default:
                break;
            }
        } else {
            offset3 = offset2;
            offset2 = offset1;
            offset1 = at - best.there;
            zstd_add(&found, data + finder.emitted, literals, (uint32_t)best.length,
                     (uint32_t)offset1 + ZSTD_REPEATS);
            at += best.length;
            finder.emitted = at;
            index_places(search, indexed, at < limit - 4 ? at : limit - 4);
        }
        if (at >= limit)
            break;
    }
    zstd_add_rest(&found, batch, data + finder.emitted, (uint32_t)(finder.end - finder.emitted));
}

ZSTD_DEFINE_SEARCH(zstd_best, run)
