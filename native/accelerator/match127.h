/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * What the searches of Go 1.27's levels 1 to 6 share (deflatefast.go): hashes, and matches that may
 * begin before the place where they were found, and may be of any length.
 */
#ifndef PYGGCR_MATCH127_H
#define PYGGCR_MATCH127_H

#include "match.h"

#define INPUT_MARGIN 11
#define REACH (WINDOW_SIZE - 1) /* how far away candidates may be; one less than a match may */

/* Of the first 4, 5, 7 of eight bytes (hashLen). */
#define HASH4(bytes, bits) ((uint32_t)((uint32_t)(bytes)*2654435761u) >> (32 - (bits)))
#define HASH5(bytes, bits) ((uint32_t)(((bytes) << 24) * 889523592379u >> (64 - (bits))))
#define HASH7(bytes, bits) ((uint32_t)(((bytes) << 8) * 58295818150454627u >> (64 - (bits))))

/* Whether the four bytes at an earlier place are these, and no further back than `reach`. */
static ALWAYS_INLINE bool fits_place(const uint8_t *data, uint32_t earlier, uint32_t value,
                                     uint32_t place, uint32_t reach)
{
    /* What is too far away may not be there: look at the place itself instead. */
    uint32_t is_far = mask_less(reach, place - earlier);
    uint32_t looked_at = earlier ^ ((earlier ^ place) & is_far);
    return ((load32(data + looked_at) ^ value) | is_far) == 0;
}

/* A slot of a table that remembers the last two places of each hash. */
struct last_two {
    uint32_t place;
    uint32_t before;
};

/* Remember a place; what was remembered before. */
static ALWAYS_INLINE struct last_two push_place(struct last_two *slot, uint32_t place)
{
    struct last_two last = *slot;
    *slot = (struct last_two){place, last.place};
    return last;
}

/* Length of a match of which four bytes are known (matchLenLong, and 4). */
static ALWAYS_INLINE uint32_t full_length(const uint8_t *data, uint32_t at, uint32_t earlier,
                                          uint32_t end)
{
    return SHORTEST_MATCH + common_length(data + at + SHORTEST_MATCH,
                                          data + earlier + SHORTEST_MATCH,
                                          end - at - SHORTEST_MATCH);
}

/* The same, up to the longest that one token can say (matchLenLimited, and 4). */
static ALWAYS_INLINE uint32_t limited_length(const uint8_t *data, uint32_t at, uint32_t earlier,
                                             uint32_t end)
{
    return full_length(data, at, earlier, end - at > MAX_MATCH ? at + MAX_MATCH : end);
}

/* A long match, in pieces none of which is too short (tokens.AddMatchLong). */
static inline void add_long_match(struct found *found, uint32_t literals, uint32_t length,
                                  uint32_t distance)
{
    while (length) {
        uint32_t piece = length;
        if (piece > MAX_MATCH)
            piece = piece > MAX_MATCH + MIN_MATCH ? MAX_MATCH : MAX_MATCH - MIN_MATCH;
        add_match(found, literals, piece, distance);
        length -= piece;
        literals = 0;
    }
}

/* How many bytes before two places are the same, at most `most`. */
static ALWAYS_INLINE uint32_t common_before(const uint8_t *here, const uint8_t *there,
                                            uint32_t most)
{
    uint64_t difference = load64(here - 8) ^ load64(there - 8);
    uint32_t length = (uint32_t)__builtin_clzll(difference | 1) >> 3;
    length = length < most ? length : most;
    if (UNLIKELY(length == 7))
        while (length < most && here[-1 - (int32_t)length] == there[-1 - (int32_t)length])
            length++;
    return length;
}

/*
 * Note a match that was found at a place, extended backwards up to the end of the one before, and
 * the literals between them. Returns its length then.
 */
static ALWAYS_INLINE uint32_t take_match(struct found *found, const struct search *search,
                                         uint32_t emitted, uint32_t at, uint32_t length,
                                         uint32_t distance)
{
    const uint8_t *data = search->data;
    uint32_t first = search->floor + distance > emitted ? search->floor + distance : emitted;
    uint32_t before = common_before(data + at, data + at - distance, at - first);
    at -= before;
    length += before;
    uint32_t literals = at - emitted;
    add_literals(found, data + emitted, literals);
    if (LIKELY(length <= MAX_MATCH))
        add_match(found, literals, length, distance);
    else
        add_long_match(found, literals, length, distance);
    return length;
}

#endif
