/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * The gzip stream: header and trailer, and the two halves of the work on what is between them
 * (compress/gzip). Who cuts the stream into blocks and finds matches depends on the level.
 */
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "deflate.h"

/* No name, no time, unknown system (RFC 1952); the byte before the last is the level's hint. */
static const uint8_t header[] = {0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF};
#define HINT_AT 8

struct gzip_parser {
    bool started;
    struct intake intake; /* of levels with hash chains; for others, the emitter has it */
    /* One of these. */
    struct blockwise *blockwise;
    struct chains *chains;
};

struct gzip_emitter {
    int release;
    uint8_t hint;
    uint64_t word; /* bits that do not make a byte yet */
    uint32_t count;
    bool sums; /* it reads all blocks anyway; but hash chains may have lost some */
    struct intake intake;
    struct content_writer content;
    struct emitter126 go126;
    struct emitter127 go127;
};

gzip_parser *gzip_parser_new(int profile, int number)
{
    struct level level;
    const int release = release_of(profile);
    if (!level_find(&level, release, number))
        return NULL;
    gzip_parser *parser = calloc(1, sizeof *parser);
    if (!parser)
        return NULL;
    if (level.method == METHOD_CHAINS)
        parser->chains = chains_new(release, &level);
    else
        parser->blockwise = blockwise_new(release, &level);
    if (!parser->chains && !parser->blockwise) {
        free(parser);
        return NULL;
    }
    return parser;
}

void gzip_parser_free(gzip_parser *parser)
{
    if (!parser)
        return;
    chains_free(parser->chains);
    blockwise_free(parser->blockwise);
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

gzip_emitter *gzip_emitter_new(int profile, int number)
{
    struct level level;
    const int release = release_of(profile);
    if (!level_find(&level, release, number))
        return NULL;
    gzip_emitter *emitter = calloc(1, sizeof *emitter);
    if (!emitter)
        return NULL;
    emitter->release = release;
    emitter->hint = level.hint;
    emitter->sums = level.method != METHOD_CHAINS;
    emitter->content = content_writer();
    emitter->go127.estimated_bits = estimator_of(profile);
    emitter->go127.penalty_shift = level.penalty_shift;
    fixed_codes_make(&emitter->go126.fixed);
    fixed_codes_make(&emitter->go127.fixed);
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

size_t gzip_parse(gzip_parser *parser, gzip_batch *batch, const uint8_t *data, size_t size,
                  size_t taken)
{
    begin_batch(parser, batch);
    if (parser->chains)
        return chains_parse(parser->chains, &parser->intake, batch, data, size, taken);
    return blockwise_parse(parser->blockwise, batch, data, size, taken);
}

void gzip_parse_last(gzip_parser *parser, gzip_batch *batch)
{
    begin_batch(parser, batch);
    batch->last = true;
    batch->checksum = parser->intake.checksum;
    batch->stream_size = parser->intake.size;
    if (parser->chains)
        chains_parse_last(parser->chains, batch);
    else
        blockwise_parse_last(parser->blockwise, batch);
}

/* 15 bits for a literal, 48 for a match; what can be stored takes no more than that. */
static size_t block_bound(const struct block *block)
{
    size_t coded = 2 * (size_t)block->literals + 6 * (size_t)block->matches;
    if (block->kind == BLOCK_LITERALS)
        coded = 2 * (size_t)block->size;
    /* Stored blocks are of 65,535 bytes at most; 1024 are for headers. */
    size_t stored = block->size < BLOCK_SIZE ? block->size : BLOCK_SIZE;
    return (coded > stored ? coded : stored) + 1024;
}

size_t gzip_emit_bound(const gzip_batch *batch)
{
    /* 64 bytes are for what is around blocks, and for writing whole words. */
    size_t bound = 64;
    for (uint32_t i = 0; i < batch->blocks; i++)
        bound += block_bound(&batch->block[i]);
    return bound;
}

static void write_block(gzip_emitter *emitter, struct bits *bits, const struct block *block)
{
    const uint32_t size = emitter->intake.size;
    if (emitter->release == GZIP_GO126)
        blocks126_write(&emitter->go126, &emitter->content, bits, block);
    else
        blocks127_write(&emitter->go127, &emitter->content, bits, block);
    if (emitter->sums && emitter->intake.size == size) /* it was not stored */
        intake_take(&emitter->intake, NULL, block->raw, block->size);
}

size_t gzip_emit(gzip_emitter *emitter, const gzip_batch *batch, uint8_t *out)
{
    struct intake *const intake = &emitter->intake;
    struct bits bits = {emitter->word, emitter->count, out, emitter->sums ? intake : NULL};
    if (batch->first) {
        memcpy(bits.out, header, sizeof header);
        bits.out[HINT_AT] = emitter->hint;
        bits.out += sizeof header;
    }
    for (uint32_t i = 0; i < batch->blocks; i++)
        write_block(emitter, &bits, &batch->block[i]);
    if (batch->last) {
        if (emitter->release == GZIP_GO126)
            blocks126_finish(&bits);
        else
            blocks127_finish(&emitter->go127, &bits);
        bits_align(&bits);
        store32(bits.out, emitter->sums ? intake->checksum : batch->checksum);
        store32(bits.out + 4, emitter->sums ? intake->size : batch->stream_size);
        bits.out += 8;
    }
    emitter->word = bits.word;
    emitter->count = bits.count;
    return (size_t)(bits.out - out);
}
