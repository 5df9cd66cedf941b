#include "runtime/backoff.h"

#include <sodium.h>

uint32_t backoff_next_ms(Backoff *backoff)
{
    uint64_t ceiling = (uint64_t)backoff->base_ms << (backoff->failures < 31 ? backoff->failures : 31);
    if (ceiling > backoff->max_ms) ceiling = backoff->max_ms;
    backoff->failures++;
    return ceiling <= 1 ? 1 : 1 + randombytes_uniform((uint32_t)ceiling);
}
