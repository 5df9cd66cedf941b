/* Open addressing; at most 3/4 full; halves when less than 1/8 full, so a map that was large once gives memory back. */
#include "base/map.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

static unsigned char hash_key[crypto_shorthash_KEYBYTES];
static pthread_once_t hash_key_once = PTHREAD_ONCE_INIT;

static void hash_key_draw(void)
{
    randombytes_buf(hash_key, sizeof hash_key);
}

static uint32_t hash_of(Str key)
{
    uint64_t hash;
    pthread_once(&hash_key_once, hash_key_draw);
    crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key.ptr, key.len, hash_key);
    return (uint32_t)hash;
}

void map_done(Map *map)
{
    free(map->slots);
    *map = (Map){ 0 };
}

/* The slot of the key, or the empty slot where it would go. */
static MapSlot *probe(const Map *map, Str key, uint32_t hash)
{
    uint32_t mask = map->cap - 1;
    for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
        MapSlot *slot = &map->slots[at];
        if (!slot->value || (slot->hash == hash && str_eq(slot->key, key))) return slot;
    }
}

static void resize(Map *map, uint32_t cap)
{
    Map next = { .slots = calloc(cap, sizeof(MapSlot)), .cap = cap, .count = map->count };
    if (!next.slots) abort();
    for (uint32_t at = 0; at < map->cap; at++) {
        MapSlot *slot = &map->slots[at];
        if (slot->value) *probe(&next, slot->key, slot->hash) = *slot;
    }
    free(map->slots);
    *map = next;
}

void *map_get(const Map *map, Str key)
{
    if (!map->count) return NULL;
    return probe(map, key, hash_of(key))->value;
}

void *map_put(Map *map, Str key, void *value)
{
    if ((map->count + 1) * 4 > map->cap * 3) resize(map, map->cap ? map->cap * 2 : 4);
    uint32_t hash = hash_of(key);
    MapSlot *slot = probe(map, key, hash);
    void *before = slot->value;
    *slot = (MapSlot){ .key = key, .value = value, .hash = hash };
    if (!before) map->count++;
    return before;
}

void *map_remove(Map *map, Str key)
{
    if (!map->count) return NULL;
    MapSlot *slot = probe(map, key, hash_of(key));
    void *before = slot->value;
    if (!before) return NULL;

    /* Close the hole: move back every later entry in the run that the hole would make unreachable. */
    uint32_t mask = map->cap - 1, hole = (uint32_t)(slot - map->slots);
    for (uint32_t at = (hole + 1) & mask; map->slots[at].value; at = (at + 1) & mask) {
        uint32_t home = map->slots[at].hash & mask;
        if (((at - home) & mask) < ((at - hole) & mask)) continue;
        map->slots[hole] = map->slots[at];
        hole = at;
    }
    map->slots[hole] = (MapSlot){ .value = NULL };
    map->count--;
    if (map->cap > 16 && map->count < map->cap / 8) resize(map, map->cap / 2);
    return before;
}

void *map_next(const Map *map, size_t *at)
{
    while (*at < map->cap) {
        void *value = map->slots[(*at)++].value;
        if (value) return value;
    }
    return NULL;
}
