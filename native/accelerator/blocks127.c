/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How Go 1.27 writes blocks, at all levels (huffman_bit_writer.go). A block may go on with the
 * table of the one before; then the end of that one is owed, and is written only when another
 * header, or a stored block, follows.
 */
#include "bits.h"
#include "deflate.h"

#define MAX_FIXED_TOKENS 250 /* maxPredefinedTokens: beyond, no fixed block is considered */
#define GUESSED_HEADER_BITS (70 * 8)
#define MIN_JUDGED 1024 /* shorter blocks are not judged by how evenly bytes are spread */

static const struct code no_offsets = {.length = {1}};

/* What the functions below need to know of one block. */
struct job {
    struct emitter127 *emitter;
    const struct content_writer *content;
    struct bits *bits;
    const struct block *block;
    uint32_t tokens;
    uint32_t extra_size;
    uint32_t stored_size;
};

static void write_end(struct bits *bits, const struct code *literals)
{
    bits_write(bits, literals->bits[END_OF_BLOCK], literals->length[END_OF_BLOCK]);
}

static void end_open_block(struct emitter127 *emitter, struct bits *bits)
{
    if (emitter->open_header)
        write_end(bits, &emitter->literals);
    emitter->open_header = 0;
}

static void write_stored(const struct job *job)
{
    end_open_block(job->emitter, job->bits);
    bits_write_stored(job->bits, job->block->raw, job->block->size, false);
}

static void write_fixed(const struct job *job)
{
    struct emitter127 *emitter = job->emitter;
    end_open_block(emitter, job->bits);
    bits_write(job->bits, 2, 3);
    job->content->sequences(job->bits, job->block, &emitter->fixed.literals,
                            &emitter->fixed.offsets);
    write_end(job->bits, &emitter->fixed.literals);
}

static void write_stored_or_fixed(const struct job *job, uint32_t size)
{
    if (job->stored_size <= size)
        write_stored(job);
    else
        write_fixed(job);
}

static void write_content(const struct job *job)
{
    struct emitter127 *emitter = job->emitter;
    job->content->sequences(job->bits, job->block, &emitter->literals, &emitter->offsets);
    if (job->block->last)
        end_open_block(emitter, job->bits);
}

static uint32_t coded_size(const struct job *job, const struct code *literals,
                           const struct code *offsets)
{
    const struct counts *counts = &job->emitter->counts;
    return huffman_size(literals, counts->literals, LITERALS) +
           huffman_size(offsets, counts->offsets, OFFSETS) + job->extra_size;
}

static uint32_t fixed_size(const struct job *job)
{
    return 3 + coded_size(job, &job->emitter->fixed.literals, &job->emitter->fixed.offsets);
}

/* With the open table, or as fixed or stored block; false if there shall be a new table. */
static bool continue_table(const struct job *job)
{
    struct emitter127 *emitter = job->emitter;
    uint32_t new_size = emitter->open_header;
    new_size += emitter->estimated_bits(&emitter->counts, job->tokens);
    new_size += emitter->literals.length[END_OF_BLOCK] + (new_size >> emitter->penalty_shift);
    uint32_t size = coded_size(job, &emitter->literals, &emitter->offsets);
    if (new_size < size) {
        end_open_block(emitter, job->bits);
        size = new_size;
    }
    if (job->tokens < MAX_FIXED_TOKENS && fixed_size(job) + 7 < size) {
        write_stored_or_fixed(job, size);
        return true;
    }
    if (job->stored_size <= size) {
        write_stored(job);
        return true;
    }
    if (!emitter->open_header)
        return false;
    write_content(job);
    return true;
}

/* With a table of its own, or as fixed or stored block. */
static void begin_table(const struct job *job)
{
    struct emitter127 *emitter = job->emitter;
    struct counts *counts = &emitter->counts;
    struct dynamic_header *header = &emitter->header;
    huffman_build(&emitter->literals, counts->literals, LITERALS, MAX_BITS);
    huffman_build(&emitter->offsets, counts->offsets, OFFSETS, MAX_BITS);
    dynamic_header_make(header, &emitter->literals, huffman_used(counts->literals, LITERALS),
                        &emitter->offsets, huffman_used(counts->offsets, OFFSETS));
    uint32_t size = header->size + coded_size(job, &emitter->literals, &emitter->offsets);
    if (job->tokens < MAX_FIXED_TOKENS) {
        uint32_t fixed = fixed_size(job);
        if (fixed <= size) {
            write_stored_or_fixed(job, fixed);
            return;
        }
    }
    if (job->stored_size <= size) {
        write_stored(job);
        return;
    }
    dynamic_header_write(header, job->bits);
    emitter->open_header = header->size;
    emitter->open_is_literal_only = false;
    write_content(job);
}

/* writeBlockDynamic */
static void write_sequences(struct job *job)
{
    struct emitter127 *emitter = job->emitter;
    struct counts *counts = &emitter->counts;
    if (emitter->open_is_literal_only) {
        end_open_block(emitter, job->bits);
        emitter->open_is_literal_only = false;
    }
    count_block(job->block, counts);
    if (!huffman_covers(&emitter->literals, counts->literals, LITERALS) ||
        !huffman_covers(&emitter->offsets, counts->offsets, OFFSETS))
        end_open_block(emitter, job->bits);
    if (!job->block->matches)
        counts->offsets[0] = 1; /* a code has to have one symbol */
    job->extra_size = extra_size(counts);
    /* The end of block counts as a token where it is written at once. */
    job->tokens = job->block->literals + job->block->matches + job->block->last;
    if (!emitter->open_header || !continue_table(job))
        begin_table(job);
}

/*
 * Whether bytes are spread so evenly that a code cannot gain: the sum of squared differences from
 * the mean is below 2n. Go's sum in double precision is exact; so is this one, scaled by 256 * 256.
 */
static bool is_incompressible(const uint16_t *counts, uint32_t size)
{
    uint64_t deviation = 0;
    for (uint32_t i = 0; i < 256; i++) {
        int64_t difference = (int64_t)counts[i] * 256 - size;
        deviation += (uint64_t)(difference * difference);
    }
    return deviation < (uint64_t)size << 17;
}

/* writeBlockHuff */
static void write_literals(const struct job *job)
{
    struct emitter127 *emitter = job->emitter;
    const struct block *block = job->block;
    uint16_t *counts = emitter->counts.literals;
    struct code *own = &emitter->own_literals;
    count_bytes(block->raw, block->size, counts);
    if (block->size > MIN_JUDGED && is_incompressible(counts, block->size)) {
        write_stored(job);
        return;
    }
    counts[END_OF_BLOCK] = 1;
    huffman_build(own, counts, END_OF_BLOCK + 1, MAX_BITS);
    uint32_t size = huffman_size(own, counts, END_OF_BLOCK + 1);
    size += emitter->open_header ? emitter->open_header : GUESSED_HEADER_BITS;
    size += size >> emitter->penalty_shift;
    if (job->stored_size <= size) {
        write_stored(job);
        return;
    }
    if (emitter->open_header && (!huffman_covers(&emitter->literals, counts, END_OF_BLOCK) ||
                                 size < huffman_size(&emitter->literals, counts, END_OF_BLOCK)))
        end_open_block(emitter, job->bits);
    if (!emitter->open_header) {
        emitter->literals = *own;
        dynamic_header_make(&emitter->header, own, END_OF_BLOCK + 1, &no_offsets, 1);
        dynamic_header_write(&emitter->header, job->bits);
        emitter->open_header = emitter->header.size;
        emitter->open_is_literal_only = true;
    }
    job->content->bytes(job->bits, block->raw, block->size, &emitter->literals);
    if (block->last) {
        end_open_block(emitter, job->bits);
        emitter->open_is_literal_only = false;
    }
}

void blocks127_write(struct emitter127 *emitter, const struct content_writer *content,
                     struct bits *bits, const struct block *block)
{
    struct job job = {
        .emitter = emitter,
        .content = content,
        .bits = bits,
        .block = block,
        .stored_size = stored_size(block),
    };
    switch (block->kind) {
    case BLOCK_STORED:
        write_stored(&job);
        break;
    case BLOCK_LITERALS:
        write_literals(&job);
        break;
    case BLOCK_SEQUENCES:
    case BLOCK_SMALLEST: /* not of this Go */
        write_sequences(&job);
        break;
    }
}

void blocks127_finish(struct emitter127 *emitter, struct bits *bits)
{
    end_open_block(emitter, bits);
    bits_write(bits, 3, 3); /* an empty fixed block, the last one */
    write_end(bits, &emitter->fixed.literals);
}
