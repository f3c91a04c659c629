/*
 * How Go 1.27 finds matches at BestSpeed (level1.go, fastEncL1.encode): a table of 5-byte
 * sequences, of which four are compared. Matches may begin before the place where they were
 * found, and may be of any length; long ones are cut into several.
 */
#include "match.h"

#define HASH(bytes) ((uint32_t)(((bytes) << 24) * 889523592379u >> (64 - 15)))
#define INPUT_MARGIN 11
#define STEP 2
#define SKIP_SHIFT 5

/* A long match, in pieces none of which is too short (tokens.AddMatchLong). */
static void add_long_match(struct found *found, uint32_t literals, uint32_t length,
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

static ALWAYS_INLINE void run(const struct search *search, struct block *block)
{
    const uint8_t *const data = search->data;
    uint64_t *const table = search->table;
    const uint32_t floor = search->floor;
    const uint32_t end = search->end;
    const uint32_t limit = end - INPUT_MARGIN;
    struct found found = {block->literal, block->sequence};
    uint32_t emitted = search->start;
    uint32_t at = search->start;
    uint64_t bytes = load64(data + at);

    for (;;) {
        uint64_t slot;
        uint32_t next;
        for (;;) {
            uint32_t hash = HASH(bytes);
            slot = table[hash];
            next = at + STEP + ((at - emitted) >> SKIP_SHIFT);
            if (UNLIKELY(next > limit))
                goto rest;
            uint64_t ahead = load64(data + next);
            table[hash] = SLOT(bytes, at);
            hash = HASH(ahead);
            if (fits(slot, (uint32_t)bytes, at, WINDOW_SIZE - 1)) {
                table[hash] = SLOT(ahead, next);
                break;
            }
            bytes = ahead;
            at = next;
            next++;
            slot = table[hash];
            ahead >>= 8;
            table[hash] = SLOT(bytes, at);
            if (fits(slot, (uint32_t)bytes, at, WINDOW_SIZE - 1)) {
                /* Go stores the next place here, under the hash of this one. */
                table[hash] = SLOT(ahead, next);
                break;
            }
            bytes = ahead;
            at = next;
        }
        for (;;) {
            uint32_t distance = at - SLOT_PLACE(slot);
            uint32_t length =
                SHORTEST_MATCH + common_length(data + at + SHORTEST_MATCH,
                                               data + at + SHORTEST_MATCH - distance,
                                               end - at - SHORTEST_MATCH);
            uint32_t first = floor + distance > emitted ? floor + distance : emitted;
            uint32_t before = common_before(data + at, data + at - distance, at - first);
            at -= before;
            length += before;
            uint32_t literals = at - emitted;
            add_literals(&found, data + emitted, literals);
            if (LIKELY(length <= MAX_MATCH))
                add_match(&found, literals, length, distance);
            else
                add_long_match(&found, literals, length, distance);
            at += length;
            emitted = at;
            if (next >= at)
                at = next + 1;
            if (UNLIKELY(at >= limit)) {
                if (at + length + 8 < end) {
                    bytes = load64(data + at);
                    table[HASH(bytes)] = SLOT(bytes, at);
                }
                goto rest;
            }
            bytes = load64(data + at - 2);
            table[HASH(bytes)] = SLOT(bytes, at - 2);
            bytes >>= 16;
            uint32_t hash = HASH(bytes);
            slot = table[hash];
            table[hash] = SLOT(bytes, at);
            if (!fits(slot, (uint32_t)bytes, at, WINDOW_SIZE)) {
                bytes >>= 8;
                at++;
                break;
            }
        }
    }
rest:
    add_rest(&found, block, data + emitted, end - emitted);
}

DEFINE_SEARCH(search127, run)
