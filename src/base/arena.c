/* Chunked bump allocator. Chunks double up to 64 KiB; a larger request gets a chunk of its own. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_FIRST 2048
#define CHUNK_MAX   65536

typedef struct Chunk {
    struct Chunk *next;
    size_t cap, used;
    alignas(max_align_t) unsigned char data[];
} Chunk;

struct Arena {
    Chunk *chunks; /* newest first; only the newest is filled further */
    size_t used;
};

static Chunk *chunk_new(size_t cap)
{
    Chunk *chunk = malloc(sizeof *chunk + cap);
    if (!chunk) abort();
    chunk->next = NULL;
    chunk->cap = cap;
    chunk->used = 0;
    return chunk;
}

/* The arena lives at the start of its first chunk, so freeing the chunks frees it too. */
Arena *arena_new(void)
{
    Chunk *chunk = chunk_new(CHUNK_FIRST);
    Arena *arena = (Arena *)(void *)chunk->data;
    chunk->used = (sizeof *arena + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    arena->chunks = chunk;
    arena->used = 0;
    return arena;
}

void arena_free(Arena *arena)
{
    if (!arena) return;
    Chunk *chunk = arena->chunks;
    while (chunk) {
        Chunk *next = chunk->next;
        free(chunk);
        chunk = next;
    }
}

void arena_freep(Arena **arena)
{
    arena_free(*arena);
    *arena = NULL;
}

void *arena_alloc_raw(Arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) abort();
    size_t want = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    Chunk *top = arena->chunks;

    if (top->cap - top->used < want) {
        size_t cap = top->cap * 2 > CHUNK_MAX ? CHUNK_MAX : top->cap * 2;
        if (cap < want) {
            /* A chunk of its own, inserted after the newest, so the room left in the newest stays usable. */
            Chunk *own = chunk_new(want);
            own->used = want;
            own->next = top->next;
            top->next = own;
            arena->used += want;
            return own->data;
        }
        Chunk *chunk = chunk_new(cap);
        chunk->next = top;
        arena->chunks = top = chunk;
    }
    void *ptr = top->data + top->used;
    top->used += want;
    arena->used += want;
    return ptr;
}

void *arena_alloc(Arena *arena, size_t size)
{
    void *ptr = arena_alloc_raw(arena, size);
    memset(ptr, 0, size);
    return ptr;
}

void *arena_copy(Arena *arena, const void *ptr, size_t size)
{
    void *copy = arena_alloc_raw(arena, size);
    if (size) memcpy(copy, ptr, size);
    return copy;
}

size_t arena_used(const Arena *arena)
{
    return arena->used;
}
