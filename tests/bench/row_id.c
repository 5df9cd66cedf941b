#include "row_id.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

RowId row_id_new(void)
{
    static atomic_uint counter;
    struct timespec t;
    RowId id;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
    uint32_t count = ++counter;
    for (int i = 0; i < 6; i++) id.bytes[i] = (char)(ms >> (40 - 8 * i));
    memcpy(id.bytes + 6, &count, sizeof count);
    for (int i = 10; i < 16; i++) id.bytes[i] = (char)random();
    return id;
}
