/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * The zstd frame: its header, its checksum, and the two halves of the work on what is between them
 * (encoder.go, frameenc.go, enc_base.go).
 */
#include <stdlib.h>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "xxhash64.h"
#include "zstd_block.h"

#define MIN_WINDOW 1024
#define HUGE_PAGE (2u << 20)
#define FIRST_SPEED 1
#define LAST_SPEED 4

/* Places are kept in 32 bits of which Go uses 31: before they run out, tables move down. */
#define MAX_PLACE INT32_MAX

static const uint8_t magic[] = {0x28, 0xB5, 0x2F, 0xFD};
#define HAS_CHECKSUM (1 << 2)
#define IS_SINGLE_SEGMENT (1 << 5)
#define MIN_WINDOW_BITS 10

static const struct zstd_speed speeds[LAST_SPEED + 1] = {
    [ZSTD_FASTEST] = {.block_size = 64 << 10,
                      .window = 4 << 20,
                      .slots = 1 << 15,
                      .search = zstd_fast},
    [ZSTD_DEFAULT] = {.block_size = ZSTD_MAX_BLOCK,
                      .window = 8 << 20,
                      .slots = 1 << 15,
                      .long_slots = 1 << 17,
                      .search = zstd_double},
    [ZSTD_BETTER] = {.block_size = ZSTD_MAX_BLOCK,
                     .window = 8 << 20,
                     .codes_all_literals = true,
                     .slots = 1 << 13,
                     .long_slots = 1 << 19,
                     .search = zstd_better},
    [ZSTD_BEST] = {.block_size = ZSTD_MAX_BLOCK,
                   .window = 8 << 20,
                   .codes_all_literals = true,
                   .slots = 1 << 18,
                   .long_slots = 1 << 22,
                   .search = zstd_best},
};

struct zstd_parser {
    int number;
    const struct zstd_speed *speed;
    zstd_search_function *run;
    bool started;
    uint32_t capacity; /* of the history */
    uint32_t waiting;  /* how many bytes behind the history are the next block */
    struct zstd_search search;
};

struct zstd_emitter {
    const struct zstd_speed *speed;
    struct xxhash64 hash;
    struct zstd_entropy entropy;
};

const struct zstd_speed *zstd_speed_find(int number)
{
    return number < FIRST_SPEED || number > LAST_SPEED ? NULL : &speeds[number];
}

/*
 * A table of zeros. Large ones are looked up all over, where pages of the usual size cost as much
 * as the look-up itself.
 */
static uint64_t *table_new(size_t slots)
{
    const size_t size = (slots ? slots : 1) * sizeof(uint64_t);
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    if (size >= HUGE_PAGE) {
        const size_t whole = (size + HUGE_PAGE - 1) & ~(size_t)(HUGE_PAGE - 1);
        uint64_t *table = aligned_alloc(HUGE_PAGE, whole);
        if (table) {
            madvise(table, whole, MADV_HUGEPAGE);
            memset(table, 0, size);
        }
        return table;
    }
#endif
    return calloc(1, size);
}

zstd_parser *zstd_parser_new(int number)
{
    const struct zstd_speed *speed = zstd_speed_find(number);
    if (!speed)
        return NULL;
    zstd_parser *parser = calloc(1, sizeof *parser);
    if (!parser)
        return NULL;
    parser->number = number;
    parser->speed = speed;
    parser->run = speed->search();
    parser->capacity = 2 * speed->window;
    parser->search.window = speed->window;
    parser->search.cur = speed->window;
    parser->search.history = malloc(parser->capacity + ZSTD_PADDING);
    parser->search.table = table_new(speed->slots);
    parser->search.long_table = table_new(speed->long_slots);
    if (!parser->search.history || !parser->search.table || !parser->search.long_table) {
        zstd_parser_free(parser);
        return NULL;
    }
    return parser;
}

void zstd_parser_free(zstd_parser *parser)
{
    if (!parser)
        return;
    free(parser->search.history);
    free(parser->search.table);
    free(parser->search.long_table);
    free(parser);
}

static void begin_batch(zstd_batch *batch)
{
    batch->first = false;
    batch->last = false;
    batch->is_whole = false;
    batch->size = 0;
    batch->literals = 0;
    batch->sequences = 0;
}

zstd_batch *zstd_batch_new(void)
{
    zstd_batch *batch = malloc(sizeof *batch);
    if (batch)
        begin_batch(batch);
    return batch;
}

void zstd_batch_free(zstd_batch *batch)
{
    free(batch);
}

zstd_emitter *zstd_emitter_new(int number)
{
    const struct zstd_speed *speed = zstd_speed_find(number);
    if (!speed)
        return NULL;
    zstd_emitter *emitter = calloc(1, sizeof *emitter);
    if (!emitter)
        return NULL;
    emitter->speed = speed;
    xxhash64_start(&emitter->hash);
    zstd_coders_prepare(&emitter->entropy.coders);
    return emitter;
}

void zstd_emitter_free(zstd_emitter *emitter)
{
    free(emitter);
}

/* A place after the tables have moved down; what no match can reach becomes 0. */
static uint32_t moved(uint32_t place, uint32_t least, uint32_t by)
{
    return place < least ? 0 : place - by;
}

/* Keep places within 31 bits (Encode, "Protect against e.cur wraparound"). */
static void move_tables_down(zstd_parser *parser)
{
    struct zstd_search *search = &parser->search;
    const uint32_t window = search->window;
    if (search->cur < MAX_PLACE - 2 * window - search->start)
        return;
    const uint32_t least = search->cur + search->start - window;
    const uint32_t by = search->cur - window;
    uint64_t *const tables[] = {search->table, search->long_table};
    const size_t slots[] = {parser->speed->slots, parser->speed->long_slots};
    for (int i = 0; i < 2; i++) {
        const bool has_pairs =
            parser->number == ZSTD_BEST || (parser->number == ZSTD_BETTER && i == 1);
        for (size_t n = 0; n < slots[i]; n++) {
            const uint64_t slot = tables[i][n];
            const uint32_t low = (uint32_t)slot, high = (uint32_t)(slot >> 32);
            if (has_pairs)
                tables[i][n] = (uint64_t)moved(high, least, by) << 32 | moved(low, least, by);
            else
                tables[i][n] = (uint64_t)moved(high, least, by) << 32 | low;
        }
    }
    search->cur = window;
}

/* Make room for a block behind the history (addBlock). */
static void make_room(zstd_parser *parser)
{
    struct zstd_search *search = &parser->search;
    if (search->start < parser->capacity)
        return;
    const uint32_t by = search->start - search->window;
    memmove(search->history, search->history + by, search->window);
    search->cur += by;
    search->start = search->window;
}

static void search_block(zstd_parser *parser, zstd_batch *batch)
{
    struct zstd_search *search = &parser->search;
    batch->size = parser->waiting;
    if (parser->waiting == 0)
        return;
    move_tables_down(parser);
    search->end = search->start + parser->waiting;
    /* Loops read what lies behind, and make nothing of it. */
    memset(search->history + search->end, 0, ZSTD_PADDING);
    memcpy(batch->source, search->history + search->start, parser->waiting);
    parser->run(search, batch);
    search->start = search->end;
    parser->waiting = 0;
}

size_t zstd_parse(zstd_parser *parser, zstd_batch *batch, const uint8_t *data, size_t size,
                  size_t taken)
{
    begin_batch(batch);
    if (taken == size)
        return size;
    make_room(parser);
    const uint32_t room = parser->speed->block_size - parser->waiting;
    const uint32_t part = size - taken < room ? (uint32_t)(size - taken) : room;
    memcpy(parser->search.history + parser->search.start + parser->waiting, data + taken, part);
    parser->waiting += part;
    if (parser->waiting == parser->speed->block_size) {
        batch->first = !parser->started;
        parser->started = true;
        search_block(parser, batch);
    }
    return taken + part;
}

void zstd_parse_last(zstd_parser *parser, zstd_batch *batch)
{
    begin_batch(batch);
    batch->first = !parser->started;
    batch->last = true;
    batch->is_whole = !parser->started && parser->waiting > 0;
    parser->search.is_whole = batch->is_whole;
    parser->started = true;
    search_block(parser, batch);
}

size_t zstd_emit_bound(const zstd_batch *batch)
{
    return (size_t)batch->size + 2 * (size_t)batch->literals + 16 * (size_t)batch->sequences + 2048;
}

/* The frame header (frameHeader.appendTo); the size is known of a stream of one block only. */
static uint8_t *write_header(const struct zstd_speed *speed, bool is_whole, uint32_t size,
                             uint8_t *out)
{
    memcpy(out, magic, sizeof magic);
    out += sizeof magic;
    const bool is_single_segment = is_whole && size > MIN_WINDOW;
    if (!is_whole)
        size = 0;
    const uint32_t size_code = (size >= 256) + (size >= 65536 + 256);
    *out++ = (uint8_t)(HAS_CHECKSUM | (is_single_segment ? IS_SINGLE_SEGMENT : 0) | size_code << 6);
    if (!is_single_segment) {
        uint32_t window = is_whole ? 2u << zstd_high_bit(size) : speed->window;
        if (window < MIN_WINDOW)
            window = MIN_WINDOW;
        *out++ = (uint8_t)((zstd_high_bit(window) - MIN_WINDOW_BITS) << 3);
    }
    if (size_code == 1) {
        *out++ = (uint8_t)(size - 256);
        *out++ = (uint8_t)((size - 256) >> 8);
    } else if (size_code == 2) {
        store32(out, size);
        out += 4;
    }
    return out;
}

size_t zstd_emit(zstd_emitter *emitter, zstd_batch *batch, uint8_t *out)
{
    uint8_t *to = out;
    if (batch->first)
        to = write_header(emitter->speed, batch->is_whole, batch->size, to);
    if (batch->size) {
        xxhash64_add(&emitter->hash, batch->source, batch->size);
        to = zstd_block_write(&emitter->entropy, batch, emitter->speed->codes_all_literals, to);
        if (!to)
            return 0;
    } else if (batch->last) {
        to = zstd_raw_write(batch->source, 0, true, to);
    }
    if (batch->last) {
        store32(to, (uint32_t)xxhash64_end(&emitter->hash));
        to += 4;
    }
    return (size_t)(to - out);
}
