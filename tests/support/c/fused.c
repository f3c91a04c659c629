/*
 * Compares the accelerator's own fused operation with the C library's: prints how many of a million
 * random ones are wrong, and how many would be if they were rounded to double precision first.
 */
#include <math.h>
#include <stdio.h>

#include "estimate.c"

static uint64_t state = 88172645463325252u;

static uint64_t number(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static float power(int exponent)
{
    return ldexpf(1.0f, exponent);
}

/* Of any sign, of 24 bits, from 2^-32 to 2^14. */
static float any(void)
{
    float value = (float)(1u << 23 | (uint32_t)(number() >> 41)) * power(-(int)(number() >> 59) - 10);
    return number() & 1 << 20 ? -value : value;
}

int main(void)
{
    unsigned wrong = 0, twice_is_wrong = 0;
    for (int i = 0; i < 1000000; i++) {
        float x = any(), y = any(), z = any();
        if (i & 1) {
            /* Beside the middle between two, by less than a double shows. */
            float off = power(-15 - (int)(number() >> 61)) * (number() & 1 << 20 ? 1 : -1);
            x = 1 + off;
            y = power(-24) * (1 - off);
            z = 1 + (float)(number() >> 52) * power(-23);
        }
        wrong += fused_by_hand(x, y, z) != fmaf(x, y, z);
        twice_is_wrong += (float)((double)x * (double)y + (double)z) != fmaf(x, y, z);
    }
    printf("%u %u\n", wrong, twice_is_wrong);
    return 0;
}
