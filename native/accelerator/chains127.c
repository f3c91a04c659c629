/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * Levels 7 to 9 of Go 1.27 (deflate.go, compressor.deflateLazy). As in chains126.c a match waits
 * for a better one at the next place; here one that agrees with what follows it may replace it, and
 * long runs of literals are not searched at each place. Level 9 weighs matches by what their bytes
 * would take as literals.
 */
#include "chains.h"

/* How many bytes at its start a better match may have wrong; they become literals then. */
#define SKIPPED_START 2
#define SKIP_SHIFT 6

/* What a match costs beside its extra bits, and what it has to gain at least. */
#define MATCH_COST 3
#define MIN_GAIN 4
/* Go takes the distance itself for the offset, and its table does not reach the largest one. */
#define LARGEST_DISTANCE_BITS 6

/* Of four bytes (hash4u). */
static ALWAYS_INLINE uint32_t hash(const uint8_t *bytes)
{
    return load32(bytes) * 2654435761u >> (32 - HASH_BITS);
}

struct match {
    uint32_t length;
    uint32_t distance;
};

/* Extra bits of a distance when it is weighed. */
static ALWAYS_INLINE uint32_t distance_bits(uint32_t distance)
{
    return distance == WINDOW_SIZE ? LARGEST_DISTANCE_BITS
                                   : offset_extra_bits[offset_code(distance)];
}

/* Take the next bytes' Huffman code for what a literal costs. */
static void weigh_literals(struct chains *chains)
{
    const uint8_t *data = chains_data(chains);
    uint32_t size = chains->end - chains->at;
    uint16_t counts[256];
    struct code code;
    count_bytes(data + chains->at, size < MAX_BLOCK_TOKENS ? size : MAX_BLOCK_TOKENS, counts);
    huffman_build(&code, counts, 256, MAX_BITS);
    uint32_t cost = 0;
    for (uint32_t at = chains->at; at < chains->end; at++) {
        chains->cost[at - chains->floor] = cost;
        cost += code.length[data[at]] + !code.length[data[at]];
    }
    chains->cost[chains->end - chains->floor] = cost;
}

/* What is looked for: the best match that begins at a place. */
struct quest {
    const uint8_t *data;
    uint32_t most; /* no match can be longer */
    uint32_t nice; /* no longer one is looked for */
    struct walk walk;
};

/*
 * The longest one that is longer than `length`, if there is one. Go looks for shorter ones too, but
 * a match that is not longer than the one that waits is of no use.
 */
static ALWAYS_INLINE struct match longest(struct quest *quest, uint32_t length)
{
    struct walk walk = quest->walk;
    const uint8_t *const data = quest->data;
    const uint8_t *const here = data + walk.at;
    struct match best = {length, 0};
    /* A longer match has these four bytes at its end, which tell most of the others apart. */
    uint32_t offset = length - (SHORTEST_MATCH - 1);
    uint32_t wanted = load32(here + offset);
    do {
        if (UNLIKELY(load32(data + walk.earlier + offset) == wanted)) {
            length = common_length(here, data + walk.earlier, quest->most);
            if (length > best.length) {
                best = (struct match){length, walk.at - walk.earlier};
                if (length >= quest->nice)
                    break;
                offset = length - (SHORTEST_MATCH - 1);
                wanted = load32(here + offset);
            }
        }
    } while (walk_on(&walk));
    return best;
}

/*
 * How long a match as far away as this, or further, has to be to gain more; longer than `most` if
 * none can. `cost` is that of the bytes from the match's start on.
 */
static ALWAYS_INLINE uint32_t needed_length(const uint32_t *cost, uint32_t length, uint32_t gain,
                                            uint32_t distance, uint32_t most)
{
    uint32_t bits = distance_bits(distance);
    /* Behind all others is the one distance that takes fewer bits than those before it. */
    bits = bits < LARGEST_DISTANCE_BITS ? bits : LARGEST_DISTANCE_BITS;
    while (length <= most && cost[length] - cost[0] <= gain + bits + MATCH_COST)
        length++;
    return length;
}

static ALWAYS_INLINE int32_t gain_of(const uint32_t *cost, uint32_t length, uint32_t distance)
{
    return (int32_t)(cost[length] - cost[0]) - MATCH_COST - (int32_t)distance_bits(distance) -
           length_extra_bits[length_code[length - MIN_MATCH]];
}

/* The one that gains most, of those of which each is longer than the one before it. */
static ALWAYS_INLINE struct match heaviest(struct quest *quest)
{
    struct walk walk = quest->walk;
    const uint8_t *const data = quest->data;
    const uint8_t *const here = data + walk.at;
    const struct chains *const chains = walk.chains;
    const uint32_t *const cost = chains->cost + (walk.at - chains->floor);
    struct match best = {SHORTEST_MATCH - 1, 0};
    int32_t gain = MIN_GAIN;
    uint32_t needed =
        needed_length(cost, SHORTEST_MATCH, MIN_GAIN, walk.at - walk.earlier, quest->most);
    if (needed > quest->most)
        return best;
    uint32_t leads = walk_leads(&walk, needed);
    for (uint32_t lead = 1; lead < leads; lead++)
        walk_prefer(&walk, lead, chains->head[hash(here + lead)]);
    if (walk.earlier < walk.furthest)
        return best;
    uint32_t wanted = load32(here + needed - SHORTEST_MATCH);
    do {
        if (LIKELY(load32(data + walk.earlier + needed - SHORTEST_MATCH) != wanted))
            continue;
        uint32_t length = common_length(here, data + walk.earlier, quest->most);
        uint32_t distance = walk.at - walk.earlier;
        if (length < needed || gain_of(cost, length, distance) <= gain)
            continue;
        if (walk_is_over(&walk))
            break;
        gain = gain_of(cost, length, distance);
        best = (struct match){length, distance};
        if (length >= quest->nice)
            break;
        needed = needed_length(cost, length + 1, (uint32_t)gain, distance, quest->most);
        if (needed > quest->most)
            break;
        wanted = load32(here + needed - SHORTEST_MATCH);
        walk_choose(&walk, length);
    } while (walk_on(&walk));
    return best;
}

/* findMatch, for matches that are longer than `length`. */
static ALWAYS_INLINE struct match find(const struct chains *chains, const uint8_t *data,
                                       uint32_t at, uint32_t earlier, uint32_t length)
{
    const uint32_t left = chains->end - at;
    const uint32_t most = left < MAX_MATCH ? left : MAX_MATCH;
    struct quest quest = {
        .data = data,
        .most = most,
        .nice = chains->effort.nice < most ? chains->effort.nice : most,
        .walk = {.chains = chains,
                 .at = at,
                 .first = earlier,
                 .earlier = earlier,
                 .tries = chains->effort.chain},
    };
    quest.walk.furthest = at - WINDOW_SIZE > chains->floor ? at - WINDOW_SIZE : chains->floor;
    return chains->effort.weighs ? heaviest(&quest) : longest(&quest, length);
}

/* A search through the window. */
struct run {
    struct chains *chains;
    struct gzip_batch *batch;
    const uint8_t *data;
    uint32_t hashed_end; /* from here on there are not four bytes any more */
    bool last;
    bool counts; /* whether places are counted */
};

static ALWAYS_INLINE uint32_t insert(const struct run *run, uint32_t at)
{
    uint32_t of = hash(run->data + at);
    return run->counts ? chains_count(run->chains, at, of) : chains_insert(run->chains, at, of);
}

static ALWAYS_INLINE void insert_if_hashed(const struct run *run, uint32_t at)
{
    if (at < run->hashed_end)
        insert(run, at);
}

/* Write the block if the byte before makes it full, as a literal. */
static ALWAYS_INLINE void write_if_full(const struct run *run)
{
    struct chains *chains = run->chains;
    if (UNLIKELY(chains->at == chains->pending.full_at))
        chains_write_block(chains, run->batch, chains->at, run->last);
}

/*
 * Replace the match that waits by a longer one that agrees with what follows it, if there is one
 * (tryBetterMatchAtEnd). That may begin later; then the bytes before it become literals.
 */
static ALWAYS_INLINE void better_at_end(const struct run *run, struct match *match)
{
    struct chains *const chains = run->chains;
    const uint8_t *const data = run->data;
    const uint32_t start = chains->at - 1;
    if (match->length >= MAX_MATCH - SKIPPED_START || start + match->length >= run->hashed_end)
        return;
    uint32_t copied = chains->head[hash(data + start + match->length)];
    uint32_t furthest = chains->at - WINDOW_SIZE > chains->floor ? chains->at - WINDOW_SIZE
                                                                 : chains->floor;
    uint32_t distance = start + match->length - copied;
    if (distance == match->distance || copied <= furthest + SKIPPED_START + match->length)
        return;
    uint32_t most = chains->end - 1 - start - SKIPPED_START;
    uint32_t length = common_length(data + start + SKIPPED_START,
                                    data + start + SKIPPED_START - distance,
                                    most < MAX_MATCH ? most : MAX_MATCH);
    if (length <= match->length)
        return;
    uint32_t skipped = SKIPPED_START;
    while (skipped && length < MAX_MATCH &&
           data[start + skipped - 1] == data[start + skipped - 1 - distance]) {
        length++;
        skipped--;
    }
    for (; skipped; skipped--) {
        write_if_full(run);
        chains->at++;
        insert_if_hashed(run, chains->at);
    }
    *match = (struct match){length, distance};
}

/* Take the match that waits, or one that replaces it. */
static ALWAYS_INLINE void take(const struct run *run, struct match match)
{
    struct chains *const chains = run->chains;
    better_at_end(run, &match);
    uint32_t start = chains->at - 1;
    uint32_t after = start + match.length;
    bool full = pending_add(&chains->pending, run->data, start, match.length, match.distance);
    uint32_t inserted_end = after < run->hashed_end ? after : run->hashed_end;
    for (uint32_t at = start + 2; at < inserted_end; at++)
        insert(run, at);
    chains->at = after;
    chains->waits = false;
    chains->length = SHORTEST_MATCH - 1;
    chains->literals = 0;
    if (full)
        chains_write_block(chains, run->batch, after, run->last);
}

/* Take some bytes for literals where none of many had a match (skipLiterals). */
static ALWAYS_INLINE void skip_literals(const struct run *run)
{
    struct chains *const chains = run->chains;
    if (LIKELY(chains->literals <= chains->effort.chain))
        return;
    uint32_t count = 1 + ((chains->literals - chains->effort.chain) >> SKIP_SHIFT);
    for (; count && chains->at < chains->end - 1; count--) {
        write_if_full(run);
        insert_if_hashed(run, chains->at);
        chains->at++;
    }
    chains->waits = false;
    write_if_full(run);
}

static ALWAYS_INLINE void search(struct chains *chains, struct gzip_batch *batch, bool last,
                                 bool counts)
{
    const struct run run = {
        .chains = chains,
        .batch = batch,
        .data = chains_data(chains),
        .hashed_end = chains->end - (SHORTEST_MATCH - 1),
        .last = last,
        .counts = counts,
    };
    const uint32_t stop = last ? chains->end : chains->end - LOOKAHEAD + 1;
    if (chains->effort.weighs)
        weigh_literals(chains);
    while (chains->at < stop) {
        const uint32_t at = chains->at;
        struct match before = {chains->length, chains->distance};
        struct match match = {SHORTEST_MATCH - 1, 0};
        if (at < run.hashed_end) {
            uint32_t earlier = insert(&run, at);
            if (before.length < chains->effort.lazy && earlier >= chains->floor &&
                at - earlier <= WINDOW_SIZE && chains->end - at > before.length)
                match = find(chains, run.data, at, earlier, before.length);
        }
        if (before.length >= SHORTEST_MATCH && match.length <= before.length) {
            take(&run, before);
            continue;
        }
        chains->length = match.length;
        chains->distance = match.distance;
        if (match.length >= SHORTEST_MATCH)
            chains->literals = 0;
        if (!chains->waits) {
            chains->at++;
            chains->waits = true;
            continue;
        }
        chains->literals++;
        write_if_full(&run);
        chains->at++;
        skip_literals(&run);
    }
}

void chains_search127(struct chains *chains, struct gzip_batch *batch, bool last)
{
    if (chains->effort.weighs)
        search(chains, batch, last, true);
    else
        search(chains, batch, last, false);
}
