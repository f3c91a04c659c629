/*
 * What the processor has, asked when the program runs. Not by __builtin_cpu_supports: what zig and
 * other users of compiler-rt link for it says no to everything.
 */
#ifndef PYGGCR_PROCESSOR_H
#define PYGGCR_PROCESSOR_H

#include <stdbool.h>

/* x86-64: sets of instructions that are used together. */
#define HAS_CARRYLESS (1u << 1)      /* PCLMULQDQ, SSE4.1 */
#define HAS_NEWER (1u << 2)          /* AVX2, BMI, BMI2 */
#define HAS_WIDE_CARRYLESS (1u << 3) /* HAS_CARRYLESS, AVX2, VPCLMULQDQ */
#define HAS_FUSED (1u << 4)          /* FMA */
/* SHA and SSE4.1 there, SHA2 on aarch64. */
#define HAS_SHA256 (1u << 5)
#define HAS_CRC32 (1u << 6) /* aarch64 */

/* Whether it has all of these. */
bool processor_has(unsigned what);

#endif
