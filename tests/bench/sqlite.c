/* The reference for durable sends: one thread that does nothing but write what the message service writes for a message,
 * into a copy of its database, as many messages to a commit as the server had.
 *   bench_sqlite --db=FILE --batch=N --seconds=8 --bytes=200 --payload=580
 * Per message: the conversation's head moves, one log entry, the sender's read position moves, two outbox rows; the outbox
 * rows of the batch before are deleted, as the relay does once they are published. */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"
#include "options.h"
#include "row_id.h"

#define CONVERSATIONS 32
#define SENDERS       64
#define TEXT_MAX      16384

static sqlite3 *db;

static void check(int rc)
{
    if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW) fail("sqlite: %s", sqlite3_errmsg(db));
}

static void run(const char *sql)
{
    check(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement;
    check(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL));
    return statement;
}

static void bind_id(sqlite3_stmt *statement, int at, const RowId *id)
{
    check(sqlite3_bind_blob(statement, at, id->bytes, sizeof id->bytes, SQLITE_STATIC));
}

static void step_once(sqlite3_stmt *statement)
{
    check(sqlite3_step(statement));
    check(sqlite3_reset(statement));
}

typedef struct Writer {
    sqlite3_stmt *advance, *add_entry, *move_read, *add_live, *clear_live;
    RowId conversations[CONVERSATIONS], senders[SENDERS];
    char text[TEXT_MAX];
    int text_bytes, payload_bytes;
    sqlite3_int64 outbox_id;
} Writer;

static void write_message(Writer *w, uint64_t number)
{
    const RowId *conversation = &w->conversations[number % CONVERSATIONS], *sender = &w->senders[number % SENDERS];
    RowId id = row_id_new(), client_id = row_id_new();

    bind_id(w->advance, 1, conversation);
    bind_id(w->advance, 2, sender);
    bind_id(w->advance, 3, &client_id);
    check(sqlite3_step(w->advance));
    sqlite3_int64 rev = sqlite3_column_int64(w->advance, 0), seq = sqlite3_column_int64(w->advance, 1);
    check(sqlite3_reset(w->advance));

    bind_id(w->add_entry, 1, conversation);
    check(sqlite3_bind_int64(w->add_entry, 2, rev));
    check(sqlite3_bind_int64(w->add_entry, 3, seq));
    bind_id(w->add_entry, 4, &id);
    bind_id(w->add_entry, 5, sender);
    bind_id(w->add_entry, 6, &client_id);
    check(sqlite3_bind_int64(w->add_entry, 7, (sqlite3_int64)time(NULL) * 1000));
    check(sqlite3_bind_text(w->add_entry, 8, w->text, w->text_bytes, SQLITE_STATIC));
    step_once(w->add_entry);

    bind_id(w->move_read, 1, conversation);
    bind_id(w->move_read, 2, sender);
    check(sqlite3_bind_int64(w->move_read, 3, seq));
    step_once(w->move_read);

    check(sqlite3_bind_blob(w->add_live, 1, w->text, w->payload_bytes, SQLITE_STATIC));
    step_once(w->add_live);
}

static void write_batch(Writer *w, uint64_t first, uint64_t count)
{
    run("BEGIN IMMEDIATE");
    check(sqlite3_bind_int64(w->clear_live, 1, w->outbox_id));
    step_once(w->clear_live);
    for (uint64_t i = 0; i < count; i++) write_message(w, first + i);
    w->outbox_id = sqlite3_last_insert_rowid(db);
    run("COMMIT");
}

static void open_database(const char *path)
{
    check(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY");
}

int main(int argc, char **argv)
{
    options_read(argc, argv);
    static Writer w;
    uint64_t batch = option_number("batch", 32), seconds = option_number("seconds", 8);
    w.text_bytes = (int)option_number("bytes", 200);
    w.payload_bytes = (int)option_number("payload", 580);
    if (w.text_bytes > TEXT_MAX || w.payload_bytes > TEXT_MAX || batch == 0) fail("too many bytes, or no batch");

    open_database(option_text("db"));
    memset(w.text, 'x', sizeof w.text);
    for (int i = 0; i < CONVERSATIONS; i++) w.conversations[i] = row_id_new();
    for (int i = 0; i < SENDERS; i++) w.senders[i] = row_id_new();
    /* The statements of services/message/queries.sql and ports/outbox.sql. */
    w.advance =
        prepare("INSERT INTO heads (conversation_id, rev, seq, deleted) SELECT ?1, 1, 1, 0 "
                "WHERE NOT EXISTS (SELECT 1 FROM entries WHERE sender_id = ?2 AND client_id = ?3) "
                "ON CONFLICT (conversation_id) DO UPDATE SET rev = heads.rev + 1, seq = heads.seq + excluded.seq "
                "WHERE heads.deleted = 0 RETURNING rev, seq");
    w.add_entry = prepare("INSERT INTO entries (conversation_id, rev, seq, kind, id, sender_id, client_id, created_at, "
                          "text, payload) VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?8, NULL) "
                          "ON CONFLICT (sender_id, client_id) DO NOTHING");
    w.move_read = prepare("INSERT INTO reads (conversation_id, user_id, seq) VALUES (?1, ?2, ?3) "
                          "ON CONFLICT (conversation_id, user_id) DO UPDATE SET seq = excluded.seq "
                          "WHERE reads.seq < excluded.seq");
    w.add_live =
        prepare("INSERT INTO outbox_live (topics, trace_id, payload) VALUES "
                "('conversation.01890a5d-ac96-774b-bcce-b302099a8057', '0af7651916cd43dd8448eb211c80319c', ?1)");
    w.clear_live = prepare("DELETE FROM outbox_live WHERE id <= ?1");

    uint64_t count = 0, start = now_ns(), end = start + seconds * 1000000000u;
    for (; now_ns() < end; count += batch) write_batch(&w, count, batch);
    printf("rows_s=%.0f rows=%llu batch=%llu\n", (double)count / ((double)(now_ns() - start) / 1e9),
           (unsigned long long)count, (unsigned long long)batch);
    return 0;
}
