/*
 * What the accelerator offers to Python: the one declaration of every function that crosses.
 *
 * The C sources include this file, and build.py gives the same text to cffi. Rules:
 *
 * - cffi releases the GIL around each call, so nothing here touches Python objects, and there is
 *   no mutable state but what hangs on the handles that the caller passes, the queue of sha256.c,
 *   which has a lock, and the table of crc32.c, which is filled once.
 * - A handle is used by one thread at a time; Python's side sees to it.
 * - Nothing trusts its input: whatever bytes come, no function reads or writes out of bounds.
 */
#ifndef PYGGCR_ACCELERATOR_H
#define PYGGCR_ACCELERATOR_H

/*
 * gcc 12.2 for aarch64 takes a function that writes through a pointer for one without effects, if
 * the loop was rewritten to count from address zero, and leaves out calls of it in the same file.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-ipa-pure-const", "no-ipa-modref")
#endif

#include <stddef.h>
#include <stdint.h>

/* Raised by one when a declaration below changes; a module that was built before is not used. */
#define ACCELERATOR_VERSION 9

/* ---- gzip as Go's compress/gzip writes it, at every level --------------------------------- */

/*
 * A stream is compressed in two halves that may run on two threads: a parser finds matches and
 * fills batches, an emitter turns batches, in the same order, into bytes. They share nothing but
 * the batch that goes from one to the other. A batch may be used again once it is emitted.
 */
typedef struct gzip_parser gzip_parser;
typedef struct gzip_batch gzip_batch;
typedef struct gzip_emitter gzip_emitter;

/*
 * The profiles: of Go 1.21 to 1.26, and of Go 1.27 for plain amd64, for GOAMD64=v3 and for arm64,
 * whose compilers fuse floating-point operations.
 */
#define GZIP_GO126 126
#define GZIP_GO127 127
#define GZIP_GO127_AMD64V3 12703
#define GZIP_GO127_ARM64 12764

/*
 * New handles, or NULL where memory is short. Levels are Go's, -2 to 9; for others, or if there is
 * no such profile, there are no handles either. Batches are for any level.
 */
gzip_parser *gzip_parser_new(int profile, int level);
gzip_batch *gzip_batch_new(void);
gzip_emitter *gzip_emitter_new(int profile, int level);

/* Free a handle; NULL is allowed. */
void gzip_parser_free(gzip_parser *parser);
void gzip_batch_free(gzip_batch *batch);
void gzip_emitter_free(gzip_emitter *emitter);

/*
 * Parse more of the stream into a batch, of which whatever was in it is forgotten: the next piece,
 * of which so many bytes are `taken` already. Returns how many are taken then: all, or as many as
 * fill the batch. The batch may point to the piece, which has to stay as it is until the batch is
 * emitted. How the stream is cut into pieces does not show in the output.
 */
size_t gzip_parse(gzip_parser *parser, gzip_batch *batch, const uint8_t *data, size_t size,
                  size_t taken);

/* Parse what is left, and end the stream; the parser is of no more use. */
void gzip_parse_last(gzip_parser *parser, gzip_batch *batch);

/* No batch becomes longer than this many bytes. */
size_t gzip_emit_bound(const gzip_batch *batch);

/* Write a batch to `out`, which has room for gzip_emit_bound bytes. Returns how many they are. */
size_t gzip_emit(gzip_emitter *emitter, const gzip_batch *batch, uint8_t *out);

/* ---- zstd as github.com/klauspost/compress writes it ---------------------------------------- */

/*
 * In two halves, as gzip is: a parser finds the matches of a block at a time, an emitter turns
 * blocks, in the same order, into bytes.
 */
typedef struct zstd_parser zstd_parser;
typedef struct zstd_batch zstd_batch;
typedef struct zstd_emitter zstd_emitter;

/* The speeds, numbered as Go numbers them: SpeedFastest and so on. */
#define ZSTD_FASTEST 1
#define ZSTD_DEFAULT 2
#define ZSTD_BETTER 3
#define ZSTD_BEST 4

/* New handles, or NULL where memory is short or there is no such speed. */
zstd_parser *zstd_parser_new(int speed);
zstd_batch *zstd_batch_new(void);
zstd_emitter *zstd_emitter_new(int speed);

/* Free a handle; NULL is allowed. */
void zstd_parser_free(zstd_parser *parser);
void zstd_batch_free(zstd_batch *batch);
void zstd_emitter_free(zstd_emitter *emitter);

/* As gzip_parse, but a block at a time; and the batch does not point to the piece. */
size_t zstd_parse(zstd_parser *parser, zstd_batch *batch, const uint8_t *data, size_t size,
                  size_t taken);

/* Parse what is left, and end the stream; the parser is of no more use. */
void zstd_parse_last(zstd_parser *parser, zstd_batch *batch);

/* No batch becomes longer than this many bytes, nor is more room used for it. */
size_t zstd_emit_bound(const zstd_batch *batch);

/* Write a batch to `out`, which has room for zstd_emit_bound bytes. Returns how many they are. */
size_t zstd_emit(zstd_emitter *emitter, zstd_batch *batch, uint8_t *out);

/* ---- DEFLATE undone, as strictly as Go's compress/flate ------------------------------------ */

/* A decoder, for one stream without header or trailer. */
typedef struct inflater inflater;

/* A new decoder, or NULL where memory is short; it takes some 320 KiB. */
inflater *inflater_new(void);
void inflater_free(inflater *inflater);

/*
 * How a call ended. What was not taken has to come again: with more behind it, or as it is; or it
 * is behind the stream.
 */
#define INFLATE_WANTS_INPUT 0
#define INFLATE_IS_FULL 1
#define INFLATE_ENDED 2
#define INFLATE_IS_DAMAGED 3

/* What a call did: bytes taken, and bytes of output, which lie there until the next call. */
typedef struct {
    size_t taken;
    size_t size;
    const uint8_t *output;
} inflated;

/* Decode about `most` bytes, at most 256 KiB and a match more. */
int inflate_more(inflater *inflater, const uint8_t *data, size_t size, size_t most,
                 inflated *inflated);

/* ---- CRC-32, as in the trailer of gzip ------------------------------------------------------ */

/* Whether this processor has instructions for it; else zlib is as fast. */
int crc32_has_instructions(void);

/*
 * The CRC of some bytes and `size` more, by that of the former, which is 0 of none. What comes from
 * `from` is copied as well, unless `to` is NULL.
 */
uint32_t crc32_take(uint32_t crc, uint8_t *to, const uint8_t *from, size_t size);

/* ---- the walk through a tar archive ------------------------------------------------------- */

/* A walk, for one archive that is fed to it from its first byte to its last. */
typedef struct tar_walk tar_walk;

/* A new walk; `key` is 16 bytes that nobody else knows. NULL if there is no memory. */
tar_walk *tar_walk_new(const uint8_t *key);

/* Take `size` bytes more, in pieces of any size; 0 if the walk has given up, then or before. */
int tar_walk_feed(tar_walk *walk, const uint8_t *data, size_t size);

/*
 * Once all has been fed: 1 if archive/tar would come to the end of it without an error and meet no
 * name twice; 0 if that is not certain, and stays so.
 */
int tar_walk_finish(tar_walk *walk);

/* Release the walk; NULL is none. */
void tar_walk_free(tar_walk *walk);

/* ---- SHA-256 of several streams at once ----------------------------------------------------- */

/*
 * One stream. All streams of a process share a queue: pieces wait there until they can be hashed
 * beside those of others, by whichever thread brings enough. Forks are safe.
 */
typedef struct sha256 sha256;

/* By what it is done, in words; NULL if this processor has no instructions for it. */
const char *sha256_implementation(void);

/* A new stream; NULL if there are no instructions or no memory. */
sha256 *sha256_new(void);

/* A new stream, which has been given all that this one has; NULL if there is no memory. */
sha256 *sha256_copy(sha256 *stream);

/* Release the stream, of which then nothing waits; NULL is none. */
void sha256_free(sha256 *stream);

/* What may wait when a call is over: some of all pieces, the one that was given last, or none. */
#define SHA256_SOME_WAIT 0
#define SHA256_LAST_WAITS 1
#define SHA256_NONE_WAITS 2

/*
 * Take the next piece. If it `stays`, it may be hashed later, and must not change or go until a
 * call says that it does not wait any more; else it is hashed when the call returns.
 */
int sha256_add(sha256 *stream, const uint8_t *data, size_t size, int stays);

/* The digest of all so far, 32 bytes; then nothing waits. The stream may be continued. */
void sha256_digest(sha256 *stream, uint8_t *digest);

#endif
