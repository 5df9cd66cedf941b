/* Rules. */
#include "services/auth/rules.h"

#include "base/limits.h"
#include "base/shown_text.h"
#include "base/text.h"

bool role_is_admin(AccountRole role)
{
    return role == ACCOUNT_ROLE__ADMIN_ACCOUNT || role == ACCOUNT_ROLE__OWNER_ACCOUNT;
}

Err registration_authorize(Ctx *ctx, AuthRegistration mode, CodeKind code)
{
    if (code == CODE_OWNER) return OK;
    if (mode == AUTH_REGISTRATION_CLOSED) return ctx_fail(ctx, ERR_FORBIDDEN, "registration is closed");
    if (code == CODE_UNKNOWN) return ctx_fail(ctx, ERR_FORBIDDEN, "invite_code: unknown, used up or expired");
    if (mode == AUTH_REGISTRATION_INVITE && code == CODE_NONE)
        return ctx_fail(ctx, ERR_FORBIDDEN, "registration is by invitation: invite_code is needed");
    return OK;
}

Str password_prepared(Arena *arena, Str typed)
{
    StrBuf spaced;
    strbuf_init(&spaced, arena);
    for (Str rest = typed; rest.len;) {
        uint32_t c = text_next(&rest);
        text_add(&spaced, text_kind(c) == TEXT_SPACE ? ' ' : c);
    }
    return text_nfc(arena, strbuf_str(&spaced));
}

/* C0, DEL, C1. */
static bool has_control(Str text)
{
    while (text.len) {
        uint32_t c = text_next(&text);
        if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return true;
    }
    return false;
}

Err password_check(Ctx *ctx, const char *field, Str typed, Str *out_password)
{
    if (!utf8_valid(typed)) return ctx_fail(ctx, ERR_INVALID, "%s: must be UTF-8", field);
    Str password = typed.len <= PASSWORD_TYPED_MAX ? password_prepared(ctx->arena, typed) : typed;
    if (password.len < PASSWORD_MIN || password.len > PASSWORD_MAX)
        return ctx_fail(ctx, ERR_INVALID, "%s: must have %d to %d bytes", field, PASSWORD_MIN, PASSWORD_MAX);
    if (has_control(password)) return ctx_fail(ctx, ERR_INVALID, "%s: control characters are not allowed", field);
    *out_password = password;
    return OK;
}

Err about_check(Ctx *ctx, Str about, Str *out_about)
{
    static const ShownRule rule = { .field = "about", .max = ABOUT_MAX, .has_lines = true, .may_be_empty = true };
    return shown_text_check(ctx, &rule, about, out_about);
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* 1 to 8 letters and digits; the first subtag, which names the language, has 2 letters at least and no digits. */
static bool subtag_valid(Str tag, bool first)
{
    if (tag.len < (first ? 2 : 1) || tag.len > 8) return false;
    for (size_t i = 0; i < tag.len; i++) {
        bool digit = tag.ptr[i] >= '0' && tag.ptr[i] <= '9';
        if (!is_alpha(tag.ptr[i]) && (first || !digit)) return false;
    }
    return true;
}

Err language_check(Ctx *ctx, Str language)
{
    if (language.len == 0) return OK;
    bool valid = language.len <= LANGUAGE_MAX && language.ptr[language.len - 1] != '-';
    for (Str rest = language; valid && rest.len;) {
        bool first = rest.ptr == language.ptr;
        valid = subtag_valid(str_cut(&rest, '-'), first);
    }
    return valid ? OK : ctx_fail(ctx, ERR_INVALID, "language: not a language tag such as en or ru-RU");
}

Err theme_check(Ctx *ctx, Str theme)
{
    if (theme.len == 0 || str_eq(theme, STR("light")) || str_eq(theme, STR("dark"))) return OK;
    return ctx_fail(ctx, ERR_INVALID, "theme: light, dark or empty");
}

Str device_text(Arena *arena, Str device)
{
    StrBuf out;
    strbuf_init(&out, arena);
    if (device.len == 0 || !utf8_valid(device)) return STR("");
    device = str_trim(device);
    while (device.len) {
        Str before = device;
        TextKind kind = text_kind(text_next(&device));
        size_t bytes = before.len - device.len;
        if (out.len + bytes > DEVICE_MAX) break;
        bool is_shown = kind == TEXT_VISIBLE || kind == TEXT_MARK;
        strbuf_add(&out, is_shown ? (Str){ before.ptr, bytes } : STR(" "));
    }
    return out.len ? strbuf_str(&out) : STR("");
}
