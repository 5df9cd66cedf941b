/* If a connection breaks during COMMIT, or COMMIT is cancelled, the outcome is unknown. The server knows it: it is asked for the status of the
 * transaction's number over another connection.
 *
 * One answer must not be believed. Numbers are not logged on their own, so a server that crashed before the commit
 * was on its disk may assign the number again, and "committed" would be about another transaction. That answer
 * therefore counts only if the server is still the same: started at the same time, and not recovered from a crash
 * since, which resets its statistics. "aborted" is always about ours: had it committed, the number would not have
 * been assigned again. */
#include <time.h>

#include "adapters/postgres/database.h"
#include "runtime/backoff.h"
#include "runtime/clock.h"

#define ASK_FOR_MS  5000
#define ASK_BASE_MS 10
#define ASK_MAX_MS  250

typedef enum Fate { FATE_OPEN, FATE_COMMITTED, FATE_ABORTED, FATE_FORGOTTEN } Fate;

static Fate fate_of(const PGresult *result)
{
    Str text = PQntuples(result) ? column_bytes(result, 0, 0) : STR("");
    if (str_eq(text, STR("committed"))) return FATE_COMMITTED;
    if (str_eq(text, STR("aborted"))) return FATE_ABORTED;
    return text.len ? FATE_OPEN : FATE_FORGOTTEN;
}

/* FATE_OPEN also if no server could be asked; a later attempt may succeed. */
static Fate ask(PgConn *conn, Ctx *ctx, int64_t xid, const char *server_epoch)
{
    ParamList params = { .n = 0 };
    DbValue number = db_int(xid);
    _cleanup_(result_clearp) PGresult *result = NULL;
    bool same_server = str_eq(str_of(conn->server_epoch), str_of(server_epoch));
    param_add(&params, &number, OID_INT8);
    conn_add(conn, SYS_FATE, &params);
    if (conn_flush(conn, ctx, &result)) {
        /* "is in the future": this server never assigned the number. */
        bool never_heard = !conn->broken && str_eq(str_of(conn->sqlstate), STR("22023"));
        return never_heard ? FATE_ABORTED : FATE_OPEN;
    }
    Fate fate = fate_of(result);
    return fate == FATE_COMMITTED && !same_server ? FATE_FORGOTTEN : fate;
}

static Fate ask_once(PostgresDb *db, int64_t xid, const char *server_epoch, int64_t until_ms)
{
    PgConn *conn;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("postgres.outcome", clock_now_ms());
    ctx->deadline_ms = until_ms;
    if (pool_take(db->pool, ctx, &conn)) return FATE_OPEN;
    Fate fate = ask(conn, ctx, xid, server_epoch);
    pool_give(db->pool, conn);
    return fate;
}

static void wait_ms(uint32_t ms)
{
    struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
    nanosleep(&time, NULL);
}

Outcome postgres_outcome(PostgresDb *db, int64_t xid, const char *server_epoch)
{
    Backoff backoff = { .base_ms = ASK_BASE_MS, .max_ms = ASK_MAX_MS };
    int64_t until_ms = clock_monotonic_ms() + ASK_FOR_MS;
    Fate fate;
    while ((fate = ask_once(db, xid, server_epoch, until_ms)) == FATE_OPEN && clock_monotonic_ms() < until_ms)
        wait_ms(backoff_next_ms(&backoff));
    if (fate == FATE_COMMITTED) return OUTCOME_COMMITTED;
    return fate == FATE_ABORTED ? OUTCOME_UNDONE : OUTCOME_UNKNOWN;
}
