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

static ALWAYS_INLINE bool has_value(uint64_t slot, uint64_t bytes)
{
    return SLOT_VALUE(slot) == (uint32_t)bytes;
}

/* A long match, in pieces none of which is too short (tokens.AddMatchLong). */
static void add_long_match(struct found *found, struct block *block, uint32_t literals,
                           uint32_t length, uint32_t distance)
{
    while (length) {
        uint32_t piece = length;
        if (piece > MAX_MATCH)
            piece = piece > MAX_MATCH + MIN_MATCH ? MAX_MATCH : MAX_MATCH - MIN_MATCH;
        add_match(found, block, literals, piece, distance);
        length -= piece;
        literals = 0;
    }
}

static ALWAYS_INLINE void run(const struct search *search, struct block *block)
{
    const uint8_t *window = search->window;
    uint64_t *table = search->table;
    const uint32_t shift = search->shift;
    const uint32_t stream_floor = search->floor;
    const uint32_t end = search->end;
    const uint32_t limit = end - INPUT_MARGIN;
    struct found found = {block->literal, block->sequence};
    uint32_t emitted = search->start;
    uint32_t at = search->start;
    uint64_t bytes = load64(window + at);

    for (;;) {
        uint64_t slot;
        uint32_t next;
        for (;;) {
            uint32_t hash = HASH(bytes);
            slot = table[hash];
            next = at + STEP + ((at - emitted) >> SKIP_SHIFT);
            if (UNLIKELY(next > limit))
                goto rest;
            uint64_t ahead = load64(window + next);
            table[hash] = SLOT(bytes, at + shift);
            hash = HASH(ahead);
            if (has_value(slot, bytes) && at + shift - SLOT_PLACE(slot) < WINDOW_SIZE) {
                table[hash] = SLOT(ahead, next + shift);
                break;
            }
            bytes = ahead;
            at = next;
            next++;
            slot = table[hash];
            ahead >>= 8;
            table[hash] = SLOT(bytes, at + shift);
            if (has_value(slot, bytes) && at + shift - SLOT_PLACE(slot) < WINDOW_SIZE) {
                /* Go stores the next place here, under the hash of this one. */
                table[hash] = SLOT(ahead, next + shift);
                break;
            }
            bytes = ahead;
            at = next;
        }
        for (;;) {
            uint32_t distance = at + shift - SLOT_PLACE(slot);
            uint32_t length =
                SHORTEST_MATCH + common_length(window + at + SHORTEST_MATCH,
                                               window + at + SHORTEST_MATCH - distance,
                                               end - at - SHORTEST_MATCH);
            uint32_t floor = stream_floor + distance;
            if (floor < emitted)
                floor = emitted;
            while (at > floor && window[at - 1] == window[at - 1 - distance]) {
                at--;
                length++;
            }
            uint32_t literals = at - emitted;
            add_literals(&found, window + emitted, literals);
            if (LIKELY(length <= MAX_MATCH))
                add_match(&found, block, literals, length, distance);
            else
                add_long_match(&found, block, literals, length, distance);
            at += length;
            emitted = at;
            if (next >= at)
                at = next + 1;
            if (UNLIKELY(at >= limit)) {
                if (at + length + 8 < end) {
                    bytes = load64(window + at);
                    table[HASH(bytes)] = SLOT(bytes, at + shift);
                }
                goto rest;
            }
            bytes = load64(window + at - 2);
            table[HASH(bytes)] = SLOT(bytes, at - 2 + shift);
            bytes >>= 16;
            uint32_t hash = HASH(bytes);
            slot = table[hash];
            table[hash] = SLOT(bytes, at + shift);
            if (!has_value(slot, bytes) || at + shift - SLOT_PLACE(slot) > WINDOW_SIZE) {
                bytes >>= 8;
                at++;
                break;
            }
        }
    }
rest:
    add_rest(&found, block, window + emitted, end - emitted);
}

static void run_anywhere(const struct search *search, struct block *block)
{
    run(search, block);
}

#if HAS_NEWER
NEWER static void run_newer(const struct search *search, struct block *block)
{
    run(search, block);
}
#endif

search_function *search127(void)
{
#if HAS_NEWER
    if (is_newer_processor())
        return run_newer;
#endif
    return run_anywhere;
}
