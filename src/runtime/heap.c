/* Calls malloc_trim() when much of the heap is free but still resident. */
#include "runtime/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define WORTH_BYTES (4 * 1024 * 1024)

void heap_setup(void)
{
    mallopt(M_ARENA_MAX, 2);
}

/* Resident private memory, or 0 if the system does not report it. */
static int64_t resident_bytes(void)
{
    long long size, resident = 0, shared = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file) return 0;
    if (fscanf(file, "%lld %lld %lld", &size, &resident, &shared) != 3) resident = shared = 0;
    fclose(file);
    return (resident - shared) * sysconf(_SC_PAGESIZE);
}

/* Resident memory that malloc does not hand out: stacks and the like, which stay, and free heap memory. */
static int64_t slack_bytes(void)
{
    struct mallinfo2 heap = mallinfo2();
    return resident_bytes() - (int64_t)heap.uordblks - (int64_t)heap.hblkhd;
}

void heap_tidy(void)
{
    static int64_t kept; /* slack that the last trim could not return */
    int64_t slack = slack_bytes();
    if (slack < kept) kept = slack;
    if (slack < kept + WORTH_BYTES) return;
    malloc_trim(0);
    kept = slack_bytes();
}
