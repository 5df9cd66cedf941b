/* Driver "memory" of ports/cache.h: within this process, least recently used goes first. */
#pragma once
#include "ports/cache.h"

/* bytes_max: keys, values and what it takes to keep them, together. */
Cache *memory_cache_new(size_t bytes_max);
