/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * Levels that cut the stream into blocks of one size, which they search one by one, only
 * Huffman-code or store (deflate.go). History is carried from one batch to the next.
 */
#include <stdlib.h>
#include <string.h>

#include "deflate.h"

/* Small last blocks are not searched: the smallest are stored, the others only Huffman-coded. */
#define MIN_SEARCHED 128
#define MAX_STORED_TAIL_126 16
#define MAX_STORED_TAIL_127 32

/* As long as Go's history may become before all but what a match can reach is dropped. */
#define HISTORY_SIZE (5 * BLOCK_SIZE) /* allocHistory */

struct history {
    uint32_t size;
    uint8_t before[PADDING];
    uint8_t bytes[HISTORY_SIZE + PADDING];
};

struct blockwise {
    int release;
    struct level level;
    search_function *search;
    uint32_t place;   /* of the next byte to be searched */
    uint32_t floor;   /* where the stream began; 0 once that is out of sight */
    uint32_t waiting; /* how many bytes are not searched yet */
    void *table;
    struct history *history;
    uint8_t last_window[WINDOW_SIZE];
    uint8_t waiting_data[BLOCK_SIZE];
};

static size_t entry_size(const struct level *level)
{
    return level->table_kind == TABLE_SLOTS ? sizeof(uint64_t) : sizeof(uint32_t);
}

struct blockwise *blockwise_new(int release, const struct level *level)
{
    struct blockwise *blockwise = calloc(1, sizeof *blockwise);
    if (!blockwise)
        return NULL;
    blockwise->release = release;
    blockwise->level = *level;
    blockwise->place = FIRST_PLACE;
    blockwise->floor = FIRST_PLACE;
    if (level->method != METHOD_SEARCH)
        return blockwise;
    blockwise->search = level->search();
    blockwise->table = calloc(level->table_size, entry_size(level));
    if (level->keeps_history)
        blockwise->history = calloc(1, sizeof *blockwise->history);
    if (!blockwise->table || (level->keeps_history && !blockwise->history)) {
        blockwise_free(blockwise);
        return NULL;
    }
    return blockwise;
}

void blockwise_free(struct blockwise *blockwise)
{
    if (!blockwise)
        return;
    free(blockwise->table);
    free(blockwise->history);
    free(blockwise);
}

static uint32_t lowered(uint32_t place, uint32_t by)
{
    return place > by ? place - by : 0;
}

/* Before a place would not fit any more; what is out of reach anyway may be at zero. */
static void lower_places(struct blockwise *blockwise)
{
    uint32_t by = blockwise->place - FIRST_PLACE;
    uint32_t *places = blockwise->table;
    uint64_t *slots = blockwise->table;
    for (uint32_t i = 0; i < blockwise->level.table_size; i++) {
        if (blockwise->level.table_kind == TABLE_SLOTS)
            slots[i] = (uint64_t)lowered((uint32_t)(slots[i] >> 32), by) << 32 |
                       (uint32_t)slots[i];
        else
            places[i] = lowered(places[i], by);
    }
    blockwise->place = FIRST_PLACE;
    blockwise->floor = 0;
}

/* Add a block to the history as Go adds it (fastGen.addBlock); its bytes there. */
static const uint8_t *remember(struct history *history, const uint8_t *block, uint32_t size)
{
    if (history->size + size > HISTORY_SIZE) {
        uint32_t dropped = history->size - WINDOW_SIZE;
        memmove(history->bytes, history->bytes + dropped, WINDOW_SIZE);
        history->size = WINDOW_SIZE;
    }
    uint8_t *added = history->bytes + history->size;
    memcpy(added, block, size);
    memset(added + size, 0, PADDING);
    history->size += size;
    return added;
}

/* Add bytes as a block. */
static struct block *add_block(struct gzip_batch *batch, const uint8_t *bytes, uint32_t size)
{
    struct block *block = &batch->block[batch->blocks];
    memset(block, 0, sizeof *block);
    block->raw = bytes;
    block->size = size;
    block->literal = batch->literal;
    block->sequence = batch->sequence;
    if (batch->blocks) {
        const struct block *before = block - 1;
        block->literal = before->literal + before->literals;
        block->sequence = before->sequence + before->matches;
    }
    batch->blocks++;
    return block;
}

static void search_block(struct blockwise *blockwise, struct block *block)
{
    if (blockwise->place > LAST_PLACE)
        lower_places(blockwise);
    const uint8_t *bytes = block->raw;
    if (blockwise->history)
        bytes = remember(blockwise->history, bytes, block->size);
    struct search search = {
        .data = (const uint8_t *)((uintptr_t)bytes - blockwise->place),
        .start = blockwise->place,
        .end = blockwise->place + block->size,
        .floor = blockwise->floor,
        .history = blockwise->history ? blockwise->history->bytes : NULL,
        .table = blockwise->table,
    };
    blockwise->search(&search, block);
    blockwise->place += block->size;
    if (blockwise->release == GZIP_GO127 && !block->matches)
        block->kind = BLOCK_STORED;
    else if (gains_little(block))
        block->kind = BLOCK_LITERALS;
    else
        block->kind = BLOCK_SEQUENCES;
}

static void finish_block(struct blockwise *blockwise, struct block *block)
{
    uint32_t max_stored =
        blockwise->release == GZIP_GO126 ? MAX_STORED_TAIL_126 : MAX_STORED_TAIL_127;
    if (blockwise->level.method == METHOD_STORE)
        block->kind = BLOCK_STORED;
    else if (blockwise->level.method == METHOD_HUFFMAN)
        block->kind = BLOCK_LITERALS;
    else if (!block->last || block->size >= MIN_SEARCHED)
        search_block(blockwise, block);
    else
        block->kind = block->size <= max_stored ? BLOCK_STORED : BLOCK_LITERALS;
}

size_t blockwise_parse(struct blockwise *blockwise, struct gzip_batch *batch, const uint8_t *data,
                       size_t size, size_t taken)
{
    const uint32_t block_size = blockwise->level.block_size;
    uint8_t *room = batch->window;
    /* What a match may reach: the bytes before the next block. */
    const uint8_t *history = blockwise->last_window;
    /* A full block is kept until it is known that more follows. */
    while (size - taken > block_size - blockwise->waiting && batch->blocks < BATCH_BLOCKS) {
        const uint8_t *bytes = data + taken;
        const uint32_t part = block_size - blockwise->waiting;
        /* A block stays where it is if its history is before it, and padding on both sides. */
        if (blockwise->waiting || taken < WINDOW_SIZE + PADDING ||
            size - taken < block_size + PADDING) {
            if (history + WINDOW_SIZE != room) {
                memcpy(room, history, WINDOW_SIZE);
                room += WINDOW_SIZE;
            }
            memcpy(room, blockwise->waiting_data, blockwise->waiting);
            memcpy(room + blockwise->waiting, bytes, part);
            bytes = room;
            room += block_size;
            memset(room, 0, PADDING);
        }
        history = bytes + block_size - WINDOW_SIZE;
        taken += part;
        blockwise->waiting = 0;
        finish_block(blockwise, add_block(batch, bytes, block_size));
    }
    if (batch->blocks)
        memcpy(blockwise->last_window, history, WINDOW_SIZE);
    const size_t left = size - taken;
    if (left > block_size - blockwise->waiting)
        return taken;
    if (left) /* or there may be no data to point to */
        memcpy(blockwise->waiting_data + blockwise->waiting, data + taken, left);
    blockwise->waiting += (uint32_t)left;
    return size;
}

void blockwise_parse_last(struct blockwise *blockwise, struct gzip_batch *batch)
{
    uint32_t size = blockwise->waiting;
    if (!size)
        return;
    uint8_t *bytes = batch->window + WINDOW_SIZE;
    memcpy(batch->window, blockwise->last_window, WINDOW_SIZE);
    memcpy(bytes, blockwise->waiting_data, size);
    memset(bytes + size, 0, PADDING);
    struct block *block = add_block(batch, bytes, size);
    block->last = true;
    finish_block(blockwise, block);
    blockwise->waiting = 0;
}
