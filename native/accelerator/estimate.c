/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How many bits a block would take with tables of its own: Go 1.27's tokens.EstimatedBits, an
 * approximation of Shannon's entropy in single precision. A decision about the output hangs on
 * the last bit, so each operation is rounded where the Go compiler for the profile's platform rounds
 * it, and sums are taken in Go's order: this file must not be compiled with contraction of
 * multiplications and additions, or with fast math; what is fused says so.
 */
#include <float.h>
#include <string.h>

#include "deflate.h"

#if FLT_EVAL_METHOD != 0
#error "single precision would be computed in another one"
#endif

#define MAX_CODE_BITS 15.0f
#define MIN_CODE_BITS 1.0f

/* What the compiler fuses. All but plain amd64 fuse what is added to a product. */
enum fusing {
    FUSES_NOTHING,
    FUSES_ADDITIONS, /* amd64 from GOAMD64=v3 on: not what is subtracted from a product */
    FUSES_ALL,       /* arm64 */
};

/*
 * x * y + z, rounded once, where the processor may not have it: the product is exact in double
 * precision, and the sum is rounded to odd, so that rounding it again changes nothing (Boldo and
 * Melquiond, "Emulation of a FMA and correctly rounded sums", 2008).
 */
static ALWAYS_INLINE float fused_by_hand(float x, float y, float z)
{
    double product = (double)x * (double)y;
    double added = (double)z;
    double sum = product + added;
    double part = sum - product;
    double error = (product - (sum - part)) + (added - part);
    uint64_t pattern;
    memcpy(&pattern, &sum, sizeof pattern);
    if (error != 0.0 && !(pattern & 1))
        pattern += (error > 0.0) == (sum > 0.0) ? 1 : (uint64_t)-1;
    memcpy(&sum, &pattern, sizeof sum);
    return (float)sum;
}

static ALWAYS_INLINE float fused(float x, float y, float z, bool has_fma)
{
    return has_fma ? __builtin_fmaf(x, y, z) : fused_by_hand(x, y, z);
}

/* mFastLog2 */
static ALWAYS_INLINE float fast_log2(float value, enum fusing fusing, bool has_fma)
{
    uint32_t pattern;
    memcpy(&pattern, &value, sizeof pattern);
    float exponent = (float)((int32_t)(pattern >> 23 & 255) - 128);
    pattern = (pattern & 0x807FFFFFu) + (127u << 23);
    float mantissa;
    memcpy(&mantissa, &pattern, sizeof mantissa);
    if (fusing == FUSES_NOTHING)
        return exponent + (((-0.34484843f * mantissa + 2.02466578f) * mantissa) - 0.67487759f);
    float inner = fused(-0.34484843f, mantissa, 2.02466578f, has_fma);
    if (fusing == FUSES_ADDITIONS)
        return exponent + (inner * mantissa - 0.67487759f);
    return exponent + fused(inner, mantissa, -0.67487759f, has_fma);
}

/* Add what symbols of these counts take; those that do not occur add zero: nothing changes. */
static ALWAYS_INLINE float add_symbols(float total, const uint16_t *counts, uint32_t symbols,
                                       float inverse, enum fusing fusing, bool has_fma)
{
    float size[256];
    for (uint32_t i = 0; i < symbols; i++) {
        float count = (float)counts[i];
        float bits = -fast_log2(count * inverse, fusing, has_fma);
        bits = bits > MIN_CODE_BITS ? bits : MIN_CODE_BITS;
        bits = bits < MAX_CODE_BITS ? bits : MAX_CODE_BITS;
        size[i] = fusing == FUSES_NOTHING ? bits * count : bits;
    }
    for (uint32_t i = 0; i < symbols; i++) {
        if (fusing == FUSES_NOTHING)
            total += size[i];
        else
            total = fused(size[i], (float)counts[i], total, has_fma);
    }
    return total;
}

static ALWAYS_INLINE uint32_t estimate(const struct counts *counts, uint32_t tokens,
                                       enum fusing fusing, bool has_fma)
{
    const uint16_t *lengths = counts->literals + FIRST_LENGTH;
    uint32_t matches = 0;
    for (uint32_t i = 0; i < LENGTHS; i++)
        matches += lengths[i];
    float inverse = 1.0f / (float)tokens;
    float total = add_symbols(0.0f, counts->literals, 256, inverse, fusing, has_fma);
    total += 15.0f; /* the end of block */
    total = add_symbols(total, lengths, LENGTHS, inverse, fusing, has_fma);
    if (matches)
        total = add_symbols(total, counts->offsets, OFFSETS, 1.0f / (float)matches, fusing, has_fma);
    return (uint32_t)total + extra_size(counts);
}

static uint32_t estimate_unfused(const struct counts *counts, uint32_t tokens)
{
    return estimate(counts, tokens, FUSES_NOTHING, false);
}

static uint32_t estimate_additions_by_hand(const struct counts *counts, uint32_t tokens)
{
    return estimate(counts, tokens, FUSES_ADDITIONS, false);
}

static uint32_t estimate_all_by_hand(const struct counts *counts, uint32_t tokens)
{
    return estimate(counts, tokens, FUSES_ALL, false);
}

#if defined(__x86_64__) || defined(__i386__)
#define WITH_FMA __attribute__((target("fma")))
#define HAS_FMA processor_has(HAS_FUSED)
#elif defined(__FP_FAST_FMAF)
#define WITH_FMA
#define HAS_FMA true
#endif

#ifdef HAS_FMA
WITH_FMA static uint32_t estimate_additions(const struct counts *counts, uint32_t tokens)
{
    return estimate(counts, tokens, FUSES_ADDITIONS, true);
}

WITH_FMA static uint32_t estimate_all(const struct counts *counts, uint32_t tokens)
{
    return estimate(counts, tokens, FUSES_ALL, true);
}
#endif

estimator *estimator_of(int profile)
{
    bool additions = profile == GZIP_GO127_AMD64V3;
    if (!additions && profile != GZIP_GO127_ARM64)
        return estimate_unfused;
#ifdef HAS_FMA
    if (HAS_FMA)
        return additions ? estimate_additions : estimate_all;
#endif
    return additions ? estimate_additions_by_hand : estimate_all_by_hand;
}
