#include "adapters/sqlite/migrate.h"

#include <sodium.h>

#include "adapters/sqlite/error.h"
#include "runtime/clock.h"

#define CHECKSUM_BYTES 16

static const char table_sql[] = "CREATE TABLE IF NOT EXISTS molva_migrations ("
                                "number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, "
                                "applied_at BIGINT NOT NULL)";

/* Detects a migration that was changed after it ran. */
static const char *checksum_of(Ctx *ctx, const DbMigration *migration)
{
    unsigned char hash[CHECKSUM_BYTES];
    size_t hex_size = 2 * sizeof hash + 1;
    char *hex = arena_alloc(ctx->arena, hex_size);
    crypto_generichash(hash, sizeof hash, (const unsigned char *)migration->sql, strlen(migration->sql), NULL, 0);
    return sodium_bin2hex(hex, hex_size, hash, sizeof hash);
}

static Err refuse(SqliteConn *conn, Ctx *ctx, const DbMigration *migration, const char *why)
{
    return ctx_fail(ctx, ERR_PRECONDITION, "%s: migration %04d_%s %s", sqlite3_db_filename(conn->handle, "main"),
                    migration->number, migration->name, why);
}

/* Compares one row of molva_migrations with this program's migrations. */
static Err compare(SqliteConn *conn, Ctx *ctx, int number, const char *name, const char *checksum)
{
    const DbSchema *schema = conn->schema;
    if (number >= schema->n_migrations) {
        const DbMigration newer = { .number = number, .name = name };
        return refuse(conn, ctx, &newer, "was made by a newer Molva; start that version, or restore a backup");
    }
    const DbMigration *known = &schema->migrations[number];
    if (str_eq(str_of(checksum), str_of(checksum_of(ctx, known)))) return OK;
    return refuse(conn, ctx, known, "ran here with another text; a migration that has run must not be changed");
}

/* Compares all rows; *out_done is how many there are. They are numbered from 0 without a gap. */
static Err compare_all(SqliteConn *conn, Ctx *ctx, int *out_done)
{
    static const char sql[] = "SELECT number, name, checksum FROM molva_migrations ORDER BY number";
    sqlite3_stmt *rows = NULL;
    Err err = OK;
    int rc = sqlite3_prepare_v2(conn->handle, sql, -1, &rows, NULL);
    if (rc != SQLITE_OK) return sqlite_fail(ctx, conn->handle, rc, "read migrations");

    *out_done = 0;
    while (!err && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
        int number = sqlite3_column_int(rows, 0);
        if (number != *out_done) {
            err = ctx_fail(ctx, ERR_PRECONDITION, "%s: no record of migration %04d",
                           sqlite3_db_filename(conn->handle, "main"), *out_done);
            break;
        }
        err = compare(conn, ctx, number, (const char *)sqlite3_column_text(rows, 1),
                      (const char *)sqlite3_column_text(rows, 2));
        (*out_done)++;
    }
    if (!err && rc != SQLITE_DONE) err = sqlite_fail(ctx, conn->handle, rc, "read migrations");
    sqlite3_finalize(rows);
    return err;
}

static Err record(SqliteConn *conn, Ctx *ctx, const DbMigration *migration)
{
    static const char sql[] =
        "INSERT INTO molva_migrations (number, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)";
    sqlite3_stmt *insert = NULL;
    int rc = sqlite3_prepare_v2(conn->handle, sql, -1, &insert, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_int(insert, 1, migration->number);
        sqlite3_bind_text(insert, 2, migration->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(insert, 3, checksum_of(ctx, migration), -1, SQLITE_STATIC);
        sqlite3_bind_int64(insert, 4, clock_now_ms());
        rc = sqlite3_step(insert);
    }
    Err err = rc == SQLITE_DONE ? OK : sqlite_fail(ctx, conn->handle, rc, "record migration");
    sqlite3_finalize(insert);
    return err;
}

/* Foreign keys are off during a migration, so that it may rebuild a table; afterwards all of them are checked. */
static Err check_references(SqliteConn *conn, Ctx *ctx)
{
    int64_t broken;
    Err err = sqlite_conn_number(conn, ctx, "SELECT count(*) FROM pragma_foreign_key_check", 0, &broken);
    if (err || broken == 0) return err;
    return ctx_fail(ctx, ERR_INTERNAL, "it leaves %lld rows that point at nothing", (long long)broken);
}

static Err apply_in_tx(SqliteConn *conn, Ctx *ctx, const DbMigration *migration)
{
    Err err = sqlite_conn_script(conn, ctx, migration->sql, "migration");
    if (!err && !sqlite_conn_in_tx(conn)) err = ctx_fail(ctx, ERR_INTERNAL, "it ends the transaction it runs in");
    if (!err) err = check_references(conn, ctx);
    if (!err) err = record(conn, ctx, migration);
    if (!err) err = sqlite_conn_control(conn, ctx, CONTROL_COMMIT);
    return err;
}

static Err apply(SqliteConn *conn, Ctx *ctx, const DbMigration *migration)
{
    Err err = sqlite_conn_control(conn, ctx, CONTROL_BEGIN_IMMEDIATE);
    if (err) return err;
    err = apply_in_tx(conn, ctx, migration);
    if (!err) return OK;
    sqlite_conn_rollback(conn, ctx);
    return ctx_fail(ctx, err, "migration %04d_%s of %s: %s", migration->number, migration->name, conn->schema->service,
                    ctx->err_text);
}

Err sqlite_migrate(SqliteConn *conn, Ctx *ctx)
{
    int done = 0;
    Err err = sqlite_conn_script(conn, ctx, table_sql, "create molva_migrations");
    if (!err) err = compare_all(conn, ctx, &done);
    if (!err) err = sqlite_conn_script(conn, ctx, "PRAGMA foreign_keys = OFF", "open");
    for (int i = err ? 0 : done; !err && i < conn->schema->n_migrations; i++)
        err = apply(conn, ctx, &conn->schema->migrations[i]);
    if (!err) err = sqlite_conn_script(conn, ctx, "PRAGMA foreign_keys = ON", "open");
    return err;
}
