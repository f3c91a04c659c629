/*
 * SHA-256 of several streams at once (FIPS 180-4): the queue of pieces that wait.
 *
 * A processor hashes three streams nearly as fast as one. So a stream's piece is not hashed when it
 * comes, but waits until pieces of others wait too; whoever brings the piece that makes them enough
 * hashes the first of each, as far as the shortest goes. A stream's state belongs to one thread at a
 * time: the one that has marked it as taken, else whoever holds the lock.
 *
 * A fork waits until no stream is taken, and holds the lock: so the child finds all in order.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "accelerator.h"
#include "sha256.h"

#define MIN_WAITING (1u << 15) /* shorter pieces are hashed at once */
#define MAX_HELD (1u << 20)    /* of one stream: then it waits no longer */
#define MAX_PIECES (MAX_HELD / MIN_WAITING + 1)
#define MAX_BLOCKS 4096 /* at a time, so that nobody waits long for a stream that is taken */

const uint32_t sha256_constants[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

static const uint32_t first_state[8] = {
    0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19,
};

struct piece {
    const uint8_t *data;
    size_t size;
};

/* What is known of the bytes so far. */
struct progress {
    uint32_t state[8];
    uint64_t size; /* of all that was given */
    uint8_t rest[SHA256_BLOCK];
    uint32_t rest_size;
};

struct sha256 {
    struct progress progress;
    /* Whoever uses the stream reads and writes these. */
    bool counts;      /* as one of those that are fed */
    bool may_wait;    /* some of its pieces may not be hashed yet */
    size_t held;      /* bytes that were given since none waited */
    /* Whoever holds the lock does these. */
    struct sha256 *next; /* of those that wait */
    bool listed;
    bool taken;
    uint32_t first; /* of the pieces */
    uint32_t pieces;
    struct piece piece[MAX_PIECES];
};

static struct {
    pthread_once_t once;
    const struct sha256_kernel *kernel;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a stream is taken no longer */
    struct sha256 *first;   /* those that have pieces and are not taken, in the order of their coming */
    struct sha256 **end;
    uint32_t listed; /* how many they are */
    uint32_t taken;
    uint32_t fed; /* streams that large pieces come for */
    bool forking;
    uint32_t awaited; /* how many threads wait for `changed` */
} queue = {
    .once = PTHREAD_ONCE_INIT,
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .changed = PTHREAD_COND_INITIALIZER,
};

/* ---- forks ------------------------------------------------------------------------------- */

static void wait_for_change(void)
{
    queue.awaited++;
    pthread_cond_wait(&queue.changed, &queue.lock);
    queue.awaited--;
}

static void before_fork(void)
{
    pthread_mutex_lock(&queue.lock);
    while (queue.forking)
        wait_for_change();
    queue.forking = true;
    while (queue.taken)
        wait_for_change();
}

static void after_fork(void)
{
    queue.forking = false;
    if (queue.awaited)
        pthread_cond_broadcast(&queue.changed);
    pthread_mutex_unlock(&queue.lock);
}

static void after_fork_in_child(void)
{
    /* The threads that waited are not here. */
    const pthread_cond_t nobody = PTHREAD_COND_INITIALIZER;
    queue.changed = nobody;
    queue.awaited = 0;
    queue.forking = false;
    pthread_mutex_unlock(&queue.lock);
}

static void prepare(void)
{
    queue.kernel = sha256_x86();
    if (!queue.kernel)
        queue.kernel = sha256_arm();
    queue.end = &queue.first;
    /* Without it, forks are not safe. */
    if (queue.kernel && pthread_atfork(before_fork, after_fork, after_fork_in_child))
        queue.kernel = NULL;
}

/* ---- one stream -------------------------------------------------------------------------- */

static void add_blocks(struct progress *progress, const uint8_t *data, size_t blocks)
{
    uint32_t *const states[] = {progress->state};
    const uint8_t *const pieces[] = {data};
    if (blocks)
        queue.kernel->by_lanes[1](states, pieces, blocks);
}

/* Take what makes the rest a whole block, as far as there is so much. */
static size_t complete_rest(struct progress *progress, const uint8_t *data, size_t size)
{
    if (!progress->rest_size)
        return 0;
    size_t taken = SHA256_BLOCK - progress->rest_size;
    if (taken > size)
        taken = size;
    memcpy(progress->rest + progress->rest_size, data, taken);
    progress->rest_size += (uint32_t)taken;
    if (progress->rest_size == SHA256_BLOCK) {
        add_blocks(progress, progress->rest, 1);
        progress->rest_size = 0;
    }
    return taken;
}

/* Keep what does not make a block; the rest is empty. */
static void keep_rest(struct progress *progress, const uint8_t *data, size_t size)
{
    memcpy(progress->rest, data, size);
    progress->rest_size = (uint32_t)size;
}

static void add_alone(struct progress *progress, const uint8_t *data, size_t size)
{
    size_t taken = complete_rest(progress, data, size);
    data += taken;
    size -= taken;
    if (progress->rest_size)
        return;
    size_t whole = size / SHA256_BLOCK;
    add_blocks(progress, data, whole);
    keep_rest(progress, data + whole * SHA256_BLOCK, size % SHA256_BLOCK);
}

static void finish(struct progress *progress, uint8_t *digest)
{
    static const uint8_t padding[SHA256_BLOCK] = {0x80};
    uint8_t length[8];
    for (int i = 0; i < 8; i++)
        length[i] = (uint8_t)(progress->size << 3 >> (56 - 8 * i));
    size_t fill = (2 * SHA256_BLOCK - 8 - progress->rest_size - 1) % SHA256_BLOCK + 1;
    add_alone(progress, padding, fill);
    add_alone(progress, length, sizeof length);
    for (int i = 0; i < 32; i++)
        digest[i] = (uint8_t)(progress->state[i / 4] >> (24 - 8 * (i % 4)));
}

/* ---- the queue; the lock is held --------------------------------------------------------- */

static void list(struct sha256 *stream)
{
    stream->next = NULL;
    stream->listed = true;
    *queue.end = stream;
    queue.end = &stream->next;
    queue.listed++;
}

static void unlist(struct sha256 *stream)
{
    struct sha256 **link = &queue.first;
    while (*link != stream)
        link = &(*link)->next;
    *link = stream->next;
    if (queue.end == &stream->next)
        queue.end = link;
    stream->listed = false;
    queue.listed--;
}

static void add_piece(struct sha256 *stream, const uint8_t *data, size_t size)
{
    uint32_t place = (stream->first + stream->pieces++) % MAX_PIECES;
    stream->piece[place] = (struct piece){data, size};
    if (!stream->listed && !stream->taken)
        list(stream);
}

/* Hash the first pieces of streams that are taken, as far as the shortest goes; without the lock. */
static void hash_first_pieces(struct sha256 *const *stream, uint32_t lanes)
{
    uint32_t *state[SHA256_LANES];
    const uint8_t *data[SHA256_LANES];
    struct sha256 *with_blocks[SHA256_LANES];
    uint32_t blocks_of = 0;
    size_t blocks = MAX_BLOCKS;
    for (uint32_t i = 0; i < lanes; i++) {
        struct piece *piece = &stream[i]->piece[stream[i]->first];
        size_t taken = complete_rest(&stream[i]->progress, piece->data, piece->size);
        piece->data += taken;
        piece->size -= taken;
        size_t whole = piece->size / SHA256_BLOCK;
        if (!whole)
            continue;
        blocks = whole < blocks ? whole : blocks;
        state[blocks_of] = stream[i]->progress.state;
        data[blocks_of] = piece->data;
        with_blocks[blocks_of++] = stream[i];
    }
    if (blocks_of)
        queue.kernel->by_lanes[blocks_of](state, data, blocks);
    for (uint32_t i = 0; i < blocks_of; i++) {
        struct piece *piece = &with_blocks[i]->piece[with_blocks[i]->first];
        piece->data += blocks * SHA256_BLOCK;
        piece->size -= blocks * SHA256_BLOCK;
    }
    for (uint32_t i = 0; i < lanes; i++) {
        struct piece *piece = &stream[i]->piece[stream[i]->first];
        if (piece->size && piece->size < SHA256_BLOCK) {
            keep_rest(&stream[i]->progress, piece->data, piece->size);
            piece->size = 0;
        }
    }
}

/* Take up to three streams that wait, `mine` among them if it is not NULL, and hash of each. */
static void hash_some(struct sha256 *mine)
{
    while (queue.forking)
        wait_for_change();
    struct sha256 *taken[SHA256_LANES];
    uint32_t lanes = 0;
    if (mine && mine->listed) {
        unlist(mine);
        taken[lanes++] = mine;
    }
    while (lanes < SHA256_LANES && queue.first) {
        taken[lanes] = queue.first;
        unlist(taken[lanes++]);
    }
    for (uint32_t i = 0; i < lanes; i++)
        taken[i]->taken = true;
    queue.taken += lanes;
    pthread_mutex_unlock(&queue.lock);
    hash_first_pieces(taken, lanes);
    pthread_mutex_lock(&queue.lock);
    queue.taken -= lanes;
    for (uint32_t i = 0; i < lanes; i++) {
        taken[i]->taken = false;
        if (!taken[i]->piece[taken[i]->first].size) {
            taken[i]->first = (taken[i]->first + 1) % MAX_PIECES;
            taken[i]->pieces--;
        }
        if (taken[i]->pieces)
            list(taken[i]);
    }
    if (queue.awaited)
        pthread_cond_broadcast(&queue.changed);
}

/* Until nothing of the stream waits. */
static void hash_all_of(struct sha256 *stream)
{
    while (stream->pieces || stream->taken) {
        if (stream->taken)
            wait_for_change();
        else
            hash_some(stream);
    }
    stream->may_wait = false;
    stream->held = 0;
}

static bool are_enough(void)
{
    return queue.listed >= SHA256_LANES || (queue.fed && queue.listed >= queue.fed);
}

/* ---- what is offered --------------------------------------------------------------------- */

const char *sha256_implementation(void)
{
    pthread_once(&queue.once, prepare);
    return queue.kernel ? queue.kernel->name : NULL;
}

sha256 *sha256_new(void)
{
    if (!sha256_implementation())
        return NULL;
    sha256 *stream = calloc(1, sizeof *stream);
    if (stream)
        memcpy(stream->progress.state, first_state, sizeof first_state);
    return stream;
}

static void forget_pieces(sha256 *stream)
{
    while (stream->taken)
        wait_for_change();
    if (stream->listed)
        unlist(stream);
    stream->pieces = 0;
}

static void count_no_longer(sha256 *stream)
{
    if (stream->counts)
        queue.fed--;
    stream->counts = false;
}

void sha256_free(sha256 *stream)
{
    if (!stream)
        return;
    if (stream->counts) {
        pthread_mutex_lock(&queue.lock);
        forget_pieces(stream);
        count_no_longer(stream);
        pthread_mutex_unlock(&queue.lock);
    }
    free(stream);
}

int sha256_add(sha256 *stream, const uint8_t *data, size_t size, int stays)
{
    stream->progress.size += size;
    if (size < MIN_WAITING && !stream->may_wait) {
        add_alone(&stream->progress, data, size);
        return SHA256_NONE_WAITS;
    }
    pthread_mutex_lock(&queue.lock);
    if (!stream->counts) {
        stream->counts = true;
        queue.fed++;
    }
    bool at_once = !stays || size < MIN_WAITING || size > MAX_HELD || queue.fed == 1;
    if (at_once || stream->held + size > MAX_HELD)
        hash_all_of(stream);
    int outcome = stream->held ? SHA256_SOME_WAIT : SHA256_LAST_WAITS;
    if (size)
        add_piece(stream, data, size);
    stream->held += size;
    stream->may_wait = true;
    if (at_once)
        hash_all_of(stream);
    else
        while (are_enough())
            hash_some(NULL);
    if (!stream->pieces && !stream->taken) {
        stream->may_wait = false;
        stream->held = 0;
        outcome = SHA256_NONE_WAITS;
    }
    pthread_mutex_unlock(&queue.lock);
    return outcome;
}

/* Hash all that waits; the stream does not count until more comes. */
static void settle(sha256 *stream)
{
    if (!stream->counts)
        return;
    pthread_mutex_lock(&queue.lock);
    hash_all_of(stream);
    count_no_longer(stream);
    pthread_mutex_unlock(&queue.lock);
}

sha256 *sha256_copy(sha256 *stream)
{
    sha256 *copy = sha256_new();
    settle(stream);
    if (copy)
        copy->progress = stream->progress;
    return copy;
}

void sha256_digest(sha256 *stream, uint8_t *digest)
{
    settle(stream);
    struct progress progress = stream->progress;
    finish(&progress, digest);
}
