/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * What searches do: compare, and note what was found.
 */
#ifndef PYGGCR_MATCH_H
#define PYGGCR_MATCH_H

#include "deflate.h"
#include "memory.h"

/* A slot of the table: the four bytes at a place, and the place. */
#define SLOT(value, place) ((uint64_t)(place) << 32 | (uint32_t)(value))
#define SLOT_VALUE(slot) ((uint32_t)(slot))
#define SLOT_PLACE(slot) ((uint32_t)((slot) >> 32))

/* Whether a slot has this value, and is no further back than `reach`: in one condition. */
static ALWAYS_INLINE bool fits(uint64_t slot, uint32_t value, uint32_t place, uint32_t reach)
{
    uint32_t is_far = mask_less(reach, place - SLOT_PLACE(slot));
    return ((SLOT_VALUE(slot) ^ value) | is_far) == 0;
}

/* How many bytes at two places are the same, at most `most`; it may look at PADDING bytes more. */
static ALWAYS_INLINE uint32_t common_length(const uint8_t *here, const uint8_t *there,
                                            uint32_t most)
{
    for (uint32_t length = 0; length < most; length += 8) {
        uint64_t difference = load64(here + length) ^ load64(there + length);
        if (difference) {
            length += (uint32_t)__builtin_ctzll(difference) >> 3;
            return length < most ? length : most;
        }
    }
    return most;
}

/* Where the next literals and sequences of a block go. */
struct found {
    uint8_t *literal;
    packed_sequence *sequence;
};

/* Take over literals; it copies up to PADDING bytes more than there are. */
static ALWAYS_INLINE void add_literals(struct found *found, const uint8_t *from, uint32_t count)
{
    memcpy(found->literal, from, 16);
    if (UNLIKELY(count > 16)) {
        if (count <= 64)
            memcpy(found->literal + 16, from + 16, 48);
        else
            memcpy(found->literal + 16, from + 16, count - 16);
    }
    found->literal += count;
}

static ALWAYS_INLINE void add_match(struct found *found, uint32_t literals, uint32_t length,
                                    uint32_t distance)
{
    *found->sequence++ = SEQUENCE(literals, length - MIN_MATCH, distance - 1);
}

/*
 * End a block: the rest are literals. They are not copied where the block has no match, or too
 * few: then its bytes are written, not its literals.
 */
static inline void add_rest(struct found *found, struct block *block, const uint8_t *from,
                            uint32_t count)
{
    block->literals = (uint32_t)(found->literal - block->literal) + count;
    block->matches = (uint32_t)(found->sequence - block->sequence);
    if (!gains_little(block))
        memcpy(found->literal, from, count);
}

/*
 * Defines the function `name`, which chooses the search for this processor: `run`, an inline
 * function, is compiled for any, and once more for newer ones.
 */
#define DEFINE_SEARCH(name, run)                                                                   \
    static void run##_anywhere(const struct search *search, struct block *block)                   \
    {                                                                                              \
        run(search, block);                                                                        \
    }                                                                                              \
    NEWER static void run##_newer(const struct search *search, struct block *block)                \
    {                                                                                              \
        run(search, block);                                                                        \
    }                                                                                              \
    search_function *name(void)                                                                    \
    {                                                                                              \
        return is_newer_processor() ? run##_newer : run##_anywhere;                                \
    }

#endif
