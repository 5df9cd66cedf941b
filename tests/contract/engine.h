/* The database engines, for tests that run on each: a place for a database, and how it is opened. */
#pragma once
#include <sqlite3.h>

#include "adapters/sqlite/sqlite.h"
#include "support/postgres_db.h"

typedef struct Engine {
    const char *name;
    const char *(*new_place)(void); /* NULL: a folder */
    Err (*open)(Ctx *ctx, const char *place, const DbSchema *schema, Db **out_db);
    void (*run_sql)(const char *place, const char *sql);
} Engine;

static inline Err engine_open_sqlite(Ctx *ctx, const char *dir, const DbSchema *schema, Db **out_db)
{
    return sqlite_open(ctx, dir, schema, NULL, out_db);
}

static inline void engine_run_sql_on_sqlite(const char *dir, const char *sql)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(str_fmt(ctx->arena, "%s/contract.db", dir).ptr, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
}

static inline Err engine_open_postgres(Ctx *ctx, const char *url, const DbSchema *schema, Db **out_db)
{
    return postgres_test_open(ctx, url, schema, 4, out_db);
}

static inline void engine_run_sql_on_postgres(const char *url, const char *sql)
{
    postgres_test_sql(url, sql, NULL);
}

static const Engine engines[] = {
    { "sqlite", NULL, engine_open_sqlite, engine_run_sql_on_sqlite },
    { "postgres", postgres_test_url, engine_open_postgres, engine_run_sql_on_postgres },
};
