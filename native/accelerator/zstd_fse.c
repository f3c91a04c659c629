/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * Tables of finite state entropy coding (fse_encoder.go; fse/compress.go does the same).
 */
#include "zstd.h"

#define MIN_TABLE_BITS 5
#define LOW_PROBABILITY (-1)
#define NOT_YET_ASSIGNED (-2)

/* Above which remainder a small probability is rounded up (rtbTable). */
static const uint32_t rest_to_beat[] = {0, 473195, 504333, 520860, 550000, 700000, 750000, 830000};

/* The method for when the usual one leaves too much to one symbol (normalizeCount2). */
static bool normalize_otherwise(int16_t *norm, const uint32_t *count, uint32_t symbols,
                                uint32_t total, uint32_t bits)
{
    const uint32_t low_threshold = total >> bits;
    uint32_t low_one = (total * 3) >> (bits + 1);
    uint32_t distributed = 0;
    for (uint32_t i = 0; i < symbols; i++) {
        if (count[i] == 0) {
            norm[i] = 0;
        } else if (count[i] <= low_one) {
            norm[i] = count[i] <= low_threshold ? LOW_PROBABILITY : 1;
            distributed++;
            total -= count[i];
        } else {
            norm[i] = NOT_YET_ASSIGNED;
        }
    }
    uint32_t left = (1u << bits) - distributed;
    if (left == 0)
        return false; /* Go divides by it */
    if (total / left > low_one) {
        low_one = (total * 3) / (left * 2);
        for (uint32_t i = 0; i < symbols; i++) {
            if (norm[i] == NOT_YET_ASSIGNED && count[i] <= low_one) {
                norm[i] = 1;
                distributed++;
                total -= count[i];
            }
        }
        left = (1u << bits) - distributed;
    }
    if (distributed == symbols + 1) {
        uint32_t largest = 0;
        for (uint32_t i = 1; i < symbols; i++)
            if (count[i] > count[largest])
                largest = i;
        norm[largest] = (int16_t)(norm[largest] + (int16_t)left);
        return true;
    }
    if (total == 0) {
        bool is_any = false;
        for (uint32_t i = 0; i < symbols; i++)
            is_any = is_any || norm[i] > 0;
        if (!is_any && left)
            return false; /* Go would go round for ever */
        for (uint32_t i = 0; left > 0; i = (i + 1) % symbols) {
            if (norm[i] > 0) {
                left--;
                norm[i]++;
            }
        }
        return true;
    }
    const uint32_t step_bits = 62 - bits;
    const uint64_t middle = (1ull << (step_bits - 1)) - 1;
    const uint64_t step = ((1ull << step_bits) * left + middle) / total;
    uint64_t at = middle;
    for (uint32_t i = 0; i < symbols; i++) {
        if (norm[i] == NOT_YET_ASSIGNED) {
            const uint64_t end = at + count[i] * step;
            const uint32_t weight = (uint32_t)(end >> step_bits) - (uint32_t)(at >> step_bits);
            if (weight < 1)
                return false;
            norm[i] = (int16_t)weight;
            at = end;
        }
    }
    return true;
}

bool zstd_fse_normalize(int16_t *norm, const uint32_t *count, uint32_t symbols, uint32_t total,
                        uint32_t bits)
{
    const uint32_t scale = 62 - bits;
    const uint64_t step = (1ull << 62) / total;
    const uint64_t rest_step = 1ull << (scale - 20);
    const uint32_t low_threshold = total >> bits;
    int32_t left = 1 << bits;
    uint32_t largest = 0;
    int32_t largest_share = 0;

    for (uint32_t i = 0; i < symbols; i++) {
        if (count[i] == 0) {
            norm[i] = 0;
            continue;
        }
        if (count[i] <= low_threshold) {
            norm[i] = LOW_PROBABILITY;
            left--;
            continue;
        }
        int32_t share = (int32_t)((count[i] * step) >> scale);
        if (share < 8) {
            const uint64_t rest = count[i] * step - ((uint64_t)share << scale);
            share += rest > rest_step * rest_to_beat[share];
        }
        if (share > largest_share) {
            largest_share = share;
            largest = i;
        }
        norm[i] = (int16_t)share;
        left -= share;
    }
    if (-left >= (norm[largest] >> 1))
        return normalize_otherwise(norm, count, symbols, total, bits);
    norm[largest] = (int16_t)(norm[largest] + left);
    return true;
}

bool zstd_fse_build(const int16_t *norm, uint32_t symbols, uint32_t bits, uint16_t *state,
                    struct zstd_transform *transform)
{
    const uint32_t size = 1u << bits;
    uint8_t symbol[1 << ZSTD_MAX_TABLE_BITS];
    uint32_t first[64 + 1];
    uint32_t high = size - 1;
    uint32_t sum = 0;

    for (uint32_t i = 0; i < symbols; i++) {
        first[i] = sum;
        sum += norm[i] == LOW_PROBABILITY ? 1 : (uint32_t)norm[i];
        if (sum > size)
            return false;
        if (norm[i] == LOW_PROBABILITY)
            symbol[high--] = (uint8_t)i;
    }
    if (sum != size)
        return false;

    const uint32_t step = (size >> 1) + (size >> 3) + 3;
    uint32_t at = 0;
    for (uint32_t i = 0; i < symbols; i++) {
        for (int32_t n = 0; n < norm[i]; n++) {
            symbol[at] = (uint8_t)i;
            do
                at = (at + step) & (size - 1);
            while (at > high);
        }
    }
    for (uint32_t i = 0; i < size; i++)
        state[first[symbol[i]]++] = (uint16_t)(size + i);

    int32_t total = 0;
    for (uint32_t i = 0; i < symbols; i++) {
        if (norm[i] == 0)
            continue;
        if (norm[i] == LOW_PROBABILITY || norm[i] == 1) {
            transform[i].delta_bits = (bits << 16) - size;
            transform[i].delta_state = total - 1;
            total++;
        } else {
            const uint32_t most = bits - zstd_high_bit((uint32_t)norm[i] - 1);
            transform[i].delta_bits = (most << 16) - ((uint32_t)norm[i] << most);
            transform[i].delta_state = total - norm[i];
            total += norm[i];
        }
    }
    return true;
}

struct note {
    uint32_t word;
    uint32_t count;
    uint8_t *out;
};

static inline void put(struct note *note, uint32_t value, uint32_t count)
{
    note->word += value << note->count;
    note->count += count;
    while (note->count >= 16) {
        note->out[0] = (uint8_t)note->word;
        note->out[1] = (uint8_t)(note->word >> 8);
        note->out += 2;
        note->word >>= 16;
        note->count -= 16;
    }
}

uint32_t zstd_fse_write(const int16_t *norm, uint32_t symbols, uint32_t bits, uint8_t *out)
{
    struct note note = {0, 0, out};
    int32_t threshold = 1 << bits;
    int32_t remaining = threshold + 1;
    uint32_t width = bits + 1;
    bool was_zero = false;
    uint32_t at = 0;

    put(&note, bits - MIN_TABLE_BITS, 4);
    while (remaining > 1) {
        if (was_zero) {
            uint32_t start = at;
            while (at < symbols && norm[at] == 0)
                at++;
            if (at == symbols)
                return 0;
            for (; at >= start + 3; start += 3)
                put(&note, 3, 2);
            put(&note, at - start, 2);
        }
        if (at == symbols)
            return 0;
        int32_t share = norm[at++];
        const int32_t most = 2 * threshold - 1 - remaining;
        remaining -= share < 0 ? -share : share;
        share++;
        if (share >= threshold)
            share += most;
        put(&note, (uint32_t)share, width - (share < most));
        was_zero = share == 1;
        if (remaining < 1)
            return 0;
        while (remaining < threshold) {
            width--;
            threshold >>= 1;
        }
    }
    while (note.count > 0) {
        *note.out++ = (uint8_t)note.word;
        note.word >>= 8;
        note.count = note.count > 8 ? note.count - 8 : 0;
    }
    return (uint32_t)(note.out - out);
}
