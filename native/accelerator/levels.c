/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * What each level of each profile does (compressor.init, and the table `levels`, in deflate.go).
 */
#include "deflate.h"

#define HUFFMAN_ONLY (-2)
#define DEFAULT_COMPRESSION (-1)
#define NO_COMPRESSION 0
#define BEST_SPEED 1
#define BEST_COMPRESSION 9
#define DEFAULT_LEVEL 6

/* "compressor used fastest algorithm", "… used maximum compression" (RFC 1952). */
#define HINT_FASTEST 4
#define HINT_SMALLEST 2

#define HUFFMAN_BLOCK_SIZE_127 32768
#define HUFFMAN_PENALTY 10
#define SEARCH_PENALTY 7
#define CHAINS_PENALTY 8

static const struct effort efforts126[] = {
    [2] = {.lazy = 0, .nice = 16, .chain = 8, .indexed = 5},
    [3] = {.lazy = 0, .nice = 32, .chain = 32, .indexed = 6},
    [4] = {.lazy = 4, .nice = 16, .chain = 16},
    [5] = {.lazy = 16, .nice = 32, .chain = 32},
    [6] = {.lazy = 16, .nice = 128, .chain = 128},
    [7] = {.lazy = 32, .nice = 128, .chain = 256},
    [8] = {.lazy = 128, .nice = 258, .chain = 1024},
    [9] = {.lazy = 258, .nice = 258, .chain = 4096},
};

static const struct effort efforts127[] = {
    [7] = {.lazy = 12, .nice = 16, .chain = 24},
    [8] = {.lazy = 30, .nice = 40, .chain = 64},
    [9] = {.lazy = 258, .nice = 258, .chain = 1024, .weighs = true},
};

static const struct level searches127[] = {
    [1] = {.search = search127, .table_kind = TABLE_SLOTS, .table_size = TABLE_SIZE_127},
    [2] = {.search = search127_2, .table_kind = TABLE_PLACES, .table_size = TABLE_SIZE_127_2},
    [3] = {.search = search127_3, .table_kind = TABLE_PLACES, .table_size = TABLE_SIZE_127_3},
    [4] = {.search = search127_4,
           .table_kind = TABLE_PLACES,
           .table_size = TABLE_SIZE_127_4,
           .keeps_history = true},
    [5] = {.search = search127_5, .table_kind = TABLE_PLACES, .table_size = TABLE_SIZE_127_5},
    [6] = {.search = search127_6, .table_kind = TABLE_PLACES, .table_size = TABLE_SIZE_127_6},
};
#define LAST_SEARCH_127 6

static struct level level126(int number)
{
    if (number == BEST_SPEED)
        return (struct level){.method = METHOD_SEARCH,
                              .block_size = BLOCK_SIZE,
                              .search = search126,
                              .table_kind = TABLE_SLOTS,
                              .table_size = TABLE_SIZE_126};
    return (struct level){.method = METHOD_CHAINS, .effort = efforts126[number]};
}

static struct level level127(int number)
{
    if (number > LAST_SEARCH_127)
        return (struct level){.method = METHOD_CHAINS,
                              .effort = efforts127[number],
                              .penalty_shift = CHAINS_PENALTY};
    struct level level = searches127[number];
    level.method = METHOD_SEARCH;
    level.block_size = BLOCK_SIZE;
    level.penalty_shift = SEARCH_PENALTY;
    return level;
}

int release_of(int profile)
{
    switch (profile) {
    case GZIP_GO126:
        return GZIP_GO126;
    case GZIP_GO127:
    case GZIP_GO127_AMD64V3:
    case GZIP_GO127_ARM64:
        return GZIP_GO127;
    default:
        return 0;
    }
}

bool level_find(struct level *level, int release, int number)
{
    if (release != GZIP_GO126 && release != GZIP_GO127)
        return false;
    if (number < HUFFMAN_ONLY || number > BEST_COMPRESSION)
        return false;
    if (number == DEFAULT_COMPRESSION)
        number = DEFAULT_LEVEL;
    if (number == NO_COMPRESSION)
        *level = (struct level){.method = METHOD_STORE, .block_size = BLOCK_SIZE};
    else if (number == HUFFMAN_ONLY)
        *level = (struct level){
            .method = METHOD_HUFFMAN,
            .block_size = release == GZIP_GO126 ? BLOCK_SIZE : HUFFMAN_BLOCK_SIZE_127,
            .penalty_shift = HUFFMAN_PENALTY,
        };
    else
        *level = release == GZIP_GO126 ? level126(number) : level127(number);
    if (number == BEST_SPEED)
        level->hint = HINT_FASTEST;
    else if (number == BEST_COMPRESSION)
        level->hint = HINT_SMALLEST;
    return true;
}
