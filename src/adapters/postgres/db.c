#include <stdio.h>
#include <stdlib.h>

#include "adapters/postgres/database.h"
#include "adapters/postgres/error.h"
#include "adapters/postgres/statement.h"
#include "ports/labelled_metric.h"
#include "runtime/cond.h"

#define LOCK_CONNECTIONS 4

static void db_postgres_on_commit(Db *db, void (*fn)(void *arg, unsigned marks), void *arg)
{
    PostgresDb *self = postgres_db_of(db);
    pthread_mutex_lock(&self->hook_lock);
    self->hook = fn;
    self->hook_arg = arg;
    pthread_mutex_unlock(&self->hook_lock);
}

static bool db_postgres_has(const Db *db, int query)
{
    return query_sql(&CONTAINER_OF(db, const PostgresDb, base)->target.schema->queries[query]) != NULL;
}

static Err check_on(PgConn *conn, Ctx *ctx, bool by_writing)
{
    _cleanup_(result_clearp) PGresult *result = NULL;
    conn_add(conn, SYS_CHECK, NULL);
    if (by_writing) conn_add(conn, SYS_TOUCH, NULL);
    if (by_writing) return conn_flush(conn, ctx, NULL);
    Err err = conn_flush(conn, ctx, &result);
    if (err || column_int(result, 0, 0) == 0) return err;
    return ctx_fail(ctx, ERR_UNAVAILABLE, "database %s: the server takes no writes", conn->schema->service);
}

/* For a healthy database a query suffices, which costs no disk write. After a full disk the check writes, so that it
 * returns OK only once there is space. */
static Err db_postgres_check(Db *db, Ctx *ctx)
{
    PostgresDb *self = postgres_db_of(db);
    PgConn *conn;
    Err err = pool_take(self->pool, ctx, &conn);
    if (err) return err;
    err = check_on(conn, ctx, atomic_load(&self->failing));
    if (!err) atomic_store(&self->failing, false);
    pool_give(self->pool, conn);
    return err;
}

static void db_postgres_free(Db *db)
{
    PostgresDb *self = postgres_db_of(db);
    pool_free(self->pool);
    pool_free(self->locks);
    pthread_mutex_destroy(&self->hook_lock);
    pthread_cond_destroy(&self->turn_free);
    pthread_mutex_destroy(&self->turn_lock);
    free((char *)self->target.config.url);
    free((char *)self->target.config.password_file);
    free(self->target.prepared);
    free(self);
}

static const DbOps postgres_ops = {
    .driver = "postgres",
    .shared = true,
    .has = db_postgres_has,
    .write = postgres_write,
    .write_one = postgres_write_one,
    .read = postgres_read,
    .exclusive = postgres_exclusive,
    .on_commit = db_postgres_on_commit,
    .exec = postgres_tx_exec,
    .query = postgres_tx_query,
    .rows_next = postgres_rows_next,
    .rows_done = postgres_rows_done,
    .is_null = postgres_row_is_null,
    .get_int = postgres_row_int,
    .get_bytes = postgres_row_bytes,
    .get_id = postgres_row_id,
    .check = db_postgres_check,
    .free = db_postgres_free,
};

/* On the heap, with every {service} replaced. NULL stays NULL. */
static char *text_of(const char *pattern, const char *service)
{
    static const char mark[] = "{service}";
    if (!pattern) return NULL;
    StrBuf text;
    strbuf_init(&text, NULL);
    for (const char *at = pattern, *found; *at; at = found + strlen(mark)) {
        found = strstr(at, mark);
        if (!found) {
            strbuf_add(&text, str_of(at));
            break;
        }
        strbuf_add(&text, (Str){ at, (size_t)(found - at) });
        strbuf_add(&text, str_of(service));
    }
    strbuf_add_char(&text, '\0');
    return text.ptr;
}

/* Refuses a URL with a password, because URLs are shown. */
static Err check_url(Ctx *ctx, const char *url)
{
    char *why = NULL;
    bool is_url =
        str_starts_with(str_of(url), STR("postgresql://")) || str_starts_with(str_of(url), STR("postgres://"));
    if (!is_url || strlen(url) > POSTGRES_URL_MAX)
        return ctx_fail(ctx, ERR_INVALID, "database: a URL like postgresql://role@host:5432/database");
    PQconninfoOption *options = PQconninfoParse(url, &why);
    PQfreemem(why); /* not shown: it may quote a secret */
    if (!options) return ctx_fail(ctx, ERR_INVALID, "database: not a URL that libpq understands");
    bool has_password = false;
    for (const PQconninfoOption *option = options; option->keyword; option++)
        if (str_eq(str_of(option->keyword), STR("password"))) has_password = option->val && option->val[0];
    PQconninfoFree(options);
    return has_password ? ctx_fail(ctx, ERR_INVALID, "database: the password belongs into a file, not into the URL")
                        : OK;
}

static Err check_config(Ctx *ctx, const PostgresConfig *config)
{
    if (config->connections < 1 || config->connections > POSTGRES_CONNECTIONS_MAX)
        return ctx_fail(ctx, ERR_INVALID, "database connections: 1 to %d", POSTGRES_CONNECTIONS_MAX);
    if (config->connect_timeout_ms == 0 || config->statement_timeout_ms == 0 || config->lock_timeout_ms == 0)
        return ctx_fail(ctx, ERR_INVALID, "database timeouts: at least 1 ms");
    return check_url(ctx, config->url);
}

static void add_metrics(PostgresDb *self)
{
    static const Metric commits = METRIC_COUNTER_INIT("molva_db_commits_total", "Commits that reached the disk.");
    static const Metric seconds =
        METRIC_HISTOGRAM_INIT("molva_db_commit_seconds", "Time of one commit, to the disk.", 0.000001);
    static const Metric repeats =
        METRIC_COUNTER_INIT("molva_db_repeats_total",
                            "Transactions that ran again: they lost a race, met a conflict, or the connection broke.");
    char labels[64];
    snprintf(labels, sizeof labels, "db=\"%.32s\"", self->target.schema->service);
    self->commits = labelled_metric(&commits, labels);
    self->commit_seconds = labelled_metric(&seconds, labels);
    self->repeats = labelled_metric(&repeats, labels);
}

static Err prepare_schema(PostgresDb *self, Ctx *ctx)
{
    PgConn *conn;
    Err err = postgres_migrate(ctx, &self->target);
    if (!err) err = pool_take(self->pool, ctx, &conn);
    if (err) return err;
    err = prepared_read(conn, ctx, self->target.prepared);
    pool_give(self->pool, conn);
    return err;
}

Err postgres_open(Ctx *ctx, const PostgresConfig *config, const DbSchema *schema, Db **out_db)
{
    PostgresDb *self = calloc(1, sizeof *self);
    if (!self) abort();
    self->base.ops = &postgres_ops;
    self->target = (Target){ .config = *config, .schema = schema, .db = &self->base };
    self->target.config.url = text_of(config->url, schema->service);
    self->target.config.password_file = text_of(config->password_file, schema->service);
    self->target.prepared = calloc((size_t)schema->n_queries + 1, sizeof *self->target.prepared);
    if (!self->target.prepared) abort();
    pthread_mutex_init(&self->hook_lock, NULL);
    pthread_mutex_init(&self->turn_lock, NULL);
    cond_init(&self->turn_free);
    self->pool = pool_new(&self->target, "pool", config->connections);
    self->locks = pool_new(&self->target, "lock", LOCK_CONNECTIONS);
    add_metrics(self);
    Err err = check_config(ctx, &self->target.config);
    if (!err) err = prepare_schema(self, ctx);
    if (err) {
        db_postgres_free(&self->base);
        return err;
    }
    *out_db = &self->base;
    return OK;
}
