/* The context of a request: memory, caller, deadline, trace, and the failure. A Ctx and its arena belong to one thread
 * at a time and move together when a job is handed over. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "base/str.h"

typedef enum ActorKind {
    ACTOR_NONE,    /* nobody signed in */
    ACTOR_USER,    /* a user, by access token */
    ACTOR_SERVICE, /* one of our services; `user` is then the user it acts for, or ID_NONE */
} ActorKind;

typedef struct Actor {
    ActorKind kind;
    bool admin; /* may administer the server */
    Id user;
    Id session;
} Actor;

typedef struct Ctx {
    Arena *arena;
    Actor actor;
    int64_t now_ms;      /* when the request began; milliseconds since the epoch */
    int64_t deadline_ms; /* on the monotonic clock of clock_monotonic_ms(); 0: none */
    const char *method;  /* "message.Send", or the name of a background task */
    char trace_id[33];   /* W3C trace id, hex */
    Str peer;            /* address of the client, without the port */
    Str user_agent;

    /* The failure, set by ctx_fail(). */
    Err err;
    const char *err_text; /* for the caller; no secrets */
    const char *err_file;
    int err_line;
    uint32_t retry_after_ms;
} Ctx;

/* A context on the heap with its own arena. now_ms: milliseconds since the epoch. */
Ctx *ctx_new(const char *method, int64_t now_ms);
/* Frees the context, its arena and everything in it. Accepts NULL. */
void ctx_free(Ctx *ctx);
void ctx_freep(Ctx **ctx);

/* Records the failure and returns its code: `return ctx_fail(ctx, ERR_INVALID, "title: over %d characters", max);` The
 * text is sent to the caller, except for ERR_INTERNAL and ERR_UNAVAILABLE, where it only goes to the log. */
#define ctx_fail(ctx, code, ...) ctx_failed_(ctx_fail_at((ctx), (code), __FILE__, __LINE__, __VA_ARGS__), (code))
/* Shows the compiler and the analysers that a failure is never OK. */
static inline Err ctx_failed_(Err told, Err code)
{
    (void)told;
    return code;
}
Err ctx_fail_at(Ctx *ctx, Err code, const char *file, int line, const char *fmt, ...) PRINTF_LIKE(5, 6);
/* Forgets a failure that was handled. */
void ctx_clear(Ctx *ctx);
