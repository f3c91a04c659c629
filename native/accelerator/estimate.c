/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How many bits a block would take with tables of its own: Go 1.27's tokens.EstimatedBits, an
 * approximation of Shannon's entropy in single precision. A decision about the output hangs on
 * the last bit, so each operation is rounded as Go rounds it on plain amd64, and sums are taken in
 * Go's order: this file must not be compiled with fused multiplication or fast math.
 */
#include <float.h>
#include <string.h>

#include "deflate.h"

#if FLT_EVAL_METHOD != 0
#error "single precision would be computed in another one"
#endif

#define MAX_CODE_BITS 15.0f
#define MIN_CODE_BITS 1.0f

/* mFastLog2 */
static ALWAYS_INLINE float fast_log2(float value)
{
    uint32_t pattern;
    memcpy(&pattern, &value, sizeof pattern);
    float exponent = (float)((int32_t)(pattern >> 23 & 255) - 128);
    pattern = (pattern & 0x807FFFFFu) + (127u << 23);
    float mantissa;
    memcpy(&mantissa, &pattern, sizeof mantissa);
    return exponent + (((-0.34484843f * mantissa + 2.02466578f) * mantissa) - 0.67487759f);
}

/* Add what symbols of these counts take; those that do not occur add zero: nothing changes. */
static float add_symbols(float total, const uint16_t *counts, uint32_t symbols, float inverse)
{
    float size[256];
    for (uint32_t i = 0; i < symbols; i++) {
        float count = (float)counts[i];
        float bits = -fast_log2(count * inverse);
        bits = bits > MIN_CODE_BITS ? bits : MIN_CODE_BITS;
        bits = bits < MAX_CODE_BITS ? bits : MAX_CODE_BITS;
        size[i] = bits * count;
    }
    for (uint32_t i = 0; i < symbols; i++)
        total += size[i];
    return total;
}

uint32_t estimated_bits(const struct counts *counts, uint32_t tokens)
{
    const uint16_t *lengths = counts->literals + FIRST_LENGTH;
    uint32_t matches = 0;
    for (uint32_t i = 0; i < LENGTHS; i++)
        matches += lengths[i];
    float inverse = 1.0f / (float)tokens;
    float total = add_symbols(0.0f, counts->literals, 256, inverse);
    total += 15.0f; /* the end of block */
    total = add_symbols(total, lengths, LENGTHS, inverse);
    if (matches)
        total = add_symbols(total, counts->offsets, OFFSETS, 1.0f / (float)matches);
    return (uint32_t)total + extra_size(counts);
}
