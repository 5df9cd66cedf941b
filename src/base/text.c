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
