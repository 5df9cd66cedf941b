/* The reference for durable sends on PostgreSQL: a program that does nothing but write what the message service writes for a
 * message, in the same database server, over as many connections.
 *   bench_postgres --connections=16 --depth=1 --seconds=8 --bytes=200 --payload=580 --backends=POSTGRES
 * Where the database is say libpq's own variables (PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD).
 * Each message is a transaction of its own, as the server's are: PostgreSQL lets commits that wait together share one flush
 * by itself. Its six statements go out at once: one round trip in libpq's pipeline mode. (The server's usual send is one
 * statement, see docs/adr/0011-postgresql.md.) `depth` transactions are under way on each connection. One more connection lists and removes the
 * outbox rows, as the relay does. A thread per connection. */
#include <endian.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"
#include "options.h"
#include "row_id.h"

#define CONNECTIONS_MAX 256
#define CONVERSATIONS   2 /* of each connection: together 32, as those of the server's clients */
#define SENDERS         4
#define TEXT_MAX        16384

enum { TYPE_BYTEA = 17, TYPE_INT8 = 20, TYPE_TEXT = 25, TYPE_UUID = 2950 };
enum { BINARY = 1 };

/* The statements of services/message/queries.sql and ports/outbox.sql. */
typedef struct Statement {
    const char *name, *sql;
    int n_types;
    Oid types[10];
} Statement;

static const Statement begin = { "begin", "BEGIN", 0, { 0 } };
static const Statement commit = { "commit", "COMMIT", 0, { 0 } };
static const Statement advance = {
    "advance",
    "INSERT INTO heads (conversation_id, rev, seq, deleted) SELECT $1, 1, $2, 0 "
    "WHERE NOT EXISTS (SELECT 1 FROM entries WHERE sender_id = $3 AND client_id = $4) "
    "ON CONFLICT (conversation_id) DO UPDATE SET rev = heads.rev + 1, seq = heads.seq + excluded.seq "
    "WHERE heads.deleted = 0 RETURNING rev, seq",
    4,
    { TYPE_UUID, TYPE_INT8, TYPE_UUID, TYPE_UUID },
};
static const Statement add_entry = {
    "add_entry",
    "INSERT INTO entries (conversation_id, rev, seq, kind, id, sender_id, client_id, created_at, text, payload) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (sender_id, client_id) DO NOTHING",
    10,
    { TYPE_UUID, TYPE_INT8, TYPE_INT8, TYPE_INT8, TYPE_UUID, TYPE_UUID, TYPE_UUID, TYPE_INT8, TYPE_TEXT, TYPE_BYTEA },
};
static const Statement move_read = {
    "move_read",
    "INSERT INTO reads (conversation_id, user_id, seq) VALUES ($1, $2, $3) "
    "ON CONFLICT (conversation_id, user_id) DO UPDATE SET seq = excluded.seq WHERE reads.seq < excluded.seq",
    3,
    { TYPE_UUID, TYPE_UUID, TYPE_INT8 },
};
static const Statement add_live = {
    "add_live",
    "INSERT INTO outbox_live (topics, trace_id, payload) VALUES "
    "('conversation.01890a5d-ac96-774b-bcce-b302099a8057', '0af7651916cd43dd8448eb211c80319c', $1)",
    1,
    { TYPE_BYTEA },
};
static const char list_live[] = "SELECT id, topics, trace_id, payload FROM outbox_live ORDER BY id LIMIT 256";
static const char remove_live[] = "DELETE FROM outbox_live WHERE id <= $1 "
                                  "AND set_config('synchronous_commit', 'off', true) = 'off'";

typedef struct Writer {
    PGconn *pg;
    pthread_t thread;
    RowId conversations[CONVERSATIONS], senders[SENDERS];
    uint64_t revs[CONVERSATIONS];
    uint64_t sent, written;
} Writer;

/* fixed before the threads start */
static char text[TEXT_MAX + 1];
static int text_bytes, payload_bytes;
static uint64_t depth, end_ns;
static atomic_bool stop;

static void check(PGconn *pg, bool good)
{
    if (!good) fail("postgres: %s", PQerrorMessage(pg));
}

static void run(PGconn *pg, const Statement *statement, const char *const *values, const int *bytes)
{
    static const int formats[10] = { BINARY, BINARY, BINARY, BINARY, BINARY, BINARY, BINARY, BINARY, BINARY, BINARY };
    check(pg, PQsendQueryPrepared(pg, statement->name, statement->n_types, values, bytes, formats, BINARY));
}

static void send_transaction(Writer *w)
{
    enum { INT8 = sizeof(int64_t), ID = sizeof(RowId) };
    uint64_t at = w->sent++ % CONVERSATIONS;
    const char *conversation = w->conversations[at].bytes, *sender = w->senders[w->sent % SENDERS].bytes;
    RowId id = row_id_new(), client_id = row_id_new();
    uint64_t one = htobe64(1), rev = htobe64(++w->revs[at]), now = htobe64((uint64_t)time(NULL) * 1000);
    const char *one_bytes = (const char *)&one, *rev_bytes = (const char *)&rev;

    run(w->pg, &begin, NULL, NULL);
    run(w->pg, &advance, (const char *[]){ conversation, one_bytes, sender, client_id.bytes },
        (int[]){ ID, INT8, ID, ID });
    run(w->pg, &add_entry,
        (const char *[]){ conversation, rev_bytes, rev_bytes, one_bytes, id.bytes, sender, client_id.bytes,
                          (const char *)&now, text, NULL },
        (int[]){ ID, INT8, INT8, INT8, ID, ID, ID, INT8, text_bytes, 0 });
    run(w->pg, &move_read, (const char *[]){ conversation, sender, rev_bytes }, (int[]){ ID, ID, INT8 });
    run(w->pg, &add_live, (const char *[]){ text }, (int[]){ payload_bytes });
    run(w->pg, &commit, NULL, NULL);
    check(w->pg, PQpipelineSync(w->pg));
}

/* Reads answers up to the next synchronisation point. */
static void read_transaction(Writer *w)
{
    for (;;) {
        PGresult *result = PQgetResult(w->pg);
        if (!result) { /* between two statements */
            check(w->pg, PQstatus(w->pg) == CONNECTION_OK);
            continue;
        }
        ExecStatusType status = PQresultStatus(result);
        PQclear(result);
        if (status == PGRES_PIPELINE_SYNC) break;
        check(w->pg, status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
    }
    w->written++;
}

static void *writer_main(void *arg)
{
    Writer *w = arg;
    while (now_ns() < end_ns) {
        while (w->sent - w->written < depth) send_transaction(w);
        read_transaction(w);
    }
    while (w->written < w->sent) read_transaction(w);
    return NULL;
}

/* Whether there was anything. */
static bool list_and_remove(PGconn *pg)
{
    PGresult *rows = PQexec(pg, list_live);
    check(pg, PQresultStatus(rows) == PGRES_TUPLES_OK);
    int count = PQntuples(rows);
    if (count > 0) {
        const char *last = PQgetvalue(rows, count - 1, 0);
        PGresult *removed = PQexecParams(pg, remove_live, 1, NULL, &last, NULL, NULL, 0);
        check(pg, PQresultStatus(removed) == PGRES_COMMAND_OK);
        PQclear(removed);
    }
    PQclear(rows);
    return count > 0;
}

static void *relay_main(void *arg)
{
    while (!stop) {
        if (!list_and_remove(arg)) nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    return NULL;
}

static uint64_t count_entries(PGconn *pg)
{
    PGresult *rows = PQexec(pg, "SELECT count(*) FROM entries");
    check(pg, PQresultStatus(rows) == PGRES_TUPLES_OK);
    uint64_t count = strtoull(PQgetvalue(rows, 0, 0), NULL, 10);
    PQclear(rows);
    return count;
}

static PGconn *connect_bare(void)
{
    PGconn *pg = PQconnectdb("");
    check(pg, PQstatus(pg) == CONNECTION_OK);
    return pg;
}

static void writer_open(Writer *w)
{
    enum { COUNT = 6 };
    static const Statement *const statements[COUNT] = { &begin, &commit, &advance, &add_entry, &move_read, &add_live };
    w->pg = connect_bare();
    for (int i = 0; i < COUNT; i++) {
        const Statement *s = statements[i];
        PGresult *result = PQprepare(w->pg, s->name, s->sql, s->n_types, s->types);
        check(w->pg, PQresultStatus(result) == PGRES_COMMAND_OK);
        PQclear(result);
    }
    check(w->pg, PQenterPipelineMode(w->pg));
    for (int i = 0; i < CONVERSATIONS; i++) w->conversations[i] = row_id_new();
    for (int i = 0; i < SENDERS; i++) w->senders[i] = row_id_new();
}

int main(int argc, char **argv)
{
    options_read(argc, argv);
    static Writer writers[CONNECTIONS_MAX];
    uint64_t connections = option_number("connections", 16), seconds = option_number("seconds", 8), written = 0;
    const char *backends = option_text_or("backends", "");
    depth = option_number("depth", 1);
    text_bytes = (int)option_number("bytes", 200);
    payload_bytes = (int)option_number("payload", 580);
    if (connections == 0 || connections > CONNECTIONS_MAX || depth == 0 || depth > 64)
        fail("--connections takes 1 to %d, --depth 1 to 64", CONNECTIONS_MAX);
    if (text_bytes > TEXT_MAX || payload_bytes > TEXT_MAX) fail("too many bytes");

    memset(text, 'x', TEXT_MAX);
    PGconn *relay_pg = connect_bare();
    for (uint64_t i = 0; i < connections; i++) writer_open(&writers[i]);

    pthread_t relay;
    uint64_t entries = count_entries(relay_pg);
    uint64_t start = now_ns(), cpu = own_cpu_ns(), backend = processes_cpu_ns(backends);
    end_ns = start + seconds * 1000000000u;
    pthread_create(&relay, NULL, relay_main, relay_pg);
    for (uint64_t i = 0; i < connections; i++) pthread_create(&writers[i].thread, NULL, writer_main, &writers[i]);
    for (uint64_t i = 0; i < connections; i++) {
        pthread_join(writers[i].thread, NULL);
        written += writers[i].written;
    }
    double took_s = (double)(now_ns() - start) / 1e9;
    stop = true;
    pthread_join(relay, NULL);
    cpu = own_cpu_ns() - cpu;
    backend = processes_cpu_ns(backends) - backend;

    if (count_entries(relay_pg) - entries != written) fail("fewer rows than commits");
    for (uint64_t i = 0; i < connections; i++) PQfinish(writers[i].pg);
    PQfinish(relay_pg);
    printf("rows_s=%.0f rows=%llu cpu_us=%.2f backend_us=%.2f\n", (double)written / took_s, (unsigned long long)written,
           (double)cpu / 1e3 / (double)written, (double)backend / 1e3 / (double)written);
    return 0;
}
