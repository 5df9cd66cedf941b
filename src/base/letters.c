/* Code points. */
#include "base/letters.h"

#include <stddef.h>

#include "base/attr.h"

uint32_t letter_next(Str *rest)
{
    const unsigned char *p = (const unsigned char *)rest->ptr;
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t letter = len == 1 ? p[0] : p[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) letter = letter << 6 | (p[i] & 0x3f);
    *rest = (Str){ rest->ptr + len, rest->len - len };
    return letter;
}

void letter_add(StrBuf *out, uint32_t letter)
{
    if (letter < 0x80) {
        strbuf_add_char(out, (char)letter);
    } else if (letter < 0x800) {
        strbuf_add_char(out, (char)(0xc0 | letter >> 6));
        strbuf_add_char(out, (char)(0x80 | (letter & 0x3f)));
    } else if (letter < 0x10000) {
        strbuf_add_char(out, (char)(0xe0 | letter >> 12));
        strbuf_add_char(out, (char)(0x80 | (letter >> 6 & 0x3f)));
        strbuf_add_char(out, (char)(0x80 | (letter & 0x3f)));
    } else {
        strbuf_add_char(out, (char)(0xf0 | letter >> 18));
        strbuf_add_char(out, (char)(0x80 | (letter >> 12 & 0x3f)));
        strbuf_add_char(out, (char)(0x80 | (letter >> 6 & 0x3f)));
        strbuf_add_char(out, (char)(0x80 | (letter & 0x3f)));
    }
}

/* Capitals of a block: each, or every second one, moves by the same distance. */
static const struct {
    uint32_t first, last;
    uint32_t step;
    int32_t distance;
} capitals[] = {
    { 'A', 'Z', 1, 32 },     { 0xc0, 0xd6, 1, 32 },   { 0xd8, 0xde, 1, 32 },   { 0x100, 0x12e, 2, 1 },
    { 0x132, 0x136, 2, 1 },  { 0x139, 0x147, 2, 1 },  { 0x14a, 0x176, 2, 1 },  { 0x178, 0x178, 1, -121 },
    { 0x179, 0x17d, 2, 1 },  { 0x386, 0x386, 1, 38 }, { 0x388, 0x38a, 1, 37 }, { 0x38c, 0x38c, 1, 64 },
    { 0x38e, 0x38f, 1, 63 }, { 0x391, 0x3a1, 1, 32 }, { 0x3a3, 0x3ab, 1, 32 }, { 0x3c2, 0x3c2, 1, 1 },
    { 0x400, 0x40f, 1, 80 }, { 0x410, 0x42f, 1, 32 }, { 0x460, 0x480, 2, 1 },  { 0x48a, 0x4be, 2, 1 },
    { 0x4c1, 0x4cd, 2, 1 },  { 0x4d0, 0x52e, 2, 1 },
};

uint32_t letter_fold(uint32_t letter)
{
    for (size_t i = 0; i < ARRAY_LEN(capitals) && letter >= capitals[i].first; i++) {
        if (letter > capitals[i].last) continue;
        bool capital = (letter - capitals[i].first) % capitals[i].step == 0;
        return capital ? (uint32_t)((int32_t)letter + capitals[i].distance) : letter;
    }
    return letter;
}

Str letters_fold(Arena *arena, Str text)
{
    StrBuf out;
    strbuf_init(&out, arena);
    while (text.len) letter_add(&out, letter_fold(letter_next(&text)));
    return strbuf_str(&out);
}

typedef struct Range {
    uint32_t first, last;
} Range;

static bool in_ranges(uint32_t letter, const Range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (letter >= ranges[i].first && letter <= ranges[i].last) return true;
    return false;
}

bool letter_is_control(uint32_t letter)
{
    static const Range ranges[] = {
        { 0, 0x1f },        { 0x7f, 0x9f },     /* C0, delete, C1 */
        { 0x61c, 0x61c },   { 0x200e, 0x200f }, /* direction marks */
        { 0x2028, 0x2029 },                     /* line and paragraph separator */
        { 0x202a, 0x202e }, { 0x2066, 0x2069 }, /* embeddings, overrides, isolates */
        { 0xfff9, 0xfffb }, { 0xfffe, 0xffff }, /* interlinear annotation, no characters */
    };
    return in_ranges(letter, ranges, ARRAY_LEN(ranges));
}

bool letter_is_blank(uint32_t letter)
{
    static const Range ranges[] = {
        { ' ', ' ' },         { 0xa0, 0xa0 },     { 0xad, 0xad },     { 0x34f, 0x34f },     { 0x115f, 0x1160 },
        { 0x1680, 0x1680 },   { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x2000, 0x200f },   { 0x202f, 0x202f },
        { 0x205f, 0x206f },   { 0x2800, 0x2800 }, { 0x3000, 0x3000 }, { 0x3164, 0x3164 },   { 0xfe00, 0xfe0f },
        { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 }, { 0xfff0, 0xfff8 }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
        { 0xe0000, 0xe0fff },
    };
    return letter_is_control(letter) || in_ranges(letter, ranges, ARRAY_LEN(ranges));
}

bool letters_are_blank(Str text)
{
    while (text.len)
        if (!letter_is_blank(letter_next(&text))) return false;
    return true;
}

bool letter_is_word(uint32_t letter)
{
    static const Range marks[] = {
        { 0x21, 0x2f },     { 0x3a, 0x40 },     { 0x5b, 0x60 },     { 0x7b, 0x7e },
        { 0xa1, 0xa9 },     { 0xab, 0xb4 },     { 0xb6, 0xb9 },     { 0xbb, 0xbf },
        { 0xd7, 0xd7 },     { 0xf7, 0xf7 },     { 0x2010, 0x2027 }, { 0x2030, 0x205e },
        { 0x20a0, 0x20cf }, { 0x2100, 0x2bff }, { 0x3001, 0x3004 }, { 0x3008, 0x3020 },
    };
    return !letter_is_blank(letter) && !in_ranges(letter, marks, ARRAY_LEN(marks));
}
