/* Any bytes as an encoded path segment and as a query: decoded or refused; what was decoded is clean text, and its plainest
 * encoding decodes to the same. */
#include "fuzz/fuzz.h"

#include "net/url.h"

static void check_text(Arena *arena, Str encoded, Str text)
{
    StrBuf plain;
    Str again;
    MUST_HOLD(text.len <= encoded.len);
    MUST_HOLD(utf8_valid(text) && str_find(text, '\0') < 0);
    strbuf_init(&plain, arena);
    for (size_t i = 0; i < text.len; i++) strbuf_fmt(&plain, "%%%02x", (unsigned char)text.ptr[i]);
    MUST_HOLD(url_decode(arena, strbuf_str(&plain), true, &again));
    MUST_HOLD(str_eq(again, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Arena *arena = arena_new();
    Str input = { arena_copy(arena, data, size), size }, rest = input, text, name, value;
    bool bad = false;
    if (url_decode(arena, input, false, &text)) check_text(arena, input, text);
    while (url_query_next(&rest, arena, &name, &value, &bad)) {
        check_text(arena, input, name);
        check_text(arena, input, value);
        MUST_HOLD(rest.len < size);
    }
    MUST_HOLD(bad || rest.len == 0);
    arena_free(arena);
    return 0;
}
