/* Formats a line on the stack and writes it at once, so lines of different threads never mix. */
#include "base/log.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define LINE_MAX_BYTES  2048
#define LINE_END_BYTES  8   /* always reserved for the end of the line */
#define VALUE_MAX_BYTES 512 /* of a text in a line; the rest is cut */

static LogLevel threshold = LOG_INFO;
static bool as_json;

static const char *const level_names[] = { "debug", "info", "warn", "error", "off" };

void log_setup(LogLevel level, bool json)
{
    threshold = level;
    as_json = json;
}

bool log_level_parse(Str name, LogLevel *out_level)
{
    for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
        if (!str_eq(name, str_of(level_names[i]))) continue;
        *out_level = (LogLevel)i;
        return true;
    }
    return false;
}

typedef struct Line {
    char text[LINE_MAX_BYTES];
    size_t len;
    bool is_full; /* something was left out */
} Line;

static void put(Line *line, Str s)
{
    line->is_full = line->is_full || s.len > sizeof line->text - LINE_END_BYTES - line->len;
    if (line->is_full || !s.len) return;
    memcpy(line->text + line->len, s.ptr, s.len);
    line->len += s.len;
}

static void put_char(Line *line, char c)
{
    put(line, (Str){ &c, 1 });
}

/* A JSON escape: one code unit, or two surrogates. */
static Str escaped(uint32_t c, char out_text[16])
{
    int len = c > 0xffff ? snprintf(out_text, 16, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff))
                         : snprintf(out_text, 16, "\\u%04x", c);
    return (Str){ out_text, (size_t)len };
}

static bool is_plain(uint32_t c)
{
    TextKind kind = text_kind(c);
    return (kind == TEXT_VISIBLE || kind == TEXT_MARK || kind == TEXT_SPACE) && c != '"' && c != '\\';
}

/* Both formats quote and escape alike, so that untrusted text can never forge a line, control a terminal (C1 has an
 * escape character of its own, U+009B), or appear in another order than written. */
static void put_quoted(Line *line, Str s)
{
    if (!utf8_valid(s)) {
        put(line, STR("\"(not UTF-8)\""));
        return;
    }
    size_t end = line->len + VALUE_MAX_BYTES;
    put_char(line, '"');
    while (s.len && line->len < end) {
        char text[16];
        Str before = s;
        uint32_t c = text_next(&s);
        put(line, is_plain(c) ? (Str){ before.ptr, before.len - s.len } : escaped(c, text));
    }
    put_char(line, '"');
}

static void put_key(Line *line, const char *key)
{
    if (as_json) {
        put(line, STR(",\""));
        put(line, str_of(key));
        put(line, STR("\":"));
    } else {
        put_char(line, ' ');
        put(line, str_of(key));
        put_char(line, '=');
    }
}

static void put_value(Line *line, const LogField *field)
{
    char text[ID_TEXT_LEN + 1];
    switch (field->kind) {
    case LOG_FIELD_INT:
        snprintf(text, sizeof text, "%lld", (long long)field->number);
        put(line, str_of(text));
        break;
    case LOG_FIELD_ID:
        id_format(field->id, text);
        put_quoted(line, str_of(text));
        break;
    case LOG_FIELD_STR: put_quoted(line, field->text); break;
    }
}

/* Omits a field that does not fit entirely, so that the line stays parseable. */
static void put_field(Line *line, const LogField *field)
{
    size_t before = line->len;
    put_key(line, field->key);
    put_value(line, field);
    if (line->is_full) line->len = before;
    line->is_full = false;
}

static void put_head(Line *line, LogLevel level, const char *event)
{
    struct timespec now;
    struct tm utc;
    char stamp[32], text[48];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text, sizeof text, "%s.%03ldZ", stamp, now.tv_nsec / 1000000);
    if (as_json) {
        put(line, STR("{\"time\":\""));
        put(line, str_of(text));
        put(line, STR("\",\"level\":\""));
        put(line, str_of(level_names[level]));
        put(line, STR("\",\"event\":"));
        put_quoted(line, str_of(event));
    } else {
        put(line, str_of(text));
        snprintf(text, sizeof text, " %-5s ", level_names[level]);
        put(line, str_of(text));
        put(line, str_of(event));
    }
}

void log_write(LogLevel level, const Ctx *ctx, const char *event, const LogField *fields)
{
    if (level < threshold) return;
    Line line = { .len = 0 };
    put_head(&line, level, event);
    for (const LogField *field = fields; field->key; field++) put_field(&line, field);
    if (ctx) {
        if (ctx->method) put_field(&line, (LogField[]){ log_cstr("method", ctx->method) });
        put_field(&line, (LogField[]){ log_cstr("trace", ctx->trace_id) });
        if (!id_is_none(ctx->actor.user)) put_field(&line, (LogField[]){ log_id("user", ctx->actor.user) });
        if (ctx->peer.len) put_field(&line, (LogField[]){ log_str("peer", ctx->peer) });
    }
    if (as_json) line.text[line.len++] = '}';
    line.text[line.len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line.text, line.len);
    (void)written; /* there is nowhere left to report it */
}

/* n_left_out: 0 is not logged. */
static void write_failure(LogLevel level, const Ctx *ctx, const char *event, int64_t n_left_out)
{
    const LogField fields[] = {
        log_cstr("code", err_info(ctx->err)->name),           log_cstr("text", ctx->err_text ? ctx->err_text : ""),
        log_cstr("file", ctx->err_file ? ctx->err_file : ""), log_int("line", ctx->err_line),
        log_int(n_left_out ? "left_out" : NULL, n_left_out),  { .key = NULL }
    };
    log_write(level, ctx, event, fields);
}

void log_failure(LogLevel level, const Ctx *ctx, const char *event)
{
    write_failure(level, ctx, event, 0);
}

static bool take(LogLimit *limit, int64_t now_ms)
{
    int64_t full_at = atomic_load(&limit->full_at_ms), next;
    do {
        next = (full_at > now_ms ? full_at : now_ms) + LOG_LINE_EVERY_MS;
        if (next > now_ms + LOG_LINES_AT_ONCE * LOG_LINE_EVERY_MS) return false;
    } while (!atomic_compare_exchange_weak(&limit->full_at_ms, &full_at, next));
    return true;
}

void log_failure_within(LogLimit *limit, int64_t now_ms, LogLevel level, const Ctx *ctx, const char *event)
{
    if (level < threshold) return;
    if (level == LOG_DEBUG)
        write_failure(level, ctx, event, 0);
    else if (take(limit, now_ms))
        write_failure(level, ctx, event, atomic_exchange(&limit->left_out, 0));
    else
        atomic_fetch_add(&limit->left_out, 1);
}
