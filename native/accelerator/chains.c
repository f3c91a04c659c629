/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * The levels with hash chains: their window of 64 KiB, of which the older half is dropped when all
 * is searched (fillDeflate), and the blocks that they make (deflate.go).
 */
#include "chains.h"

#include <stdlib.h>

#define BLOCK_TOKENS_126 16384 /* maxFlateBlockTokens */
#define BLOCK_TOKENS_127 32768

/*
 * How many searches a batch has room for, and after how many blocks there has to be another batch.
 * A search goes through WINDOW_SIZE bytes, the last one through twice as many; it ends at most four
 * blocks, and what is pending. MAX_BLOCK_TOKENS matches may be pending at the start, and each
 * search finds a match for each four bytes at most.
 */
#define BATCH_SEARCHES 4
#define ENOUGH_BLOCKS (BATCH_BLOCKS - 5)

static void begin_block(struct chains *chains, uint32_t start)
{
    struct pending *pending = &chains->pending;
    pending->start = pending->matched = pending->copied = start;
    pending->full_at = start + chains->block_tokens;
    pending->literal_end = pending->literal;
    pending->sequence_end = pending->sequence;
}

struct chains *chains_new(int release, const struct level *level)
{
    struct chains *chains = calloc(1, sizeof *chains);
    if (!chains)
        return NULL;
    bool is126 = release == GZIP_GO126;
    chains->effort = level->effort;
    chains->search = is126 ? chains_search126 : chains_search127;
    chains->block_tokens = is126 ? BLOCK_TOKENS_126 : BLOCK_TOKENS_127;
    chains->block_kind = is126 ? BLOCK_SMALLEST : BLOCK_SEQUENCES;
    chains->floor = chains->end = chains->at = FIRST_PLACE;
    chains->length = SHORTEST_MATCH - 1;
    begin_block(chains, FIRST_PLACE);
    return chains;
}

void chains_free(struct chains *chains)
{
    free(chains);
}

/* Before a place would not fit any more; what is out of reach anyway may be at zero. */
static void lower_places(struct chains *chains)
{
    uint32_t by = chains->floor - FIRST_PLACE;
    for (uint32_t i = 0; i < 1 << HASH_BITS; i++)
        chains->head[i] = chains->head[i] > by ? chains->head[i] - by : 0;
    chains->floor -= by;
    chains->end -= by;
    chains->at -= by;
    /* A block of 32,768 matches may have begun before place 0: only differences of these count. */
    chains->pending.start -= by;
    chains->pending.matched -= by;
    chains->pending.copied -= by;
    chains->pending.full_at -= by;
}

/* Drop the window's older half. */
static void slide(struct chains *chains)
{
    struct pending *pending = &chains->pending;
    /* A byte that still waits may become the start of a match; it is in the newer half. */
    uint32_t literal_end = chains->at - chains->waits;
    if (pending->copied < literal_end)
        pending_copy(pending, chains_data(chains), literal_end);
    memcpy(chains->window, chains->window + WINDOW_SIZE, WINDOW_SIZE);
    chains->floor += WINDOW_SIZE;
    if (chains->floor > LAST_PLACE)
        lower_places(chains);
}

void chains_write_block(struct chains *chains, struct gzip_batch *batch, uint32_t end, bool last)
{
    struct pending *pending = &chains->pending;
    struct block *block = &batch->block[batch->blocks];
    struct block none = {.raw = batch->window, .literal = batch->literal,
                         .sequence = batch->sequence};
    const struct block *before = batch->blocks ? block - 1 : &none;

    pending_copy(pending, chains_data(chains), end);
    block->kind = chains->block_kind;
    block->last = last;
    block->size = end - pending->start;
    block->literals = (uint32_t)(pending->literal_end - pending->literal);
    block->literal = before->literal + before->literals;
    memcpy(block->literal, pending->literal, block->literals);
    block->matches = (uint32_t)(pending->sequence_end - pending->sequence);
    block->sequence = before->sequence + before->matches;
    memcpy(block->sequence, pending->sequence, block->matches * sizeof *block->sequence);
    block->raw = NULL;
    /* What began before the window cannot be stored. */
    if (end - chains->floor >= block->size && block->size <= BLOCK_SIZE) {
        uint8_t *raw = batch->window + batch->blocks * (size_t)BLOCK_SIZE;
        memcpy(raw, chains_data(chains) + pending->start, block->size);
        block->raw = raw;
    }
    batch->blocks++;
    begin_block(chains, end);
}

size_t chains_parse(struct chains *chains, struct intake *intake, struct gzip_batch *batch,
                    const uint8_t *data, size_t size, size_t taken)
{
    for (uint32_t searches = 0; taken < size;) {
        /* A full window is searched when it is known that more follows. */
        if (chains->end - chains->floor == CHAIN_WINDOW) {
            if (searches == BATCH_SEARCHES || batch->blocks >= ENOUGH_BLOCKS)
                break;
            chains->search(chains, batch, false);
            searches++;
            slide(chains);
        }
        uint32_t used = chains->end - chains->floor;
        size_t part = CHAIN_WINDOW - used;
        if (part > size - taken)
            part = size - taken;
        intake_take(intake, chains->window + used, data + taken, part);
        chains->end += (uint32_t)part;
        taken += part;
    }
    return taken;
}

void chains_parse_last(struct chains *chains, struct gzip_batch *batch)
{
    memset(chains->window + (chains->end - chains->floor), 0, PADDING);
    chains->search(chains, batch, true);
    if (chains->end != chains->pending.start)
        chains_write_block(chains, batch, chains->end, true);
}
