/* Unicode properties and normalization through utf8proc. Its allocating functions are not used, because results belong
 * in the arena. */
#include "base/text.h"

#include <assert.h>
#include <utf8proc.h>

#include "base/attr.h"

uint32_t text_next(Str *rest)
{
    const unsigned char *p = (const unsigned char *)rest->ptr;
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t c = len == 1 ? p[0] : p[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) c = c << 6 | (p[i] & 0x3f);
    *rest = (Str){ rest->ptr + len, rest->len - len };
    return c;
}

void text_add(StrBuf *out, uint32_t c)
{
    utf8proc_uint8_t bytes[4];
    strbuf_add(out, (Str){ (const char *)bytes, (size_t)utf8proc_encode_char((utf8proc_int32_t)c, bytes) });
}

uint32_t text_lower(uint32_t c)
{
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
}

static bool is_one_of(uint32_t c, const uint32_t (*ranges)[2], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i][0] && c <= ranges[i][1]) return true;
    return false;
}

static bool steers(uint32_t c)
{
    static const uint32_t ranges[][2] = {
        { 0x61c, 0x61c },   { 0x200e, 0x200f }, /* direction marks */
        { 0x202a, 0x202e }, { 0x2066, 0x2069 }, /* embeddings, overrides, isolates */
        { 0xfff9, 0xfffb },                     /* interlinear annotation */
        { 0xfdd0, 0xfdef },                     /* noncharacters; two more end each plane */
    };
    return (c & 0xfffe) == 0xfffe || is_one_of(c, ranges, ARRAY_LEN(ranges));
}

/* In addition to those that the tables call ignorable. */
static bool shows_nothing(uint32_t c)
{
    static const uint32_t ranges[][2] = {
        { 0x2800, 0x2800 },   { 0x1d159, 0x1d159 }, /* braille without a dot, a note without a head */
        { 0x2065, 0x2065 },   { 0xfff0, 0xfff8 },   /* unassigned, but reserved as ignorable */
        { 0xe0000, 0xe0fff },
    };
    return is_one_of(c, ranges, ARRAY_LEN(ranges));
}

TextKind text_kind(uint32_t c)
{
    if (c > ' ' && c < 0x7f) return TEXT_VISIBLE;
    if (c == ' ') return TEXT_SPACE;
    const utf8proc_property_t *property = utf8proc_get_property((utf8proc_int32_t)c);
    if (steers(c)) return TEXT_CONTROL;
    switch (property->category) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CS: return TEXT_CONTROL;
    case UTF8PROC_CATEGORY_CO: return TEXT_PRIVATE;
    case UTF8PROC_CATEGORY_ZS: return TEXT_SPACE;
    default: break;
    }
    if (property->ignorable || shows_nothing(c)) return TEXT_INVISIBLE;
    switch (property->category) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME: return TEXT_MARK;
    default: return TEXT_VISIBLE;
    }
}

bool text_is_word(uint32_t c)
{
    TextKind kind = text_kind(c);
    if (kind != TEXT_VISIBLE) return kind == TEXT_MARK;
    switch (utf8proc_get_property((utf8proc_int32_t)c)->category) {
    case UTF8PROC_CATEGORY_PC:
    case UTF8PROC_CATEGORY_PD:
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
    case UTF8PROC_CATEGORY_PO:
    case UTF8PROC_CATEGORY_SM:
    case UTF8PROC_CATEGORY_SC:
    case UTF8PROC_CATEGORY_SK: return false;
    default: return true;
    }
}

bool text_is_blank(Str text)
{
    while (text.len) {
        TextKind kind = text_kind(text_next(&text));
        if (kind == TEXT_VISIBLE || kind == TEXT_MARK || kind == TEXT_PRIVATE) return false;
    }
    return true;
}

static bool is_ascii(Str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80) return false;
    return true;
}

/* Decomposes, reorders marks, and recomposes, according to the options. */
static Str map_text(Arena *arena, Str text, utf8proc_option_t options)
{
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text.ptr;
    utf8proc_ssize_t count = utf8proc_decompose(bytes, (utf8proc_ssize_t)text.len, NULL, 0, options);
    assert(count >= 0); /* it only fails for invalid UTF-8, or beyond half a gigabyte */
    /* One more: the result overwrites its code points, with a NUL. */
    utf8proc_int32_t *points = arena_alloc_raw(arena, ((size_t)count + 1) * sizeof *points);
    count = utf8proc_decompose(bytes, (utf8proc_ssize_t)text.len, points, count, options);
    utf8proc_ssize_t len = utf8proc_reencode(points, count, options);
    assert(len >= 0);
    return (Str){ (const char *)points, (size_t)len };
}

Str text_nfc(Arena *arena, Str text)
{
    return is_ascii(text) ? text : map_text(arena, text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

Str text_nfkd(Arena *arena, Str text)
{
    return is_ascii(text) ? text : map_text(arena, text, UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE);
}

Str text_beginning(Str text, size_t count)
{
    utf8proc_int32_t before = 0, point, state = 0;
    size_t at = 0, border = 0;
    for (size_t n = 0; at < text.len; n++) {
        utf8proc_ssize_t len =
            utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at, (utf8proc_ssize_t)(text.len - at), &point);
        assert(len > 0);
        if (n > 0 && utf8proc_grapheme_break_stateful(before, point, &state)) border = at;
        if (n == count) return (Str){ text.ptr, border ? border : at };
        before = point;
        at += (size_t)len;
    }
    return text;
}
