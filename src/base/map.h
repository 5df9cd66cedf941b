/* Hash map from bytes to a pointer. Open addressing with linear probing and backward-shift deletion; the hash is
 * SipHash-2-4 with a random key drawn at startup, so attackers cannot choose colliding keys. The map borrows keys: they
 * live in the value, or at least as long as the entry. Not shared between threads. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

typedef struct MapSlot {
    Str key;
    void *value; /* NULL: empty slot */
    uint32_t hash;
} MapSlot;

typedef struct Map {
    MapSlot *slots;
    uint32_t count, cap; /* cap is 0 or a power of two */
} Map;

/* A zeroed Map is an empty map. */
void map_done(Map *map);
/* NULL when absent. */
void *map_get(const Map *map, Str key);
/* Puts a non-NULL value; returns the previous value, or NULL. The key is replaced too. */
void *map_put(Map *map, Str key, void *value);
/* Returns the removed value, or NULL. */
void *map_remove(Map *map, Str key);
/* Iterates: `size_t at = 0; while ((value = map_next(&map, &at)))`. Do not put or remove meanwhile. */
void *map_next(const Map *map, size_t *at);
