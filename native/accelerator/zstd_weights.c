/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * The weights that describe a Huffman code, themselves coded (fse/compress.go, fse.Compress).
 */
#include "zstd.h"

#define MIN_TABLE_BITS 5
#define MAX_TABLE_BITS 6

struct bits {
    uint64_t word;
    uint32_t count;
    uint8_t *out;
};

static inline void put(struct bits *bits, uint32_t value, uint32_t count)
{
    bits->word |= (uint64_t)(value & ((1u << count) - 1)) << bits->count;
    bits->count += count;
    while (bits->count >= 8) {
        *bits->out++ = (uint8_t)bits->word;
        bits->word >>= 8;
        bits->count -= 8;
    }
}

/* Two states take turns, so that a decoder can follow both at once. */
struct table {
    uint16_t state[1 << ZSTD_MAX_TABLE_BITS];
    struct zstd_transform transform[64];
};

static uint32_t first_state(const struct table *table, uint32_t symbol)
{
    const struct zstd_transform transform = table->transform[symbol];
    const uint32_t count = (transform.delta_bits + (1 << 15)) >> 16;
    const int32_t middle = (int32_t)((count << 16) - transform.delta_bits);
    return table->state[(middle >> count) + transform.delta_state];
}

static uint32_t code(struct bits *bits, const struct table *table, uint32_t state, uint32_t symbol)
{
    const struct zstd_transform transform = table->transform[symbol];
    const uint32_t count = (state + transform.delta_bits) >> 16;
    put(bits, state, count);
    return table->state[(int32_t)(state >> count) + transform.delta_state];
}

static uint32_t table_bits(uint32_t symbols, uint32_t total)
{
    const uint32_t for_source = zstd_high_bit(total - 1) + 1;
    const uint32_t for_symbols = zstd_high_bit(symbols - 1) + 2;
    const uint32_t least = for_source < for_symbols ? for_source : for_symbols;
    const uint8_t most = (uint8_t)(zstd_high_bit(total - 1) - 2);
    uint32_t bits = most < MAX_TABLE_BITS ? most : MAX_TABLE_BITS;
    if (bits < least)
        bits = least;
    return bits < MIN_TABLE_BITS ? MIN_TABLE_BITS : bits;
}

uint32_t zstd_weights_compress(const uint8_t *weight, uint32_t weights, const uint32_t *count,
                               uint32_t symbols, uint8_t *out)
{
    uint32_t largest = 0;
    for (uint32_t i = 0; i < symbols; i++)
        if (count[i] > largest)
            largest = count[i];
    if (weights <= 2 || largest == weights || largest == 1 || largest < weights >> 7)
        return 0;

    const uint32_t log = table_bits(symbols, weights);
    int16_t norm[64];
    struct table table;
    if (!zstd_fse_normalize(norm, count, symbols, weights, log))
        return 0;
    const uint32_t header = zstd_fse_write(norm, symbols, log, out);
    if (header == 0 || !zstd_fse_build(norm, symbols, log, table.state, table.transform))
        return 0;

    struct bits bits = {0, 0, out + header};
    uint32_t at = weights;
    uint32_t even, odd; /* the states of weights at even and at odd places */
    if (at & 1) {
        even = first_state(&table, weight[at - 1]);
        odd = first_state(&table, weight[at - 2]);
    } else {
        odd = first_state(&table, weight[at - 1]);
        even = first_state(&table, weight[at - 2]);
    }
    at -= 2;
    while (at > 0) {
        at--;
        if (at & 1)
            odd = code(&bits, &table, odd, weight[at]);
        else
            even = code(&bits, &table, even, weight[at]);
    }
    put(&bits, odd, log);
    put(&bits, even, log);
    put(&bits, 1, 1);
    if (bits.count > 0)
        *bits.out++ = (uint8_t)bits.word;
    const uint32_t size = (uint32_t)(bits.out - out);
    return size < weights ? size : 0;
}
