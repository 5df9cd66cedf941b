/* Load on a PostgreSQL server that somebody else kills meanwhile: postgres_load URL. Each of its threads adds items, each with an
 * event of its outbox, until standard input ends. Tells on standard output, a line each: "ack ID" for a write that was
 * answered OK, "err ID" for one that was not, "bus ID" for an event that was published. */
#include <stdatomic.h>

#include "adapters/memory/bus.h"
#include "adapters/memory/pubsub.h"
#include "base/log.h"
#include "fixture.h"
#include "ports/outbox.h"
#include "support/postgres_db.h"

enum { THREADS = 8 };

static const OutboxQueries queries = OUTBOX_QUERIES(CONTRACT);
static const char *const everything[] = { "*", NULL };
static Db *db;
static Outbox *outbox;
static atomic_bool ending;

static void tell(const char *what, Str id)
{
    char line[64];
    int n = snprintf(line, sizeof line, "%s %.*s\n", what, STR_ARG(id));
    if (write(STDOUT_FILENO, line, (size_t)n) != n) exit(1); /* one call: lines of threads do not mix */
}

static Err hear_bus(void *arg, Ctx *ctx, Str payload)
{
    tell("bus", payload);
    return OK;
}

static Err add(Tx *tx, Ctx *ctx, void *arg)
{
    const Item *item = arg;
    Err err = add_item(tx, ctx, arg);
    return err ? err : outbox_add(outbox, tx, ctx, "item.added", NULL, item->name);
}

static void *load_main(void *arg)
{
    while (!atomic_load(&ending)) {
        _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
        Item item = { .id = id_new(clock_now_ms()) };
        item.name = str_of(id_text(ctx->arena, item.id));
        ctx->deadline_ms = clock_monotonic_ms() + 10000;
        Err err = db_write(db, ctx, add, &item);
        if (err) fprintf(stderr, "%s\n", ctx->err_text); /* for who reads the failed test */
        tell(err ? "err" : "ack", item.name);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREADS];
    char byte;
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    log_setup(LOG_OFF, false);
    if (argc != 2 || postgres_test_open(ctx, argv[1], &contract_schema, THREADS, &db)) {
        fprintf(stderr, "%s\n", ctx->err_text ? ctx->err_text : "postgres_load URL");
        return 1;
    }
    Pubsub *pubsub = memory_pubsub_new();
    Bus *bus = memory_bus_new();
    bus_consume(bus, "load", everything, hear_bus, NULL);
    outbox = outbox_open("contract", db, &queries, pubsub, bus);
    outbox_start(outbox);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, load_main, NULL)) abort();
    while (read(STDIN_FILENO, &byte, 1) > 0) continue;
    atomic_store(&ending, true);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    outbox_close(outbox);
    db_free(db);
    bus_free(bus);
    pubsub_free(pubsub);
    return 0;
}
