/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * What the searches of the zstd encoder do: compare, and note what was found.
 */
#ifndef PYGGCR_ZSTD_MATCH_H
#define PYGGCR_ZSTD_MATCH_H

#include "zstd.h"

/* Multiplicative hashes of the lowest bytes of a word (hash.go). */
#define ZSTD_HASH4(value, bits) ((uint32_t)((uint32_t)(value)*2654435761u) >> (32 - (bits)))
#define ZSTD_HASH5(value, bits) \
    ((uint32_t)((((uint64_t)(value) << 24) * 889523592379ull) >> (64 - (bits))))
#define ZSTD_HASH6(value, bits) \
    ((uint32_t)((((uint64_t)(value) << 16) * 227718039650203ull) >> (64 - (bits))))
#define ZSTD_HASH8(value, bits) \
    ((uint32_t)(((uint64_t)(value)*0xCF1BBCDCB7A56463ull) >> (64 - (bits))))

/* A slot of a table of places with the four bytes that are there (tableEntry). */
#define ZSTD_SLOT(value, place) ((uint64_t)(uint32_t)(place) << 32 | (uint32_t)(value))
#define ZSTD_SLOT_VALUE(slot) ((uint32_t)(slot))
#define ZSTD_SLOT_PLACE(slot) ((uint32_t)((slot) >> 32))

/* A slot of a table of two places, the second from before the first (prevEntry). */
#define ZSTD_PAIR(place, before) ((uint64_t)(uint32_t)(before) << 32 | (uint32_t)(place))
#define ZSTD_PAIR_PLACE(pair) ((uint32_t)(pair))
#define ZSTD_PAIR_BEFORE(pair) ((uint32_t)((pair) >> 32))

/* How many bytes at two places are the same before the first reaches `end` (matchLen). */
static ZSTD_INLINE uint32_t zstd_common(const uint8_t *data, uint32_t here, uint32_t there,
                                        uint32_t end)
{
    uint32_t most = end - here;
    for (uint32_t length = 0; length < most; length += 8) {
        uint64_t difference = load64(data + here + length) ^ load64(data + there + length);
        if (difference) {
            length += (uint32_t)__builtin_ctzll(difference) >> 3;
            return length < most ? length : most;
        }
    }
    return most;
}

/* Where the next literals and sequences of a block go. */
struct zstd_found {
    uint8_t *literal;
    struct zstd_sequence *sequence;
};

/* Take over literals; it copies more than there are. */
static ZSTD_INLINE void zstd_add_literals(struct zstd_found *found, const uint8_t *from,
                                          uint32_t count)
{
    memcpy(found->literal, from, 16);
    if (ZSTD_UNLIKELY(count > 16)) {
        if (count <= 64)
            memcpy(found->literal + 16, from + 16, 48);
        else
            memcpy(found->literal + 16, from + 16, count - 16);
    }
    found->literal += count;
}

/* A match with an offset, or for 1 to 3 with one of the last offsets. */
static ZSTD_INLINE void zstd_add(struct zstd_found *found, const uint8_t *from, uint32_t literals,
                                 uint32_t length, uint32_t offset)
{
    zstd_add_literals(found, from, literals);
    found->sequence->literals = literals;
    found->sequence->length = length - ZSTD_MIN_MATCH;
    found->sequence->offset = offset;
    found->sequence++;
}

/* End a block: the rest are literals. */
static inline void zstd_add_rest(struct zstd_found *found, struct zstd_batch *batch,
                                 const uint8_t *from, uint32_t count)
{
    memcpy(found->literal, from, count);
    batch->literals = (uint32_t)(found->literal - batch->literal) + count;
    batch->sequences = (uint32_t)(found->sequence - batch->sequence);
}

/* A block that is too short to be searched. */
static inline void zstd_add_short(const struct zstd_search *search, struct zstd_batch *batch)
{
    struct zstd_found found = {batch->literal, batch->sequence};
    zstd_add_rest(&found, batch, search->history + search->start, search->end - search->start);
}

/* Whether a block is one byte over and over; if so, it is noted as a match with itself. */
static inline bool zstd_add_repeated(const struct zstd_search *search, struct zstd_batch *batch)
{
    uint32_t size = search->end - search->start;
    if (size <= ZSTD_MIN_MATCH)
        return false;
    if (zstd_common(search->history, search->start + 1, search->start, search->end) != size - 1)
        return false;
    struct zstd_found found = {batch->literal, batch->sequence};
    zstd_add(&found, search->history + search->start, 1, size - 1, 1 + ZSTD_REPEATS);
    batch->literals = 1;
    batch->sequences = 1;
    return true;
}

/* The lowest place that a match may be extended to, from a place on. */
static ZSTD_INLINE uint32_t zstd_floor(uint32_t place, uint32_t window)
{
    return place > window ? place - window : 0;
}

/* Defines `name`, which chooses the search for this processor, as DEFINE_SEARCH of match.h does. */
#define ZSTD_DEFINE_SEARCH(name, run)                                                              \
    static void run##_anywhere(const struct zstd_search *search, struct zstd_batch *batch)         \
    {                                                                                              \
        run(search, batch);                                                                        \
    }                                                                                              \
    ZSTD_NEWER static void run##_newer(const struct zstd_search *search, struct zstd_batch *batch) \
    {                                                                                              \
        run(search, batch);                                                                        \
    }                                                                                              \
    zstd_search_function *name(void)                                                               \
    {                                                                                              \
        return zstd_is_newer_processor() ? run##_newer : run##_anywhere;                           \
    }

#endif
