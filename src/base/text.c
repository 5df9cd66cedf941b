/* What Unicode says of text, by utf8proc. Its own allocating calls are not used: results belong into the arena. */
#include "base/text.h"

#include <assert.h>
#include <utf8proc.h>

static bool is_ascii(Str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= 0x80) return false;
    return true;
}

/* Decomposes, orders marks, and composes again as the options say. */
static Str map_text(Arena *arena, Str text, utf8proc_option_t options)
{
    const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text.ptr;
    utf8proc_ssize_t count = utf8proc_decompose(bytes, (utf8proc_ssize_t)text.len, NULL, 0, options);
    assert(count >= 0); /* it fails for invalid UTF-8, and beyond half a gigabyte */
    /* One more: the text is written over its code points, with a closing NUL. */
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
