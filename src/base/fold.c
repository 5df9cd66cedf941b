/* Folding, by the table of fold.txt and the normal forms of base/text. */
#include "base/fold.h"

#include "base/attr.h"
#include "base/text.h"
#include "fold_table.h"

/* Whether folding drops `c` after `before`. */
static bool is_dropped(uint32_t before, uint32_t c)
{
    for (size_t i = 0; i < ARRAY_LEN(fold_kept); i++)
        if (before == fold_kept[i][0] && c == fold_kept[i][1]) return false;
    for (size_t i = 0; i < ARRAY_LEN(fold_dropped); i++)
        if (c >= fold_dropped[i][0] && c <= fold_dropped[i][1]) return true;
    return false;
}

static void add_letter(StrBuf *out, uint32_t c)
{
    for (size_t i = 0; c >= 0x80 && i < ARRAY_LEN(fold_letters); i++) {
        if (fold_letters[i].letter != c) continue;
        strbuf_add(out, str_of(fold_letters[i].as));
        return;
    }
    text_add(out, c);
}

static Str through_table(Arena *arena, Str text)
{
    StrBuf out;
    uint32_t before = 0;
    strbuf_init(&out, arena);
    while (text.len) {
        uint32_t c = text_lower(text_next(&text));
        if (is_dropped(before, c)) continue;
        add_letter(&out, c);
        before = c;
    }
    return out.len ? strbuf_str(&out) : STR("");
}

Str fold(Arena *arena, Str text)
{
    /* The table goes before decomposition, which turns U+00B4 into a space and an accent, and again after it, for its
     * result. */
    Str apart = text_nfkd(arena, through_table(arena, text));
    return text_nfc(arena, through_table(arena, apart));
}

int64_t fold_version(void)
{
    return FOLD_VERSION;
}
