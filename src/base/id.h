/* Identifiers: UUID version 7 (RFC 9562 section 5.7), 16 bytes, time-ordered. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef struct Id {
    uint8_t bytes[16];
} Id;

#define ID_TEXT_LEN 36
#define ID_TAG_LEN  12
#define ID_NONE     ((Id){ { 0 } })

/* A new id; ids made by one thread within one millisecond still ascend. now_ms: milliseconds since the epoch. */
Id id_new(int64_t now_ms);
/* Accepts only the canonical 36 characters, in either case. */
bool id_parse(Str text, Id *out_id);
/* Writes 36 characters and a NUL. */
void id_format(Id id, char out_text[ID_TEXT_LEN + 1]);
/* The canonical text in the arena, NUL-terminated: fits a protobuf string field. */
char *id_text(Arena *arena, Id id);
/* The last group of the id's text: 12 hex digits, 48 random bits in an id made by id_new(). */
char *id_tag(Arena *arena, Id id);

/* Whether a client may have generated this id: version 7, which the contract asks for, or 4, which works as well
 * (RFC 9562). */
bool id_is_client_made(Id id);
/* Sorts by bytes: in order of creation, and as both databases sort. */
void id_sort(Id *ids, size_t n);

static inline bool id_eq(Id a, Id b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}
static inline int id_cmp(Id a, Id b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes);
}
static inline bool id_is_none(Id id)
{
    return id_eq(id, ID_NONE);
}
/* The 16 bytes as a map key; points into *id. */
static inline Str id_key(const Id *id)
{
    return (Str){ (const char *)id->bytes, sizeof id->bytes };
}
