/* Decoding never grows text, so the length of the encoded form bounds the memory. */
#include "net/url.h"

/* The character at the front, or -1; cuts it off. */
static int next_char(Str *rest, bool plus_is_space)
{
    char c = rest->ptr[0];
    size_t len = c == '%' ? 3 : 1;
    int value = c == '+' && plus_is_space ? ' ' : (unsigned char)c;
    if (c == '%') {
        if (rest->len < 3) return -1;
        int high = hex_value(rest->ptr[1]), low = hex_value(rest->ptr[2]);
        if (high < 0 || low < 0) return -1;
        value = high * 16 + low;
    }
    *rest = (Str){ rest->ptr + len, rest->len - len };
    return value == 0 ? -1 : value;
}

bool url_decode(Arena *arena, Str encoded, bool plus_is_space, Str *out)
{
    char *text = arena_alloc_raw(arena, encoded.len + 1);
    size_t len = 0;
    while (encoded.len) {
        int c = next_char(&encoded, plus_is_space);
        if (c < 0) return false;
        text[len++] = (char)c;
    }
    text[len] = '\0';
    if (!utf8_valid((Str){ text, len })) return false;
    *out = (Str){ text, len };
    return true;
}

bool url_query_next(Str *rest, Arena *arena, Str *name, Str *value, bool *bad)
{
    *bad = false;
    while (rest->len) {
        Str pair = str_cut(rest, '&');
        if (pair.len == 0) continue;
        Str encoded_name = str_cut(&pair, '=');
        *bad = !url_decode(arena, encoded_name, true, name) || !url_decode(arena, pair, true, value);
        return !*bad;
    }
    return false;
}
