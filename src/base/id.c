/* UUIDv7: 48 bits of time, 12 bits of a counter within the millisecond, 62 random bits. */
#include "base/id.h"

#include <sodium.h>
#include <stdlib.h>

Id id_new(int64_t now_ms)
{
    static _Thread_local int64_t last_ms;
    static _Thread_local uint16_t counter;
    Id id;

    randombytes_buf(id.bytes, sizeof id.bytes);
    if (now_ms > last_ms) {
        last_ms = now_ms;
        counter = (uint16_t)((id.bytes[6] << 8 | id.bytes[7]) & 0x3ff); /* leaves room to count up */
    } else if (++counter > 0xfff) {
        last_ms++; /* borrow from the next millisecond, RFC 9562 section 6.2 method 1 */
        counter = 0;
    }
    uint64_t ms = (uint64_t)last_ms;
    for (int i = 0; i < 6; i++) id.bytes[i] = (uint8_t)(ms >> (40 - 8 * i));
    id.bytes[6] = (uint8_t)(0x70 | counter >> 8);
    id.bytes[7] = (uint8_t)counter;
    id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

static bool is_dash_at(size_t at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

bool id_parse(Str text, Id *out_id)
{
    Id id;
    size_t byte = 0;
    if (text.len != ID_TEXT_LEN) return false;
    for (size_t at = 0; at < ID_TEXT_LEN;) {
        if (is_dash_at(at)) {
            if (text.ptr[at++] != '-') return false;
            continue;
        }
        int high = hex_value(text.ptr[at]), low = hex_value(text.ptr[at + 1]);
        if (high < 0 || low < 0) return false;
        id.bytes[byte++] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    *out_id = id;
    return true;
}

void id_format(Id id, char out_text[ID_TEXT_LEN + 1])
{
    static const char hex[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t byte = 0; byte < sizeof id.bytes; byte++) {
        if (is_dash_at(at)) out_text[at++] = '-';
        out_text[at++] = hex[id.bytes[byte] >> 4];
        out_text[at++] = hex[id.bytes[byte] & 15];
    }
    out_text[at] = '\0';
}

char *id_text(Arena *arena, Id id)
{
    char *text = arena_alloc_raw(arena, ID_TEXT_LEN + 1);
    id_format(id, text);
    return text;
}

char *id_tag(Arena *arena, Id id)
{
    return id_text(arena, id) + ID_TEXT_LEN - ID_TAG_LEN;
}

bool id_is_client_made(Id id)
{
    int version = id.bytes[6] >> 4;
    bool ietf_variant = (id.bytes[8] & 0xc0) == 0x80;
    return ietf_variant && (version == 4 || version == 7);
}

static int by_bytes(const void *a, const void *b)
{
    return id_cmp(*(const Id *)a, *(const Id *)b);
}

void id_sort(Id *ids, size_t n)
{
    qsort(ids, n, sizeof *ids, by_bytes);
}
