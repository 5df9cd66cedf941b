/* Finds the ends of strings and brackets (RFC 8259), and parses nothing else of JSON. */
#include "rpc/json_cut.h"

typedef struct Cursor {
    const char *at, *end;
} Cursor;

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(Cursor *cursor)
{
    while (cursor->at < cursor->end && is_space(*cursor->at)) cursor->at++;
}

static bool take(Cursor *cursor, char c)
{
    skip_space(cursor);
    if (cursor->at == cursor->end || *cursor->at != c) return false;
    cursor->at++;
    return true;
}

/* From after the opening quote to after the closing one. */
static bool skip_string(Cursor *cursor)
{
    while (cursor->at < cursor->end) {
        char c = *cursor->at++;
        if (c == '"') return true;
        if (c == '\\' && cursor->at < cursor->end) cursor->at++;
    }
    return false;
}

/* To the comma or bracket after the value. */
static bool skip_value(Cursor *cursor)
{
    size_t depth = 0;
    while (cursor->at < cursor->end) {
        char c = *cursor->at;
        if (depth == 0 && (c == ',' || c == '}' || c == ']')) return true;
        cursor->at++;
        if (c == '"' && !skip_string(cursor)) return false;
        if (c == '{' || c == '[') depth++;
        if (c == '}' || c == ']') depth--;
    }
    return false;
}

static Str without(Arena *arena, Str text, Str value)
{
    StrBuf rest;
    size_t before = (size_t)(value.ptr - text.ptr);
    strbuf_init(&rest, arena);
    strbuf_reserve(&rest, text.len - value.len + 4);
    strbuf_add(&rest, (Str){ text.ptr, before });
    strbuf_add(&rest, STR("null"));
    strbuf_add(&rest, (Str){ value.ptr + value.len, text.len - before - value.len });
    return strbuf_str(&rest);
}

Str json_cut_member(Arena *arena, Str text, Str name, Str *out_rest)
{
    Cursor cursor = { text.ptr, text.ptr + text.len };
    *out_rest = text;
    if (!take(&cursor, '{')) return (Str){ 0 };
    do {
        if (!take(&cursor, '"')) return (Str){ 0 };
        const char *key = cursor.at;
        if (!skip_string(&cursor)) return (Str){ 0 };
        bool found = str_eq((Str){ key, (size_t)(cursor.at - key) - 1 }, name);
        if (!take(&cursor, ':')) return (Str){ 0 };
        skip_space(&cursor);
        Str value = { cursor.at, 0 };
        if (!skip_value(&cursor)) return (Str){ 0 };
        if (!found) continue;
        value.len = (size_t)(cursor.at - value.ptr);
        while (value.len && is_space(value.ptr[value.len - 1])) value.len--;
        if (!value.len) return (Str){ 0 };
        *out_rest = without(arena, text, value);
        return value;
    } while (take(&cursor, ','));
    return (Str){ 0 };
}
