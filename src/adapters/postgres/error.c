#include "adapters/postgres/error.h"

const char *sqlstate_of(const PGresult *result)
{
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    return state ? state : "";
}

bool sqlstate_is_lost_race(const char *sqlstate)
{
    return str_eq(str_of(sqlstate), STR("40001")) || str_eq(str_of(sqlstate), STR("40P01"));
}

/* By class where the class is enough, see appendix A of PostgreSQL's manual. */
static const struct {
    Str state; /* or its beginning */
    Err err;
} errors[] = {
    { STR("23505"), ERR_CONFLICT },     /* unique violation */
    { STR("53100"), ERR_STORAGE_FULL }, /* disk full */
    { STR("22021"), ERR_INVALID },      /* text with a zero byte */
    { STR("08"), ERR_UNAVAILABLE },     /* connection */
    { STR("28"), ERR_UNAVAILABLE },     /* authentication */
    { STR("40"), ERR_UNAVAILABLE },     /* lost a race */
    { STR("53"), ERR_UNAVAILABLE },     /* out of memory, connections */
    { STR("55P03"), ERR_UNAVAILABLE },  /* lock timeout */
    { STR("57"), ERR_UNAVAILABLE },     /* cancelled by timeout, shutting down */
    { STR("58"), ERR_UNAVAILABLE },     /* I/O */
    { STR("25P"), ERR_UNAVAILABLE },    /* idle for too long inside a transaction */
    { STR("42501"), ERR_UNAVAILABLE },  /* no permission */
};

static Err err_of(const char *state)
{
    for (size_t i = 0; i < ARRAY_LEN(errors); i++)
        if (str_starts_with(str_of(state), errors[i].state)) return errors[i].err;
    return state[0] ? ERR_INTERNAL : ERR_UNAVAILABLE;
}

Err postgres_fail(Ctx *ctx, const PGresult *result, const char *service, const char *doing)
{
    const char *state = sqlstate_of(result);
    Err err = err_of(state);
    /* These reach the caller, so they reveal nothing about tables. */
    if (err == ERR_CONFLICT) return ctx_fail(ctx, err, "it exists already");
    if (err == ERR_STORAGE_FULL) return ctx_fail(ctx, err, "the disk is full; nothing was stored");
    if (err == ERR_INVALID) return ctx_fail(ctx, err, "a text that cannot be stored");
    const char *text = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    return ctx_fail(ctx, err, "database %s: %s: %s (SQLSTATE %s)", service, doing, text ? text : "no answer",
                    state[0] ? state : "none");
}

Err postgres_broken(Ctx *ctx, const PGconn *handle, const char *service, const char *doing)
{
    Str text = str_trim(str_of(handle ? PQerrorMessage(handle) : ""));
    return ctx_fail(ctx, ERR_UNAVAILABLE, "database %s: %s: %.*s", service, doing, STR_ARG(text));
}
