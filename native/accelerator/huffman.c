/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * Huffman codes as Go builds them (huffman_code.go). Go limits lengths by package-merge and, where
 * a leaf and a package weigh the same, takes the package. So does this; but where no length comes
 * near the limit, Huffman's own algorithm with the same rule gives the same lengths much faster.
 */
#include "deflate.h"

#include <string.h>

#define NEVER UINT32_MAX

/* The symbols that occur, rarest first; the lower symbol where two are as frequent. */
struct ranking {
    uint32_t size;
    uint16_t symbol[LITERALS];
    uint32_t weight[LITERALS + 1];
};

static void insertion_sort(uint32_t *keys, uint32_t size)
{
    for (uint32_t i = 1; i < size; i++) {
        uint32_t key = keys[i];
        uint32_t at = i;
        for (; at && keys[at - 1] > key; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

/* By the upper half of each key; what is equal keeps its order. */
static void radix_sort(uint32_t *keys, uint32_t size)
{
    uint16_t ends[2][256] = {{0}};
    uint32_t other[LITERALS];
    for (uint32_t i = 0; i < size; i++) {
        ends[0][keys[i] >> 16 & 255]++;
        ends[1][keys[i] >> 24]++;
    }
    for (uint32_t pass = 0; pass < 2; pass++) {
        uint32_t *from = pass ? other : keys;
        uint32_t *to = pass ? keys : other;
        uint16_t start = 0;
        for (uint32_t digit = 0; digit < 256; digit++) {
            uint16_t count = ends[pass][digit];
            ends[pass][digit] = start;
            start += count;
        }
        for (uint32_t i = 0; i < size; i++)
            to[ends[pass][from[i] >> (pass ? 24 : 16) & 255]++] = from[i];
    }
}

static void rank(struct ranking *ranking, const uint16_t *counts, uint32_t symbols)
{
    uint32_t keys[LITERALS + 1];
    uint32_t size = 0;
    for (uint32_t symbol = 0; symbol < symbols; symbol++) {
        keys[size] = (uint32_t)counts[symbol] << 16 | symbol;
        size += counts[symbol] != 0;
    }
    if (size > 48)
        radix_sort(keys, size);
    else
        insertion_sort(keys, size);
    for (uint32_t i = 0; i < size; i++) {
        ranking->symbol[i] = (uint16_t)keys[i];
        ranking->weight[i] = keys[i] >> 16;
    }
    ranking->size = size;
}

/*
 * How many leaves there are at each depth, by Huffman's algorithm with two queues; false if one
 * would be deeper than the limit.
 */
static bool count_depths(struct ranking *ranking, uint32_t max_bits, uint32_t *leaves)
{
    uint32_t pairs = ranking->size - 1;
    uint32_t pair_weight[LITERALS + 1];
    uint16_t parent[LITERALS + 1];
    uint16_t depth[LITERALS + 1];
    uint32_t leaf = 0;
    uint32_t pair = 0;

    ranking->weight[ranking->size] = NEVER;
    pair_weight[0] = NEVER;
    for (uint32_t made = 0; made < pairs; made++) {
        uint32_t sum = 0;
        for (int child = 0; child < 2; child++) {
            uint32_t is_leaf = ranking->weight[leaf] < pair_weight[pair];
            sum += is_leaf ? ranking->weight[leaf] : pair_weight[pair];
            parent[pair] = (uint16_t)made; /* written anew until the pair is indeed taken */
            leaf += is_leaf;
            pair += !is_leaf;
        }
        pair_weight[made] = sum;
        pair_weight[made + 1] = NEVER;
    }
    uint32_t inner[LITERALS + 1];
    memset(inner, 0, (max_bits + 1) * sizeof *inner);
    depth[pairs - 1] = 0;
    inner[0] = 1;
    for (uint32_t i = pairs - 1; i-- > 0;) {
        depth[i] = depth[parent[i]] + 1;
        if (depth[i] >= max_bits)
            return false;
        inner[depth[i]]++;
    }
    for (uint32_t bits = 1; bits <= max_bits; bits++)
        leaves[bits] = 2 * inner[bits - 1] - inner[bits];
    return true;
}

/* The same by package-merge: a row for each bit, of leaves and of pairs from the row before. */
static void count_limited_depths(const struct ranking *ranking, uint32_t max_bits,
                                 uint32_t *leaves)
{
    uint32_t size = ranking->size;
    uint32_t rows = max_bits < size - 1 ? max_bits : size - 1;
    uint16_t leaves_among[MAX_BITS][2 * LITERALS + 1]; /* the first so many of a row */
    uint32_t row[2][2 * LITERALS];
    uint32_t packages = 0;

    for (uint32_t i = 0; i < rows; i++) {
        const uint32_t *before = row[~i & 1];
        uint32_t *weights = row[i & 1];
        uint32_t leaf = 0;
        uint32_t package = 0;
        leaves_among[i][0] = 0;
        while (leaf < size || package < packages) {
            uint32_t taken = leaf + package;
            uint32_t weight =
                package < packages ? before[2 * package] + before[2 * package + 1] : NEVER;
            if (leaf < size && ranking->weight[leaf] < weight)
                weight = ranking->weight[leaf++];
            else
                package++;
            weights[taken] = weight;
            leaves_among[i][taken + 1] = (uint16_t)leaf;
        }
        packages = (leaf + package) / 2;
    }
    /* The top row's first 2n - 2 items make the code; their packages want items of the row below. */
    uint32_t wanted = 2 * size - 2;
    uint32_t longer = 0;
    for (uint32_t i = rows; i-- > 0;) {
        uint32_t taken = leaves_among[i][wanted];
        /* So many leaves have at least `rows - i` bits. */
        if (i < rows - 1)
            leaves[rows - 1 - i] = longer - taken;
        longer = taken;
        wanted = 2 * (wanted - taken);
    }
    leaves[rows] = longer;
    for (uint32_t bits = rows + 1; bits <= max_bits; bits++)
        leaves[bits] = 0;
}

void huffman_build(struct code *code, const uint16_t *counts, uint32_t symbols, uint32_t max_bits)
{
    struct ranking ranking;
    uint32_t leaves[MAX_BITS + 1] = {0};

    rank(&ranking, counts, symbols);
    memset(code->length, 0, symbols);
    if (ranking.size <= 2) {
        for (uint32_t i = 0; i < ranking.size; i++)
            code->length[ranking.symbol[i]] = 1;
    } else {
        if (!count_depths(&ranking, max_bits, leaves))
            count_limited_depths(&ranking, max_bits, leaves);
        uint32_t at = 0;
        for (uint32_t bits = max_bits; bits; bits--)
            for (uint32_t left = leaves[bits]; left; left--)
                code->length[ranking.symbol[at++]] = (uint8_t)bits;
    }
    huffman_assign(code, symbols);
}

static uint16_t reversed(uint16_t value)
{
    value = (uint16_t)((value & 0x5555) << 1 | (value >> 1 & 0x5555));
    value = (uint16_t)((value & 0x3333) << 2 | (value >> 2 & 0x3333));
    value = (uint16_t)((value & 0x0F0F) << 4 | (value >> 4 & 0x0F0F));
    return (uint16_t)(value << 8 | value >> 8);
}

void huffman_assign(struct code *code, uint32_t symbols)
{
    uint32_t of_length[MAX_BITS + 1] = {0};
    uint16_t next[MAX_BITS + 1];
    for (uint32_t symbol = 0; symbol < symbols; symbol++)
        of_length[code->length[symbol]]++;
    of_length[0] = 0;
    next[0] = 0;
    for (uint32_t bits = 1; bits <= MAX_BITS; bits++)
        next[bits] = (uint16_t)((next[bits - 1] + of_length[bits - 1]) << 1);
    for (uint32_t symbol = 0; symbol < symbols; symbol++) {
        uint32_t length = code->length[symbol];
        code->bits[symbol] = length ? (uint16_t)(reversed(next[length]++) >> (16 - length)) : 0;
    }
}

uint32_t huffman_size(const struct code *code, const uint16_t *counts, uint32_t symbols)
{
    uint32_t size = 0;
    for (uint32_t symbol = 0; symbol < symbols; symbol++)
        size += (uint32_t)counts[symbol] * code->length[symbol];
    return size;
}

bool huffman_covers(const struct code *code, const uint16_t *counts, uint32_t symbols)
{
    uint32_t missing = 0;
    for (uint32_t symbol = 0; symbol < symbols; symbol++)
        missing |= (counts[symbol] != 0) & (code->length[symbol] == 0);
    return !missing;
}

uint32_t huffman_used(const uint16_t *counts, uint32_t symbols)
{
    while (symbols > 1 && !counts[symbols - 1])
        symbols--;
    return symbols;
}

void fixed_codes_make(struct fixed_codes *fixed)
{
    uint8_t *lengths = fixed->literals.length;
    memset(lengths, 8, FIXED_LITERALS);
    memset(lengths + 144, 9, 256 - 144);
    memset(lengths + 256, 7, 280 - 256);
    memset(fixed->offsets.length, 5, OFFSETS);
    huffman_assign(&fixed->literals, FIXED_LITERALS);
    huffman_assign(&fixed->offsets, OFFSETS);
}
