/* The "memory" driver of ports/cache.h: within this process, evicts the least recently used entry first. */
#pragma once
#include "ports/cache.h"

/* bytes_max: keys, values and overhead, in total. */
Cache *memory_cache_new(size_t bytes_max);
