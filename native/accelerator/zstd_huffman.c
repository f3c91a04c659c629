/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * Literals, Huffman-coded (huff0/compress.go, huff0.go; release 1.19.2 of klauspost/compress).
 */
#include "zstd.h"

#define NODES 512
#define MIN_CODE_BITS 5
#define WANTED_SHIFT 4 /* WantLogLess: a sixteenth has to be saved */
#define NO_SYMBOL UINT32_MAX
#define BARRIER (1u << 31)
#define UNUSED (1u << 30)

/* Whether a new table would be too large in relation to what it may save. */
#define TABLE_SIZE_GUESS 12

struct node {
    uint32_t count;
    uint16_t parent;
    uint8_t symbol;
    uint8_t bits;
};

struct counts {
    uint32_t count[256];
    uint32_t symbols; /* the highest byte that occurs, and one */
    uint32_t largest;
};

static void count_literals(struct counts *counts, const uint8_t *literal, uint32_t literals)
{
    /* Four tables, so that an increment need not wait for the one before. */
    uint32_t table[4][256];
    memset(table, 0, sizeof table);
    uint32_t i = 0;
    for (; i + 8 <= literals; i += 8) {
        const uint64_t word = load64(literal + i);
        table[0][(uint8_t)word]++;
        table[1][(uint8_t)(word >> 8)]++;
        table[2][(uint8_t)(word >> 16)]++;
        table[3][(uint8_t)(word >> 24)]++;
        table[0][(uint8_t)(word >> 32)]++;
        table[1][(uint8_t)(word >> 40)]++;
        table[2][(uint8_t)(word >> 48)]++;
        table[3][(uint8_t)(word >> 56)]++;
    }
    for (; i < literals; i++)
        table[0][literal[i]]++;
    counts->symbols = 0;
    counts->largest = 0;
    for (i = 0; i < 256; i++) {
        const uint32_t count = table[0][i] + table[1][i] + table[2][i] + table[3][i];
        counts->count[i] = count;
        if (count)
            counts->symbols = i + 1;
        if (count > counts->largest)
            counts->largest = count;
    }
}

/* Whether there is a code for every byte that occurs. */
static bool can_reuse(const struct zstd_huffman *huffman, const struct counts *counts)
{
    if (huffman->previous_size < counts->symbols)
        return false;
    for (uint32_t i = 0; i < counts->symbols; i++)
        if (counts->count[i] && !ZSTD_CODE_COUNT(huffman->previous[i]))
            return false;
    return true;
}

/* How many bytes the literals take (estimateSize). */
static uint32_t coded_size(const zstd_code *code, const struct counts *counts)
{
    uint32_t bits = 7;
    for (uint32_t i = 0; i < counts->symbols; i++)
        bits += ZSTD_CODE_COUNT(code[i]) * counts->count[i];
    return bits >> 3;
}

/* Sort by falling count; what is equal stays in order (huffSort). */
static void sort(struct node *node, const struct counts *counts)
{
    struct {
        uint32_t base, current;
    } rank[32] = {{0, 0}};
    for (uint32_t i = 0; i < counts->symbols; i++)
        rank[zstd_high_bit(counts->count[i] + 1)].base++;
    for (int i = 30; i > 0; i--)
        rank[i - 1].base += rank[i].base;
    for (int i = 0; i < 32; i++)
        rank[i].current = rank[i].base;
    for (uint32_t i = 0; i < counts->symbols; i++) {
        const uint32_t count = counts->count[i];
        const uint32_t r = zstd_high_bit(count + 1) + 1;
        uint32_t at = rank[r].current++;
        for (; at > rank[r].base && count > node[at - 1].count; at--)
            node[at] = node[at - 1];
        node[at] = (struct node){.count = count, .symbol = (uint8_t)i};
    }
}

/* Shorten codes that are longer than allowed (setMaxHeight). Returns the longest. */
static uint32_t limit_bits(struct node *node, uint32_t last, uint32_t most)
{
    const uint32_t longest = node[last].bits;
    if (longest <= most)
        return longest;
    int32_t owed = 0;
    uint32_t n = last;
    for (; node[n].bits > most; n--) {
        owed += (1 << (longest - most)) - (1 << (longest - node[n].bits));
        node[n].bits = (uint8_t)most;
    }
    while (node[n].bits == most)
        n--;
    owed >>= longest - most;

    /* The last, and rarest, node by how many bits it lacks to the longest. */
    uint32_t last_of[ZSTD_MAX_HUFFMAN_BITS + 2];
    for (uint32_t i = 0; i < ZSTD_MAX_HUFFMAN_BITS + 2; i++)
        last_of[i] = NO_SYMBOL;
    uint32_t current = most;
    for (uint32_t i = n + 1; i-- > 0;) {
        if (node[i].bits >= current)
            continue;
        current = node[i].bits;
        last_of[most - current] = i;
    }
    while (owed > 0) {
        uint32_t less = zstd_high_bit((uint32_t)owed) + 1;
        for (; less > 1; less--) {
            if (last_of[less] == NO_SYMBOL)
                continue;
            if (last_of[less - 1] == NO_SYMBOL)
                break;
            if (node[last_of[less]].count <= 2 * node[last_of[less - 1]].count)
                break;
        }
        while (less <= ZSTD_MAX_HUFFMAN_BITS && last_of[less] == NO_SYMBOL)
            less++;
        owed -= 1 << (less - 1);
        if (last_of[less - 1] == NO_SYMBOL)
            last_of[less - 1] = last_of[less];
        node[last_of[less]].bits++;
        if (last_of[less] == 0) {
            last_of[less] = NO_SYMBOL;
        } else {
            last_of[less]--;
            if (node[last_of[less]].bits != most - less)
                last_of[less] = NO_SYMBOL;
        }
    }
    for (; owed < 0; owed++) {
        if (last_of[1] == NO_SYMBOL) {
            while (node[n].bits == most)
                n--;
            last_of[1] = n;
        }
        last_of[1]++;
        node[last_of[1]].bits--;
    }
    return most;
}

/* Give codes to symbols in order, by the bits that each has. */
static void assign(zstd_code *code, const struct node *node, uint32_t nodes, uint32_t symbols,
                   uint32_t longest)
{
    uint16_t of_length[16] = {0};
    uint16_t next[16] = {0};
    for (uint32_t i = 0; i < nodes; i++)
        of_length[node[i].bits]++;
    uint16_t first = 0;
    for (uint32_t bits = longest; bits > 0; bits--) {
        next[bits] = first;
        first = (uint16_t)((first + of_length[bits]) >> 1);
    }
    memset(code, 0, 256 * sizeof *code);
    for (uint32_t i = 0; i < nodes; i++)
        code[node[i].symbol] = node[i].bits;
    for (uint32_t i = 0; i < symbols; i++)
        if (code[i])
            code[i] = ZSTD_CODE(next[code[i]]++, code[i]);
}

/* How long a code may become (optimalTableLog). */
static uint32_t code_bits(uint32_t symbols, uint32_t total)
{
    const uint32_t for_source = zstd_high_bit(total) + 1;
    const uint32_t for_symbols = zstd_high_bit(symbols - 1) + 2;
    const uint32_t least = for_source < for_symbols ? for_source : for_symbols;
    const uint32_t most = zstd_high_bit(total - 1) - 1;
    uint32_t bits = most < ZSTD_MAX_HUFFMAN_BITS ? most : ZSTD_MAX_HUFFMAN_BITS;
    if (bits < least)
        bits = least;
    if (bits < MIN_CODE_BITS)
        bits = MIN_CODE_BITS;
    return bits > ZSTD_MAX_HUFFMAN_BITS ? ZSTD_MAX_HUFFMAN_BITS : bits;
}

/* Make codes for what was counted (buildCTable). Returns the bits of the longest. */
static uint32_t make_codes(zstd_code *code, const struct counts *counts, uint32_t literals)
{
    struct node nodes[NODES + 1];
    struct node *const node = nodes + 1; /* a barrier is in front */
    sort(node, counts);
    uint32_t last = counts->symbols - 1;
    while (node[last].count == 0)
        last--;

    int32_t leaf = (int32_t)last;
    int32_t inner = (int32_t)counts->symbols;
    int32_t next = inner;
    const int32_t root = next + leaf - 1;
    for (int32_t i = next; i <= root; i++)
        node[i] = (struct node){.count = UNUSED};
    nodes[0] = (struct node){.count = BARRIER};
    for (; next <= root; next++) {
        int32_t rarest[2];
        for (int i = 0; i < 2; i++)
            rarest[i] = node[leaf].count < node[inner].count ? leaf-- : inner++;
        node[next].count = node[rarest[0]].count + node[rarest[1]].count;
        node[rarest[0]].parent = (uint16_t)next;
        node[rarest[1]].parent = (uint16_t)next;
    }
    node[root].bits = 0;
    for (int32_t i = root - 1; i >= (int32_t)counts->symbols; i--)
        node[i].bits = (uint8_t)(node[node[i].parent].bits + 1);
    for (uint32_t i = 0; i <= last; i++)
        node[i].bits = (uint8_t)(node[node[i].parent].bits + 1);

    const uint32_t longest = limit_bits(node, last, code_bits(counts->symbols, literals));
    assign(code, node, last + 1, counts->symbols, longest);
    return longest;
}

/* Describe the codes (cTable.write). Returns how many bytes that takes, or 0 if it cannot be. */
static uint32_t write_codes(const zstd_code *code, uint32_t symbols, uint32_t longest, uint8_t *out)
{
    uint8_t weight[256];
    uint32_t count[16] = {0};
    uint32_t heaviest = 0;
    const uint32_t weights = symbols - 1; /* the last follows from the others */
    for (uint32_t i = 0; i < weights; i++) {
        const uint32_t bits = ZSTD_CODE_COUNT(code[i]);
        weight[i] = (uint8_t)(bits ? longest + 1 - bits : 0);
        count[weight[i]]++;
        if (weight[i] > heaviest)
            heaviest = weight[i];
    }
    if (weights >= 2) {
        const uint32_t size = zstd_weights_compress(weight, weights, count, heaviest + 1, out + 1);
        if (size && size < symbols >> 1) {
            *out = (uint8_t)size;
            return size + 1;
        }
    }
    if (weights > 128)
        return 0;
    uint8_t *to = out;
    *to++ = (uint8_t)(128 | (weights - 1));
    weight[weights] = 0;
    for (uint32_t i = 0; i < weights; i += 2)
        *to++ = (uint8_t)(weight[i] << 4 | weight[i + 1]);
    return (uint32_t)(to - out);
}

/* One stream, from the last literal to the first (compress1xDo). Returns where it ends. */
static ZSTD_INLINE uint8_t *write_stream(const zstd_code *code, const uint8_t *literal,
                                         uint32_t literals, uint8_t *out)
{
    uint64_t word = 0;
    uint32_t count = 0;
#define PUT(byte)                                          \
    do {                                                   \
        const zstd_code entry = code[byte];                \
        word |= (uint64_t)ZSTD_CODE_BITS(entry) << count;  \
        count += ZSTD_CODE_COUNT(entry);                   \
    } while (0)
#define FLUSH()             \
    do {                    \
        store64(out, word); \
        out += count >> 3;  \
        word >>= count & 56; \
        count &= 7;         \
    } while (0)
    const uint8_t *at = literal + literals;
    for (; (at - literal) % 5; at--)
        PUT(at[-1]);
    FLUSH();
    for (; at > literal; at -= 5) {
        PUT(at[-1]);
        PUT(at[-2]);
        PUT(at[-3]);
        PUT(at[-4]);
        PUT(at[-5]);
        FLUSH();
    }
    word |= 1ull << count;
    count++;
    FLUSH();
#undef PUT
#undef FLUSH
    return out + (count > 0);
}

static ZSTD_INLINE uint32_t write_literals(const zstd_code *code, const uint8_t *literal,
                                           uint32_t literals, bool in_four, uint8_t *out)
{
    if (!in_four)
        return (uint32_t)(write_stream(code, literal, literals, out) - out);
    const uint32_t part = (literals + 3) / 4;
    uint8_t *to = out + 6;
    for (int i = 0; i < 4; i++) {
        const uint32_t size = i < 3 ? part : literals - 3 * part;
        uint8_t *const end = write_stream(code, literal + i * part, size, to);
        if (i < 3) {
            out[2 * i] = (uint8_t)(end - to);
            out[2 * i + 1] = (uint8_t)((end - to) >> 8);
        }
        to = end;
    }
    return (uint32_t)(to - out);
}

static uint32_t write_anywhere(const zstd_code *code, const uint8_t *literal, uint32_t literals,
                               bool in_four, uint8_t *out)
{
    return write_literals(code, literal, literals, in_four, out);
}

ZSTD_NEWER static uint32_t write_newer(const zstd_code *code, const uint8_t *literal,
                                       uint32_t literals, bool in_four, uint8_t *out)
{
    return write_literals(code, literal, literals, in_four, out);
}

enum zstd_literals zstd_huffman_compress(struct zstd_huffman *huffman, const uint8_t *literal,
                                         uint32_t literals, bool in_four, uint8_t *out,
                                         uint32_t *written)
{
    uint32_t (*const write)(const zstd_code *, const uint8_t *, uint32_t, bool, uint8_t *) =
        zstd_is_newer_processor() ? write_newer : write_anywhere;
    if (!huffman->may_reuse)
        huffman->previous_size = 0;
    struct counts counts;
    count_literals(&counts, literal, literals);
    const bool reusable = huffman->previous_size && can_reuse(huffman, &counts);
    const uint32_t wanted = literals - (literals >> WANTED_SHIFT);
    if (counts.largest == literals)
        return ZSTD_LITERALS_RLE;
    if (counts.largest == 1 || counts.largest < literals >> 7)
        return ZSTD_LITERALS_RAW;

    zstd_code codes[256];
    const uint32_t longest = make_codes(codes, &counts, literals);
    if (reusable && (coded_size(huffman->previous, &counts) <= coded_size(codes, &counts) ||
                     TABLE_SIZE_GUESS >= wanted)) {
        *written = write(huffman->previous, literal, literals, in_four, out);
        return *written < wanted ? ZSTD_LITERALS_TREELESS : ZSTD_LITERALS_RAW;
    }
    const uint32_t header = write_codes(codes, counts.symbols, longest, out);
    if (header == 0)
        return ZSTD_LITERALS_RAW;
    *written = header + write(codes, literal, literals, in_four, out + header);
    if (*written >= wanted)
        return ZSTD_LITERALS_RAW;
    memcpy(huffman->previous, codes, sizeof huffman->previous);
    huffman->previous_size = counts.symbols;
    return ZSTD_LITERALS_CODED;
}
