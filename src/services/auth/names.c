/* User names and display names. */
#include "services/auth/names.h"

#include "base/limits.h"
#include "base/shown_text.h"
#include "base/text.h"

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_punctuation(uint32_t c)
{
    return c == '.' || c == '-' || c == '_';
}

typedef enum Script { SCRIPT_NONE, SCRIPT_LATIN, SCRIPT_RUSSIAN } Script;

static Script script_of(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return SCRIPT_LATIN;
    if ((c >= 0x410 && c <= 0x44f) || c == 0x401 || c == 0x451) return SCRIPT_RUSSIAN;
    return SCRIPT_NONE;
}

Err username_check(Ctx *ctx, Str typed, Str *out_name)
{
    Str name = text_nfc(ctx->arena, typed);
    size_t length = utf8_count(name);
    if (length < USERNAME_MIN || length > USERNAME_MAX)
        return ctx_fail(ctx, ERR_INVALID, "username: must have %d to %d characters", USERNAME_MIN, USERNAME_MAX);

    Script script = SCRIPT_NONE;
    for (Str rest = name; rest.len;) {
        uint32_t c = text_next(&rest);
        Script of_letter = script_of(c);
        if (script == SCRIPT_NONE && of_letter == SCRIPT_NONE)
            return ctx_fail(ctx, ERR_INVALID, "username: must begin with a letter, a-z or а-я");
        if (of_letter == SCRIPT_NONE && !is_digit(c) && !is_punctuation(c))
            return ctx_fail(ctx, ERR_INVALID, "username: only letters a-z or а-я, digits, dot, hyphen and underscore");
        if (script != SCRIPT_NONE && of_letter != SCRIPT_NONE && of_letter != script)
            return ctx_fail(ctx, ERR_INVALID, "username: letters of two alphabets do not go together");
        if (of_letter != SCRIPT_NONE) script = of_letter;
    }
    *out_name = name;
    return OK;
}

Str username_key(Arena *arena, Str name)
{
    StrBuf out;
    strbuf_init(&out, arena);
    for (Str rest = text_nfc(arena, name); rest.len;) text_add(&out, text_lower(text_next(&rest)));
    return strbuf_str(&out);
}

/* Confusable letters, in either case, from confusables.txt of UTS #39: "В" looks like "B", so "в" counts as "b"; "I",
 * "l", "i" and "1" are one. ё, which many write as е, counts as е. */
static const struct {
    uint32_t letter;
    const char *looks;
} confusables[] = {
    { '0', "o" },   { '1', "l" },    { 'i', "l" },   { 'm', "rn" },  { 'w', "vv" },   { 0x430, "a" }, /* а */
    { 0x431, "6" }, { 0x432, "b" },  { 0x433, "r" }, { 0x435, "e" }, { 0x437, "3" },  /* б в г е з */
    { 0x43a, "k" }, { 0x43c, "rn" }, { 0x43d, "h" }, { 0x43e, "o" }, { 0x440, "p" },  /* к м н о р */
    { 0x441, "c" }, { 0x442, "t" },  { 0x443, "y" }, { 0x445, "x" }, { 0x44b, "bl" }, /* с т у х ы */
    { 0x44c, "b" }, { 0x44e, "lo" }, { 0x451, "e" },                                  /* ь ю ё */
};

static void skeleton_add(StrBuf *out, uint32_t c)
{
    for (size_t i = 0; i < ARRAY_LEN(confusables); i++) {
        if (confusables[i].letter != c) continue;
        strbuf_add(out, str_of(confusables[i].looks));
        return;
    }
    text_add(out, c);
}

Str username_skeleton(Arena *arena, Str name)
{
    StrBuf out;
    strbuf_init(&out, arena);
    uint32_t before = 0; /* the last character other than punctuation */
    bool dropped = false;
    while (name.len) {
        uint32_t c = text_lower(text_next(&name));
        if (is_punctuation(c)) {
            dropped = true;
            continue;
        }
        /* Between digits punctuation separates numbers: room-1-11 and room-11-1 are not alike. */
        if (dropped && is_digit(before) && is_digit(c)) strbuf_add_char(&out, '-');
        skeleton_add(&out, c);
        before = c;
        dropped = false;
    }
    return strbuf_str(&out);
}

static const char *const reserved[] = {
    "abuse",         "admin",    "administrator", "anonymous", "api",        "bot",       "channel",   "deleted",
    "everyone",      "guest",    "help",          "here",      "hostmaster", "info",      "moderator", "molva",
    "notifications", "null",     "official",      "owner",     "postmaster", "root",      "security",  "server",
    "service",       "staff",    "support",       "sysadmin",  "system",     "undefined", "webmaster", "админ",
    "администратор", "владелец", "все",           "канал",     "модератор",  "молва",     "поддержка", "помощь",
    "сервер",        "система",  "служба",
};

bool username_is_reserved(Arena *arena, Str skeleton)
{
    for (size_t i = 0; i < ARRAY_LEN(reserved); i++)
        if (str_eq(skeleton, username_skeleton(arena, str_of(reserved[i])))) return true;
    return false;
}

Err display_name_check(Ctx *ctx, Str name, Str *out_name)
{
    static const ShownRule rule = { .field = "display_name", .max = DISPLAY_NAME_MAX };
    return shown_text_check(ctx, &rule, name, out_name);
}
