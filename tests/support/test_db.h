/* A service's database for a test: SQLite in the directory, or with MOLVA_TEST_DB=postgres a schema with that
 * directory's name on the PostgreSQL server of the test run. Reopened with the same directory it has the same
 * contents. */
#pragma once
#include "adapters/sqlite/sqlite.h"
#include "support/postgres_db.h"

static inline Err test_db_open(Ctx *ctx, const char *dir, const DbSchema *schema, Db **out_db)
{
    static const char *url;
    const char *driver = getenv("MOLVA_TEST_DB");
    if (!driver || strcmp(driver, "postgres") != 0) return sqlite_open(ctx, dir, schema, NULL, out_db);
    if (!url) url = postgres_test_url();
    const char *name = str_fmt(ctx->arena, "%s-%s", strrchr(dir, '/') + 1, schema->service).ptr;
    postgres_test_sql(
        url, str_fmt(ctx->arena, "SET client_min_messages = error; CREATE SCHEMA IF NOT EXISTS \"%s\"", name).ptr,
        NULL);
    return postgres_test_open(ctx, str_fmt(ctx->arena, "%s?options=-csearch_path%%3D\"%s\"", url, name).ptr, schema, 8,
                              out_db);
}
