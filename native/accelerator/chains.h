/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * Hash chains: the window, for each place the one before it that has the same hash, and what waits
 * for its block to be full. chains.c fills the window; chains126.c and chains127.c search it.
 */
#ifndef PYGGCR_CHAINS_H
#define PYGGCR_CHAINS_H

#include <string.h>

#include "deflate.h"
#include "match.h"

#define CHAIN_WINDOW (2 * WINDOW_SIZE)
#define HASH_BITS 17
/* A search stops before a match might go on behind the window. */
#define LOOKAHEAD (SHORTEST_MATCH + MAX_MATCH)

#define MAX_BLOCK_TOKENS 32768 /* of either profile */

/* A block that is not full yet: matches, and literals, of which the last wait for a match. */
struct pending {
    uint32_t start;   /* the place where the block begins */
    uint32_t matched; /* where the last match ends; what follows are literals */
    uint32_t copied;  /* literals up to here are in `literal` */
    uint32_t full_at; /* where the block is full, if nothing but literals follows */
    uint8_t *literal_end;
    packed_sequence *sequence_end;
    uint8_t literal[MAX_BLOCK_TOKENS + PADDING];
    packed_sequence sequence[MAX_BLOCK_TOKENS];
};

struct chains {
    struct effort effort;
    uint32_t block_tokens;      /* so many make a block full */
    enum block_kind block_kind; /* what blocks become */
    void (*search)(struct chains *chains, struct gzip_batch *batch, bool last);
    /*
     * Places are counted as in struct search. Go's window begins at `floor`: what is before it is
     * out of reach, though it might be near enough.
     */
    uint32_t floor;
    uint32_t end; /* where the window's bytes end */
    uint32_t at;  /* what is searched next */
    /* The match that waits for a better one, if long enough; it begins at the place before. */
    uint32_t length;
    uint32_t distance;
    bool waits;        /* whether the byte before waits too, as a literal or the start of a match */
    uint16_t literals; /* since the last match; Go counts in 16 bits, and so starts anew */
    uint32_t head[1 << HASH_BITS]; /* for each hash, the last place */
    uint16_t back[WINDOW_SIZE];    /* for each place, how far back the one before it is */
    uint16_t number[WINDOW_SIZE];  /* and which place of its chain it is, if that is counted */
    uint16_t dropped_number;       /* that of the place which is WINDOW_SIZE away */
    struct pending pending;
    uint8_t before_window[PADDING];
    uint8_t window[CHAIN_WINDOW + PADDING];
    uint32_t cost[CHAIN_WINDOW + 1]; /* bits of the window's bytes as literals, summed up */
};

void chains_search126(struct chains *chains, struct gzip_batch *batch, bool last);
void chains_search127(struct chains *chains, struct gzip_batch *batch, bool last);

/* End the block in front of a place, and add it to the batch. */
void chains_write_block(struct chains *chains, struct gzip_batch *batch, uint32_t end, bool last);

/* The window, such that place 0 is at its start. */
static ALWAYS_INLINE const uint8_t *chains_data(const struct chains *chains)
{
    return (const uint8_t *)((uintptr_t)chains->window - chains->floor);
}

/* Put a place at the head of its chain; the place that was there, 0 if none was. */
static ALWAYS_INLINE uint32_t chains_insert(struct chains *chains, uint32_t at, uint32_t hash)
{
    uint32_t earlier = chains->head[hash];
    uint32_t back = at - earlier;
    chains->back[at % WINDOW_SIZE] = (uint16_t)(back < UINT16_MAX ? back : UINT16_MAX);
    chains->head[hash] = at;
    return earlier;
}

/* The same, where places are counted: see struct walk. Numbers only count within a window. */
static ALWAYS_INLINE uint32_t chains_count(struct chains *chains, uint32_t at, uint32_t hash)
{
    uint32_t earlier = chains_insert(chains, at, hash);
    uint16_t number = (uint16_t)(chains->number[earlier % WINDOW_SIZE] + 1);
    chains->dropped_number = chains->number[at % WINDOW_SIZE];
    chains->number[at % WINDOW_SIZE] = number;
    return earlier;
}

/*
 * A walk back through the places where a match for the bytes at a place may begin.
 *
 * Go follows the chain of the first four bytes, place by place, and gives up after a number of
 * them. But if a match is wanted that is longer than some, all of its bytes have to be there, so
 * the walk may follow the chain of any four of them, `lead` bytes further on, and thus pass over
 * places that cannot be what is wanted. To give up where Go does, places are counted when they are
 * put into their chains. If the other chain turns out to be long, it goes on with the first one.
 */
struct walk {
    const struct chains *chains;
    uint32_t at;
    uint32_t first;   /* the head of Go's chain */
    uint32_t earlier; /* the place that is to be looked at */
    uint32_t furthest;
    uint32_t lead;  /* how far ahead of it the chain is that is followed */
    uint32_t tries; /* how many places are still to be looked at */
    bool strays;    /* whether it has left the first chain, so that tries are not Go's */
    bool is_second; /* whether it has come back from another chain, and stays */
};

/*
 * Go on to the next place; false if it is before `furthest`. So is what follows the place that is
 * WINDOW_SIZE away, whose entry is already that of a later one.
 */
static ALWAYS_INLINE bool walk_on(struct walk *walk)
{
    if (UNLIKELY(--walk->tries == 0)) {
        if (!walk->strays)
            return false;
        walk->lead = 0;
        walk->tries = walk->chains->effort.chain;
        walk->earlier = walk->first;
        walk->strays = false;
        walk->is_second = true;
        return true;
    }
    uint32_t room = walk->earlier - walk->furthest;
    uint32_t back = walk->chains->back[(walk->earlier + walk->lead) % WINDOW_SIZE];
    walk->earlier -= back;
    return room && back <= room;
}

/* Whether Go would have given up before it came to a place, which has to be in the first chain. */
static ALWAYS_INLINE bool walk_is_over(const struct walk *walk)
{
    const struct chains *chains = walk->chains;
    uint16_t number = chains->number[walk->earlier % WINDOW_SIZE];
    if (UNLIKELY(walk->at - walk->earlier == WINDOW_SIZE))
        number = chains->dropped_number;
    uint16_t after = (uint16_t)(chains->number[walk->at % WINDOW_SIZE] - 1 - number);
    return after >= chains->effort.chain;
}

#define MAX_LEADS 32

/* After a match of some length: follow the chain that leads furthest back. */
static ALWAYS_INLINE void walk_choose(struct walk *walk, uint32_t length)
{
    if (walk->is_second)
        return;
    uint32_t leads = length - (SHORTEST_MATCH - 1);
    if (leads > MAX_LEADS)
        leads = MAX_LEADS;
    /* Places after `at` are in no chain yet. */
    if (leads > walk->at - walk->earlier)
        leads = walk->at - walk->earlier;
    uint32_t longest = 0;
    for (uint32_t lead = 0; lead < leads; lead++) {
        uint32_t back = walk->chains->back[(walk->earlier + lead) % WINDOW_SIZE];
        if (back > longest) {
            longest = back;
            walk->lead = lead;
        }
    }
    walk->strays |= walk->lead != 0;
}

/* How many chains there are to choose from, if a match has to have this many bytes. */
static ALWAYS_INLINE uint32_t walk_leads(const struct walk *walk, uint32_t needed)
{
    uint32_t leads = needed - (SHORTEST_MATCH - 1);
    uint32_t distance = walk->at - walk->earlier;
    if (leads > distance)
        leads = distance;
    return leads < MAX_LEADS ? leads : MAX_LEADS;
}

/* Start in the chain of which the last place is `head`, if that is further back than others. */
static ALWAYS_INLINE void walk_prefer(struct walk *walk, uint32_t lead, uint32_t head)
{
    uint32_t earlier = head > lead ? head - lead : 0;
    if (earlier < walk->earlier) {
        walk->earlier = earlier;
        walk->lead = lead;
        walk->strays = true;
    }
}

/* Copy literals, so that the window may slide. */
static ALWAYS_INLINE void pending_copy(struct pending *pending, const uint8_t *data, uint32_t end)
{
    uint32_t count = end - pending->copied;
    memcpy(pending->literal_end, data + pending->copied, count);
    pending->literal_end += count;
    pending->copied = end;
}

/* Add the literals up to a match, and the match; whether the block is full. */
static ALWAYS_INLINE bool pending_add(struct pending *pending, const uint8_t *data, uint32_t at,
                                      uint32_t length, uint32_t distance)
{
    pending_copy(pending, data, at);
    *pending->sequence_end++ =
        SEQUENCE(at - pending->matched, length - MIN_MATCH, distance - 1);
    pending->matched = at + length;
    pending->copied = pending->matched;
    pending->full_at += length - 1; /* a match of many bytes is one token */
    return pending->full_at == pending->matched;
}

#endif
