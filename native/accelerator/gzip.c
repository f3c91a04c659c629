/*
 * The gzip stream: header, trailer, the cutting into blocks of 65,535 bytes, and what is carried
 * from one batch to the next (compress/gzip, and deflate.go of compress/flate).
 */
#include <stdlib.h>

#include "bits.h"
#include "deflate.h"

/* No name, no time; "compressor used fastest algorithm"; unknown system (RFC 1952). */
static const uint8_t header[] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 4, 0xFF};

/* Small last blocks are not searched: the smallest are stored, the others only Huffman-coded. */
#define MIN_SEARCHED 128
#define MAX_STORED_TAIL_126 16
#define MAX_STORED_TAIL_127 32

/*
 * Places in the stream are 32 bits wide. The first is so high that an empty slot of the table is
 * out of reach; before they overflow, all are shifted down.
 */
#define FIRST_PLACE (2u * WINDOW_SIZE)
#ifndef LAST_PLACE /* lower for tests */
#define LAST_PLACE (1u << 30)
#endif

/* A block becomes at most twice as long: 15 bits for a literal, 48 for a match of 4 bytes. */
#define BLOCK_BOUND (2 * BLOCK_SIZE + 1024)

struct gzip_parser {
    int profile;
    search_function *search;
    bool started;
    uint32_t place;   /* of the next byte to be searched */
    uint32_t floor;   /* where the stream began; 0 once that is out of sight */
    uint32_t waiting; /* how many bytes are not searched yet */
    uint32_t checksum;
    uint32_t stream_size;
    uint32_t table_size;
    uint64_t *table;
    struct crc32_table crc32;
    uint8_t last_window[WINDOW_SIZE];
    uint8_t waiting_data[BLOCK_SIZE];
};

struct gzip_emitter {
    int profile;
    uint64_t word; /* bits that do not make a byte yet */
    uint32_t count;
    struct content_writer content;
    struct emitter126 go126;
    struct emitter127 go127;
};

gzip_parser *gzip_parser_new(int profile)
{
    if (profile != GZIP_GO126 && profile != GZIP_GO127)
        return NULL;
    gzip_parser *parser = calloc(1, sizeof *parser);
    if (!parser)
        return NULL;
    parser->profile = profile;
    parser->search = profile == GZIP_GO126 ? search126() : search127();
    parser->table_size = profile == GZIP_GO126 ? TABLE_SIZE_126 : TABLE_SIZE_127;
    parser->table = calloc(parser->table_size, sizeof *parser->table);
    if (!parser->table) {
        free(parser);
        return NULL;
    }
    parser->place = FIRST_PLACE;
    parser->floor = FIRST_PLACE;
    crc32_prepare(&parser->crc32);
    return parser;
}

void gzip_parser_free(gzip_parser *parser)
{
    if (parser)
        free(parser->table);
    free(parser);
}

gzip_batch *gzip_batch_new(void)
{
    gzip_batch *batch = malloc(sizeof *batch);
    if (batch) {
        batch->blocks = 0;
        memset(batch->before_window, 0, sizeof batch->before_window);
    }
    return batch;
}

void gzip_batch_free(gzip_batch *batch)
{
    free(batch);
}

gzip_emitter *gzip_emitter_new(int profile)
{
    if (profile != GZIP_GO126 && profile != GZIP_GO127)
        return NULL;
    gzip_emitter *emitter = calloc(1, sizeof *emitter);
    if (!emitter)
        return NULL;
    emitter->profile = profile;
    emitter->content = content_writer();
    if (profile == GZIP_GO127)
        blocks127_prepare(&emitter->go127);
    return emitter;
}

void gzip_emitter_free(gzip_emitter *emitter)
{
    free(emitter);
}

static void begin_batch(gzip_parser *parser, gzip_batch *batch)
{
    batch->first = !parser->started;
    batch->last = false;
    batch->blocks = 0;
    parser->started = true;
}

/* Before a place would not fit any more; what is out of reach anyway may be at zero. */
static void lower_places(gzip_parser *parser)
{
    uint32_t by = parser->place - FIRST_PLACE;
    for (uint32_t i = 0; i < parser->table_size; i++) {
        uint64_t slot = parser->table[i];
        uint32_t place = (uint32_t)(slot >> 32);
        place = place > by ? place - by : 0;
        parser->table[i] = (uint64_t)place << 32 | (uint32_t)slot;
    }
    parser->place = FIRST_PLACE;
    parser->floor = 0;
}

/* Add `size` bytes of the window, from `start` on, as a block, and search it. */
static struct block *add_block(gzip_batch *batch, uint32_t start, uint32_t size)
{
    struct block *block = &batch->block[batch->blocks];
    memset(block, 0, sizeof *block);
    block->raw = batch->window + start;
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

static void search_block(gzip_parser *parser, struct block *block)
{
    if (parser->place > LAST_PLACE)
        lower_places(parser);
    struct search search = {
        .data = (const uint8_t *)((uintptr_t)block->raw - parser->place),
        .start = parser->place,
        .end = parser->place + block->size,
        .floor = parser->floor,
        .table = parser->table,
    };
    parser->search(&search, block);
    parser->place += block->size;
    if (parser->profile == GZIP_GO127 && !block->matches)
        block->kind = BLOCK_STORED;
    else if (block->literals + block->matches > block->size - (block->size >> 4))
        block->kind = BLOCK_LITERALS;
    else
        block->kind = BLOCK_SEQUENCES;
}

static void take(gzip_parser *parser, uint8_t *to, const uint8_t *from, size_t size)
{
    if (size) /* for then there may be no data to point to */
        parser->checksum = crc32_copy(&parser->crc32, parser->checksum, to, from, size);
}

size_t gzip_parse(gzip_parser *parser, gzip_batch *batch, const uint8_t *data, size_t size)
{
    begin_batch(parser, batch);
    /* A full block is kept until it is known that more follows. */
    size_t blocks = 0;
    if (size > BLOCK_SIZE - parser->waiting)
        blocks = (size - 1 - (BLOCK_SIZE - parser->waiting)) / BLOCK_SIZE + 1;
    if (blocks > BATCH_BLOCKS)
        blocks = BATCH_BLOCKS;
    const uint8_t *from = data;
    if (blocks) {
        uint32_t end = WINDOW_SIZE;
        memcpy(batch->window, parser->last_window, WINDOW_SIZE);
        memcpy(batch->window + end, parser->waiting_data, parser->waiting);
        for (size_t i = 0; i < blocks; i++) {
            uint32_t part = BLOCK_SIZE - parser->waiting;
            take(parser, batch->window + end + parser->waiting, from, part);
            memset(batch->window + end + BLOCK_SIZE, 0, PADDING);
            from += part;
            parser->waiting = 0;
            search_block(parser, add_block(batch, end, BLOCK_SIZE));
            end += BLOCK_SIZE;
        }
        memcpy(parser->last_window, batch->window + end - WINDOW_SIZE, WINDOW_SIZE);
    }
    size_t left = size - (size_t)(from - data);
    if (left <= BLOCK_SIZE - parser->waiting) {
        take(parser, parser->waiting_data + parser->waiting, from, left);
        parser->waiting += (uint32_t)left;
        from += left;
    }
    parser->stream_size += (uint32_t)(from - data);
    return (size_t)(from - data);
}

void gzip_parse_last(gzip_parser *parser, gzip_batch *batch)
{
    begin_batch(parser, batch);
    batch->last = true;
    batch->checksum = parser->checksum;
    batch->stream_size = parser->stream_size;
    uint32_t size = parser->waiting;
    if (!size)
        return;
    memcpy(batch->window, parser->last_window, WINDOW_SIZE);
    memcpy(batch->window + WINDOW_SIZE, parser->waiting_data, size);
    memset(batch->window + WINDOW_SIZE + size, 0, PADDING);
    struct block *block = add_block(batch, WINDOW_SIZE, size);
    block->last = true;
    if (size >= MIN_SEARCHED)
        search_block(parser, block);
    else if (size <= (parser->profile == GZIP_GO126 ? MAX_STORED_TAIL_126 : MAX_STORED_TAIL_127))
        block->kind = BLOCK_STORED;
    else
        block->kind = BLOCK_LITERALS;
    parser->waiting = 0;
}

size_t gzip_emit_bound(const gzip_batch *batch)
{
    /* 64 bytes are for what is around blocks, and for writing whole words. */
    return (size_t)batch->blocks * BLOCK_BOUND + 64;
}

size_t gzip_emit(gzip_emitter *emitter, const gzip_batch *batch, uint8_t *out)
{
    struct bits bits = {emitter->word, emitter->count, out};
    if (batch->first) {
        memcpy(bits.out, header, sizeof header);
        bits.out += sizeof header;
    }
    for (uint32_t i = 0; i < batch->blocks; i++) {
        if (emitter->profile == GZIP_GO126)
            blocks126_write(&emitter->go126, &emitter->content, &bits, &batch->block[i]);
        else
            blocks127_write(&emitter->go127, &emitter->content, &bits, &batch->block[i]);
    }
    if (batch->last) {
        if (emitter->profile == GZIP_GO126)
            blocks126_finish(&bits);
        else
            blocks127_finish(&emitter->go127, &bits);
        bits_align(&bits);
        store32(bits.out, batch->checksum);
        store32(bits.out + 4, batch->stream_size);
        bits.out += 8;
    }
    emitter->word = bits.word;
    emitter->count = bits.count;
    return (size_t)(bits.out - out);
}
