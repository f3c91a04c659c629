/* What the processor has: CPUID on x86, what the kernel says on aarch64. */
#include "processor.h"

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>

#define BIT(word, number) ((word) >> (number) & 1)

/* Whether the operating system keeps the registers of AVX (XCR0). */
static bool keeps_wide_registers(void)
{
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & 6) == 6;
}

static unsigned ask(void)
{
    unsigned eax, ebx, ecx, edx;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx))
        return 0;
    const bool has_sse4 = BIT(ecx, 9) && BIT(ecx, 19); /* SSSE3 and SSE4.1 */
    const bool has_carryless = has_sse4 && BIT(ecx, 1);
    const bool has_avx = BIT(ecx, 27) && BIT(ecx, 28) && keeps_wide_registers();
    unsigned found = has_carryless ? HAS_CARRYLESS : 0;
    if (has_avx && BIT(ecx, 12))
        found |= HAS_FUSED;
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx))
        return found;
    if (has_sse4 && BIT(ebx, 29))
        found |= HAS_SHA256;
    if (!has_avx || !BIT(ebx, 5))
        return found;
    if (BIT(ebx, 3) && BIT(ebx, 8))
        found |= HAS_NEWER;
    if (has_carryless && BIT(ecx, 10))
        found |= HAS_WIDE_CARRYLESS;
    return found;
}

#elif defined(__aarch64__)

#if defined(__linux__)
#include <sys/auxv.h>
#define HWCAP_HAS_SHA2 (1ul << 6) /* asm/hwcap.h */
#define HWCAP_HAS_CRC32 (1ul << 7)
#endif

static unsigned ask(void)
{
    unsigned found = 0;
#if defined(__ARM_FEATURE_SHA2)
    found |= HAS_SHA256; /* compiled for nothing else, as on Macs */
#endif
#if defined(__ARM_FEATURE_CRC32)
    found |= HAS_CRC32;
#endif
#if defined(__linux__)
    const unsigned long told = getauxval(AT_HWCAP);
    found |= told & HWCAP_HAS_SHA2 ? HAS_SHA256 : 0;
    found |= told & HWCAP_HAS_CRC32 ? HAS_CRC32 : 0;
#endif
    return found;
}

#else

static unsigned ask(void)
{
    return 0;
}

#endif

#define ASKED 1u

bool processor_has(unsigned what)
{
    /* Asking takes a virtual machine some microseconds. */
    static unsigned known;
    unsigned found = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!found) {
        found = ask() | ASKED;
        __atomic_store_n(&known, found, __ATOMIC_RELAXED);
    }
    return (found & what) == what;
}
