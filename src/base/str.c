/* Text and its growing buffer. Any thread; pure. */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool str_eq_nocase(Str a, Str b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
    return true;
}

bool str_starts_with(Str s, Str prefix)
{
    return s.len >= prefix.len && str_eq((Str){ s.ptr, prefix.len }, prefix);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

Str str_trim(Str s)
{
    while (s.len && is_space(s.ptr[0])) s.ptr++, s.len--;
    while (s.len && is_space(s.ptr[s.len - 1])) s.len--;
    return s;
}

ptrdiff_t str_find(Str s, char c)
{
    const char *hit = s.len ? memchr(s.ptr, c, s.len) : NULL;
    return hit ? hit - s.ptr : -1;
}

Str str_cut(Str *rest, char sep)
{
    Str all = *rest;
    ptrdiff_t at = str_find(all, sep);
    if (at < 0) {
        *rest = (Str){ all.ptr + all.len, 0 };
        return all;
    }
    *rest = (Str){ all.ptr + at + 1, all.len - (size_t)at - 1 };
    return (Str){ all.ptr, (size_t)at };
}

bool str_to_u64(Str s, uint64_t max, uint64_t *out_value)
{
    uint64_t value = 0;
    if (s.len == 0) return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') return false;
        unsigned digit = (unsigned)(s.ptr[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    if (value > max) return false;
    *out_value = value;
    return true;
}

int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static char *end_with_nul(char *copy, Str s)
{
    if (s.len) memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

char *str_cstr(Arena *arena, Str s)
{
    return end_with_nul(arena_alloc_raw(arena, s.len + 1), s);
}

char *str_copy(Str s)
{
    char *copy = malloc(s.len + 1);
    if (!copy) abort();
    return end_with_nul(copy, s);
}

Str str_dup(Arena *arena, Str s)
{
    return (Str){ str_cstr(arena, s), s.len };
}

Str str_fmt(Arena *arena, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) abort();
    char *text = arena_alloc_raw(arena, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return (Str){ text, (size_t)len };
}

/* Length of the well-formed sequence at p (RFC 3629 section 4), or 0. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
    unsigned char c = p[0];
    size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (len == 0 || len > left) return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    if (c == 0xe0 && p[1] < 0xa0) return 0; /* overlong */
    if (c == 0xed && p[1] > 0x9f) return 0; /* surrogate */
    if (c == 0xf0 && p[1] < 0x90) return 0; /* overlong */
    if (c == 0xf4 && p[1] > 0x8f) return 0; /* above U+10FFFF */
    return len;
}

bool utf8_valid(Str s)
{
    if (!s.len) return true; /* the pointer may be NULL, on which arithmetic is undefined */
    const unsigned char *p = (const unsigned char *)s.ptr, *end = p + s.len;
    while (p < end) {
        uint64_t word;
        if (end - p >= 8) { /* eight ASCII bytes at a time */
            memcpy(&word, p, 8);
            if ((word & 0x8080808080808080u) == 0) {
                p += 8;
                continue;
            }
        }
        size_t len = utf8_sequence(p, (size_t)(end - p));
        if (len == 0) return false;
        p += len;
    }
    return true;
}

size_t utf8_count(Str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.len; i++) count += ((unsigned char)s.ptr[i] & 0xc0) != 0x80;
    return count;
}

void strbuf_init(StrBuf *buf, Arena *arena)
{
    *buf = (StrBuf){ .arena = arena };
}

void strbuf_done(StrBuf *buf)
{
    if (!buf->arena) free(buf->ptr);
    *buf = (StrBuf){ .arena = buf->arena };
}

char *strbuf_reserve(StrBuf *buf, size_t more)
{
    if (buf->cap - buf->len < more) {
        size_t cap = buf->cap ? buf->cap * 2 : 256;
        while (cap - buf->len < more) cap *= 2;
        char *ptr;
        if (buf->arena) {
            ptr = arena_alloc_raw(buf->arena, cap);
            if (buf->len) memcpy(ptr, buf->ptr, buf->len);
        } else {
            ptr = realloc(buf->ptr, cap);
            if (!ptr) abort();
        }
        buf->ptr = ptr;
        buf->cap = cap;
    }
    return buf->ptr + buf->len;
}

void strbuf_add(StrBuf *buf, Str s)
{
    if (!s.len) return;
    memcpy(strbuf_reserve(buf, s.len), s.ptr, s.len);
    buf->len += s.len;
}

void strbuf_add_char(StrBuf *buf, char c)
{
    *strbuf_reserve(buf, 1) = c;
    buf->len++;
}

void strbuf_add_u64(StrBuf *buf, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    do digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    strbuf_add(buf, (Str){ digits + at, sizeof digits - at });
}

void strbuf_fmt(StrBuf *buf, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) abort();
    char *at = strbuf_reserve(buf, (size_t)len + 1);
    vsnprintf(at, (size_t)len + 1, fmt, again);
    va_end(again);
    buf->len += (size_t)len;
}
