/* Checks code point by code point, with the previous one and the rest in view. */
#include "base/shown_text.h"

#include <utf8proc.h>

#include "base/attr.h"
#include "base/text.h"

#define ZWNJ       0x200c
#define ZWJ        0x200d
#define BLACK_FLAG 0x1f3f4
#define TAG_END    0xe007f
#define KEYCAP     0x20e3

typedef struct Reading {
    Ctx *ctx;
    const ShownRule *rule;
    Str rest;        /* after the current code point */
    uint32_t before; /* the previous code point; 0 at the beginning */
    size_t marks;    /* on the letter before */
    StrBuf out;
} Reading;

static const utf8proc_property_t *property(uint32_t c)
{
    return utf8proc_get_property((utf8proc_int32_t)c);
}

/* 0 at the end. */
static uint32_t next_of(const Reading *reading)
{
    Str rest = reading->rest;
    return rest.len ? text_next(&rest) : 0;
}

/* --- where invisible characters have a meaning --- */

static bool is_pictograph(uint32_t c)
{
    return property(c)->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
}

/* A sign that joins letters of Indic scripts or separates them. */
static bool is_virama(uint32_t c)
{
    return property(c)->combining_class == 9;
}

/* A letter of Arabic or a related script, whose form depends on its neighbours. */
static bool is_joining(uint32_t c)
{
    return property(c)->bidi_class == UTF8PROC_BIDI_CLASS_AL;
}

static bool is_han(uint32_t c)
{
    return (c >= 0x3400 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3fffd);
}

static bool is_mongolian(uint32_t c)
{
    return c >= 0x1820 && c <= 0x18aa;
}

static bool is_skin_tone(uint32_t c)
{
    return c >= 0x1f3fb && c <= 0x1f3ff;
}

static bool is_keycap_base(uint32_t c)
{
    return (c >= '0' && c <= '9') || c == '#' || c == '*';
}

/* U+FE0E and U+FE0F select text or emoji style; the other selectors choose between forms of a character. */
static bool may_vary(const Reading *reading, uint32_t c)
{
    uint32_t before = reading->before;
    if (c == 0xfe0e || c == 0xfe0f)
        return is_pictograph(before) || (is_keycap_base(before) && next_of(reading) == KEYCAP);
    if ((c >= 0xfe00 && c <= 0xfe0d) || (c >= 0xe0100 && c <= 0xe01ef)) return is_han(before);
    return ((c >= 0x180b && c <= 0x180d) || c == 0x180f) && is_mongolian(before);
}

static bool may_join(const Reading *reading, uint32_t c)
{
    uint32_t before = reading->before, next = next_of(reading);
    if (is_virama(before)) return c == ZWJ || c == ZWNJ;
    if (c == ZWNJ) return (is_joining(before) || text_kind(before) == TEXT_MARK) && is_joining(next);
    bool after_emoji = is_pictograph(before) || before == 0xfe0f || is_skin_tone(before);
    return c == ZWJ && after_emoji && is_pictograph(next);
}

/* The length of the tags after a black flag if they make it a flag of a region (England, Scotland, Wales); else 0. */
static size_t flag_tags(const Reading *reading)
{
    Str rest = reading->rest;
    for (size_t n = 0; rest.len && n <= 6; n++) {
        uint32_t c = text_next(&rest);
        if (c == TAG_END) return n >= 4 ? reading->rest.len - rest.len : 0;
        bool is_tag = (c >= 0xe0030 && c <= 0xe0039) || (c >= 0xe0061 && c <= 0xe007a);
        if (!is_tag) return 0;
    }
    return 0;
}

/* --- one by one --- */

static Err refuse(const Reading *reading, const char *why)
{
    return ctx_fail(reading->ctx, ERR_INVALID, "%s: %s", reading->rule->field, why);
}

static Err refuse_point(const Reading *reading, uint32_t c, const char *why)
{
    return ctx_fail(reading->ctx, ERR_INVALID, "%s: U+%04X %s", reading->rule->field, c, why);
}

static void keep(Reading *reading, uint32_t c)
{
    text_add(&reading->out, c);
    reading->before = c;
}

static bool is_line_end(uint32_t c)
{
    return c == '\n' || c == '\r';
}

static Err read_control(Reading *reading, uint32_t c)
{
    if (!reading->rule->has_lines || (c != '\t' && !is_line_end(c)))
        return refuse_point(reading, c, "is a control character");
    if (c == '\r' && next_of(reading) == '\n') return OK;
    keep(reading, c == '\r' ? '\n' : c);
    return OK;
}

static void read_space(Reading *reading)
{
    if (reading->before != ' ' || reading->rule->has_lines) keep(reading, ' ');
}

static Err read_mark(Reading *reading, uint32_t c)
{
    TextKind before = text_kind(reading->before);
    if (before == TEXT_SPACE || before == TEXT_CONTROL) return refuse_point(reading, c, "stands on no letter");
    if (++reading->marks > SHOWN_MARKS_MAX) return refuse(reading, "too many marks stand on one letter");
    keep(reading, c);
    return OK;
}

static Err read_invisible(Reading *reading, uint32_t c)
{
    if (!may_vary(reading, c) && !may_join(reading, c)) return refuse_point(reading, c, "cannot be seen");
    keep(reading, c);
    return OK;
}

static void read_visible(Reading *reading, uint32_t c)
{
    reading->marks = 0;
    keep(reading, c);
    size_t tags = c == BLACK_FLAG ? flag_tags(reading) : 0;
    strbuf_add(&reading->out, (Str){ reading->rest.ptr, tags });
    reading->rest = (Str){ reading->rest.ptr + tags, reading->rest.len - tags };
}

static Err read_one(Reading *reading)
{
    uint32_t c = text_next(&reading->rest);
    switch (text_kind(c)) {
    case TEXT_VISIBLE: read_visible(reading, c); return OK;
    case TEXT_SPACE: read_space(reading); return OK;
    case TEXT_MARK: return read_mark(reading, c);
    case TEXT_INVISIBLE: return read_invisible(reading, c);
    case TEXT_PRIVATE: return refuse_point(reading, c, "is for private use");
    case TEXT_CONTROL: return read_control(reading, c);
    }
    return refuse_point(reading, c, "is not allowed");
}

/* --- whole texts --- */

static bool is_outer(uint32_t c)
{
    return text_kind(c) == TEXT_SPACE || (c >= '\t' && c <= '\r');
}

/* Without spaces of any script at either end. */
static Str trimmed(Str text)
{
    size_t start = 0, end = 0;
    for (Str rest = text; rest.len;) {
        size_t at = text.len - rest.len;
        if (is_outer(text_next(&rest))) continue;
        if (end == 0) start = at;
        end = text.len - rest.len;
    }
    return (Str){ text.ptr + start, end - start };
}

Err shown_text_check(Ctx *ctx, const ShownRule *rule, Str text, Str *out_text)
{
    Reading reading = { .ctx = ctx, .rule = rule };
    strbuf_init(&reading.out, ctx->arena);
    if (!utf8_valid(text)) return refuse(&reading, "it is not UTF-8");
    reading.rest = text.len ? trimmed(text_nfc(ctx->arena, text)) : STR("");
    while (reading.rest.len) {
        Err err = read_one(&reading);
        if (err) return err;
    }
    Str shown = reading.out.len ? strbuf_str(&reading.out) : STR("");
    if (text_is_blank(shown) && !(rule->may_be_empty && shown.len == 0)) return refuse(&reading, "it shows nothing");
    if (utf8_count(shown) > rule->max)
        return ctx_fail(ctx, ERR_INVALID, "%s: must have at most %zu characters", rule->field, rule->max);
    *out_text = shown;
    return OK;
}
