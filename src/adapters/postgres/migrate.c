#include <sodium.h>
#include <stdio.h>

#include "adapters/postgres/database.h"
#include "adapters/postgres/error.h"
#include "runtime/clock.h"

#define CHECKSUM_BYTES 16

/* Held by the session, over all migrations. A migration may take longer than any other statement. */
static const char lock_sql[] = "SET statement_timeout = 0; SET lock_timeout = '10min';"
                               "SELECT pg_advisory_lock(hashtextextended('molva.migrate', 0));"
                               "CREATE TABLE IF NOT EXISTS molva_migrations ("
                               "number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, "
                               "applied_at BIGINT NOT NULL)";

static const char *text_of(const DbMigration *migration)
{
    return migration->sql_postgres ? migration->sql_postgres : migration->sql;
}

/* Detects a migration that was changed after it ran. */
static const char *checksum_of(Ctx *ctx, const DbMigration *migration)
{
    unsigned char hash[CHECKSUM_BYTES];
    size_t hex_size = 2 * sizeof hash + 1;
    const char *text = text_of(migration);
    char *hex = arena_alloc(ctx->arena, hex_size);
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text, strlen(text), NULL, 0);
    return sodium_bin2hex(hex, hex_size, hash, sizeof hash);
}

static Err script(PGconn *handle, Ctx *ctx, const Target *target, const char *sql, const char *doing)
{
    _cleanup_(result_clearp) PGresult *result = PQexec(handle, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return OK;
    return postgres_fail(ctx, result, target->schema->service, doing);
}

static Err refuse(Ctx *ctx, const Target *target, int number, const char *name, const char *why)
{
    return ctx_fail(ctx, ERR_PRECONDITION, "database %s: migration %04d_%s %s", target->schema->service, number, name,
                    why);
}

/* Compares one row of molva_migrations with this program's migrations. */
static Err compare(Ctx *ctx, const Target *target, int number, const char *name, const char *checksum)
{
    if (number >= target->schema->n_migrations)
        return refuse(ctx, target, number, name, "was made by a newer Molva; start that version, or restore a backup");
    const DbMigration *known = &target->schema->migrations[number];
    if (str_eq(str_of(checksum), str_of(checksum_of(ctx, known)))) return OK;
    return refuse(ctx, target, number, name,
                  "ran here with another text; a migration that has run must not be changed");
}

/* Compares all rows; *out_done is how many there are. They are numbered from 0 without a gap. */
static Err compare_all(PGconn *handle, Ctx *ctx, const Target *target, int *out_done)
{
    _cleanup_(result_clearp) PGresult *rows =
        PQexec(handle, "SELECT number, name, checksum FROM molva_migrations ORDER BY number");
    if (PQresultStatus(rows) != PGRES_TUPLES_OK)
        return postgres_fail(ctx, rows, target->schema->service, "read migrations");
    *out_done = PQntuples(rows);
    for (int i = 0; i < *out_done; i++) {
        uint64_t number = 0;
        if (!str_to_u64(str_of(PQgetvalue(rows, i, 0)), INT32_MAX, &number) || number != (uint64_t)i)
            return refuse(ctx, target, i, "?", "has no record");
        Err err = compare(ctx, target, i, PQgetvalue(rows, i, 1), PQgetvalue(rows, i, 2));
        if (err) return err;
    }
    return OK;
}

static Err record(PGconn *handle, Ctx *ctx, const Target *target, const DbMigration *migration)
{
    const char *sql = "INSERT INTO molva_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";
    const char *values[] = { str_fmt(ctx->arena, "%d", migration->number).ptr, migration->name,
                             checksum_of(ctx, migration), str_fmt(ctx->arena, "%lld", (long long)clock_now_ms()).ptr };
    _cleanup_(result_clearp) PGresult *result = PQexecParams(handle, sql, 4, NULL, values, NULL, NULL, 0);
    if (PQresultStatus(result) == PGRES_COMMAND_OK) return OK;
    return postgres_fail(ctx, result, target->schema->service, "record migration");
}

static Err apply_in_tx(PGconn *handle, Ctx *ctx, const Target *target, const DbMigration *migration)
{
    Err err = script(handle, ctx, target, text_of(migration), "migration");
    if (!err && PQtransactionStatus(handle) != PQTRANS_INTRANS)
        err = ctx_fail(ctx, ERR_INTERNAL, "it ends the transaction it runs in");
    if (!err) err = record(handle, ctx, target, migration);
    if (!err) err = script(handle, ctx, target, "COMMIT", "migration");
    return err;
}

static Err apply(PGconn *handle, Ctx *ctx, const Target *target, const DbMigration *migration)
{
    Err err = script(handle, ctx, target, "BEGIN", "migration");
    if (!err) err = apply_in_tx(handle, ctx, target, migration);
    if (!err) return OK;
    PQclear(PQexec(handle, "ROLLBACK"));
    return ctx_fail(ctx, err, "migration %04d_%s of %s: %s", migration->number, migration->name,
                    target->schema->service, ctx->err_text);
}

static Err migrate(PGconn *handle, Ctx *ctx, const Target *target)
{
    int done = 0;
    Err err = script(handle, ctx, target, lock_sql, "lock molva_migrations");
    if (!err) err = compare_all(handle, ctx, target, &done);
    for (int i = done; !err && i < target->schema->n_migrations; i++)
        err = apply(handle, ctx, target, &target->schema->migrations[i]);
    return err;
}

Err postgres_migrate(Ctx *ctx, const Target *target)
{
    PGconn *handle;
    Err err = connect_plain(ctx, target, &handle);
    if (err) return err;
    err = migrate(handle, ctx, target);
    PQfinish(handle); /* releases the lock */
    return err;
}
