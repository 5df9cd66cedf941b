/* Memory that lives as long as one request and is freed all at once. An arena belongs to one thread at a time.
 * Allocation never fails: running out of memory aborts, so callers bound sizes first. */
#pragma once
#include <stddef.h>

#include "base/attr.h"

typedef struct Arena Arena;

Arena *arena_new(void);
/* Accepts NULL. */
void arena_free(Arena *arena);
void arena_freep(Arena **arena);

/* `size` zeroed bytes, aligned for any type. Never NULL. */
void *arena_alloc(Arena *arena, size_t size) __attribute__((malloc, returns_nonnull));
/* As arena_alloc(), but the bytes are uninitialized. */
void *arena_alloc_raw(Arena *arena, size_t size) __attribute__((malloc, returns_nonnull));
void *arena_copy(Arena *arena, const void *ptr, size_t size) __attribute__((returns_nonnull));
/* Bytes handed out so far. */
size_t arena_used(const Arena *arena);

#define arena_new_of(arena, type)           ((type *)arena_alloc((arena), sizeof(type)))
#define arena_new_array(arena, type, count) ((type *)arena_alloc((arena), sizeof(type) * (count)))
