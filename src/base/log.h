/* A log line is an event with fields: a fixed, greppable name and values. Message texts, passwords and tokens are
 * never fields. Lines go to stderr, one write each, as JSON or as text. Any thread. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/ctx.h"

typedef enum LogLevel { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_OFF } LogLevel;

typedef struct LogField {
    const char *key; /* NULL ends the list */
    enum { LOG_FIELD_INT, LOG_FIELD_STR, LOG_FIELD_ID } kind;
    int64_t number;
    Str text;
    Id id;
} LogField;

static inline LogField log_int(const char *key, int64_t value)
{
    return (LogField){ .key = key, .kind = LOG_FIELD_INT, .number = value };
}
static inline LogField log_str(const char *key, Str value)
{
    return (LogField){ .key = key, .kind = LOG_FIELD_STR, .text = value };
}
static inline LogField log_cstr(const char *key, const char *value)
{
    return log_str(key, str_of(value));
}
static inline LogField log_id(const char *key, Id value)
{
    return (LogField){ .key = key, .kind = LOG_FIELD_ID, .id = value };
}

/* At start, before other threads. */
void log_setup(LogLevel level, bool json);
/* "debug", "info", "warn", "error", "off"; false for anything else. */
bool log_level_parse(Str name, LogLevel *out_level);

/* ctx may be NULL; otherwise its method, trace id, user and peer are added. */
void log_write(LogLevel level, const Ctx *ctx, const char *event, const LogField *fields);
/* Logs the context's failure with code, text, file and line. */
void log_failure(LogLevel level, const Ctx *ctx, const char *event);

/* Keeps failures that callers can trigger at will from filling the log: a burst of lines at first, then one per
 * interval, with the number left out. One zeroed LogLimit per kind of line, living as long as such lines can be
 * written. */
typedef struct LogLimit {
    /* atomic */
    _Atomic int64_t full_at_ms; /* as of a bucket in rpc/rate_limit.c */
    _Atomic int64_t left_out;   /* since the last line */
} LogLimit;
#define LOG_LINES_AT_ONCE 5
#define LOG_LINE_EVERY_MS 10000
/* log_failure() within the limit; at level debug every line is logged. now_ms: monotonic. */
void log_failure_within(LogLimit *limit, int64_t now_ms, LogLevel level, const Ctx *ctx, const char *event);

#define LOG_FIELDS_(...)           ((const LogField[]){ __VA_ARGS__ __VA_OPT__(, ){ .key = NULL } })
#define log_debug(ctx, event, ...) log_write(LOG_DEBUG, (ctx), (event), LOG_FIELDS_(__VA_ARGS__))
#define log_info(ctx, event, ...)  log_write(LOG_INFO, (ctx), (event), LOG_FIELDS_(__VA_ARGS__))
#define log_warn(ctx, event, ...)  log_write(LOG_WARN, (ctx), (event), LOG_FIELDS_(__VA_ARGS__))
#define log_error(ctx, event, ...) log_write(LOG_ERROR, (ctx), (event), LOG_FIELDS_(__VA_ARGS__))
