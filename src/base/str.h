/* Text by value: pointer and length, not NUL-terminated. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

typedef struct Str {
    const char *ptr;
    size_t len;
} Str;

/* For literals only. */
#define STR(literal) ((Str){ (literal), sizeof(literal) - 1 })
/* For printf: "%.*s", STR_ARG(s). */
#define STR_ARG(s) (int)(s).len, (s).ptr

static inline Str str_of(const char *cstr)
{
    return (Str){ cstr, cstr ? strlen(cstr) : 0 };
}

static inline bool str_eq(Str a, Str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ASCII case only. */
bool str_eq_nocase(Str a, Str b);
bool str_starts_with(Str s, Str prefix);
/* Without leading and trailing ASCII white space. */
Str str_trim(Str s);
/* Index of the first `c`, or -1. */
ptrdiff_t str_find(Str s, char c);
/* Cuts `*rest` at the first `sep` and returns the part before it; without `sep`, returns all and leaves rest empty. */
Str str_cut(Str *rest, char sep);
/* Accepts decimal digits only, no sign, no space; false when empty, malformed or over `max`. */
bool str_to_u64(Str s, uint64_t max, uint64_t *out_value);

/* The value of a hexadecimal digit in either case, or -1. */
int hex_value(char c);

/* A NUL-terminated copy, for C libraries. */
char *str_cstr(Arena *arena, Str s);
/* The same on the heap; the caller frees it. */
char *str_copy(Str s);
Str str_dup(Arena *arena, Str s);
Str str_fmt(Arena *arena, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
bool utf8_valid(Str s);
/* Code points in valid UTF-8. */
size_t utf8_count(Str s);

/* A growing text buffer. With an arena it lives there; without one it is heap memory that strbuf_done() frees. */
typedef struct StrBuf {
    Arena *arena;
    char *ptr;
    size_t len, cap;
} StrBuf;

void strbuf_init(StrBuf *buf, Arena *arena);
/* Accepts a zeroed one. */
void strbuf_done(StrBuf *buf);
/* Reserves `more` bytes after the text; returns where to write them. */
char *strbuf_reserve(StrBuf *buf, size_t more);
void strbuf_add(StrBuf *buf, Str s);
void strbuf_add_char(StrBuf *buf, char c);
void strbuf_add_u64(StrBuf *buf, uint64_t value);
void strbuf_fmt(StrBuf *buf, const char *fmt, ...) PRINTF_LIKE(2, 3);
static inline Str strbuf_str(const StrBuf *buf)
{
    return (Str){ buf->ptr, buf->len };
}
