/*
 * What the accelerator offers to Python: the one declaration of every function that crosses.
 *
 * The C sources include this file, and build.py gives the same text to cffi. Rules:
 *
 * - cffi releases the GIL around each call, so nothing here touches Python objects, and there is
 *   no mutable state but what hangs on the handles that the caller passes.
 * - A handle is used by one thread at a time; Python's side sees to it.
 * - Nothing trusts its input: whatever bytes come, no function reads or writes out of bounds.
 */
#ifndef PYGGCR_ACCELERATOR_H
#define PYGGCR_ACCELERATOR_H

#include <stddef.h>
#include <stdint.h>

/* Raised by one when a declaration below changes; a module that was built before is not used. */
#define ACCELERATOR_VERSION 1

/* ---- gzip as Go's compress/gzip writes it at BestSpeed ----------------------------------- */

/* The CRC-32 of gzip: of `size` bytes more, after those that gave `checksum` (0 for none). */
uint32_t gzip_crc32(uint32_t checksum, const uint8_t *data, size_t size);

/* ---- the walk through a tar archive ------------------------------------------------------- */

#endif
