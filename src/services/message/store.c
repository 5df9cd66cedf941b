/* The log and the read positions. */
#include "services/message/store.h"

#include "message_queries.h"
#include "rpc/transcode.h"

#define ENTRY_OVERHEAD_BYTES 300 /* approximate size of an entry in a response, without its text or payload */

/* Columns of an entry, the first being column `at`. */
static LogEntry entry_of_row(const Rows *rows, int at)
{
    return (LogEntry){
        .conversation = row_id(rows, at),
        .rev = (uint32_t)row_int(rows, at + 1),
        .seq = (uint32_t)row_int(rows, at + 2),
        .kind = (EntryKind)row_int(rows, at + 3),
        .id = row_id(rows, at + 4),
        .sender = row_id(rows, at + 5),
        .client_id = row_id(rows, at + 6),
        .created_at_ms = row_int(rows, at + 7),
        .text = row_text(rows, at + 8),
        .payload = row_blob(rows, at + 9),
    };
}

static Err find_repeated(Tx *tx, Ctx *ctx, const LogEntry *entry, LogEntry *out_stored)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err =
        tx_first(tx, ctx, MESSAGE_Q_ENTRY_OF_CLIENT_ID, DB_ARGS(db_id(entry->sender), db_id(entry->client_id)), &rows);
    if (err) return err;
    *out_stored = entry_of_row(&rows, 0);
    return OK;
}

/* ERR_NOT_FOUND: the client_id was already used, or the conversation is deleted. */
static Err advance(Tx *tx, Ctx *ctx, LogEntry *entry)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    bool is_message = entry->kind == ENTRY_MESSAGE;
    Err err = tx_first(
        tx, ctx, MESSAGE_Q_ADVANCE,
        DB_ARGS(db_id(entry->conversation), db_int(is_message), db_id(entry->sender), db_id_or_null(entry->client_id)),
        &rows);
    if (err) return err;
    entry->rev = (uint32_t)row_int(&rows, 0);
    entry->seq = is_message ? (uint32_t)row_int(&rows, 1) : 0;
    return OK;
}

Err message_store_append(Tx *tx, Ctx *ctx, const LogEntry *entry, LogEntry *out_stored, bool *out_repeated)
{
    LogEntry stored = *entry;
    *out_repeated = false;
    Err err = advance(tx, ctx, &stored);
    if (err == ERR_NOT_FOUND) {
        err = find_repeated(tx, ctx, entry, out_stored);
        *out_repeated = err == OK;
        return err;
    }
    if (err) return err;

    int64_t added = 0;
    bool is_message = stored.kind == ENTRY_MESSAGE;
    err = tx_exec(tx, ctx, MESSAGE_Q_ADD_ENTRY,
                  DB_ARGS(db_id(stored.conversation), db_int(stored.rev), is_message ? db_int(stored.seq) : db_null(),
                          db_int(stored.kind), db_id(stored.id), db_id(stored.sender), db_id_or_null(stored.client_id),
                          db_int(stored.created_at_ms), is_message ? db_text(stored.text) : db_null(),
                          is_message ? db_null() : db_blob(stored.payload)),
                  &added);
    if (err) return err;
    if (added == 0) return ERR_CONFLICT;
    *out_stored = stored;
    return OK;
}

bool message_store_sends(const Db *db)
{
    return db_has(db, MESSAGE_Q_SEND);
}

static void take_numbers(const Rows *row, void *arg)
{
    LogEntry *stored = arg;
    stored->rev = (uint32_t)row_int(row, 0);
    stored->seq = (uint32_t)row_int(row, 1);
}

Err message_store_send(Db *db, Ctx *ctx, const LogEntry *entry, const OutboxRow *event, LogEntry *out_stored)
{
    LogEntry stored = *entry;
    const DbValue params[] = {
        db_id(entry->conversation),
        db_id(entry->sender),
        db_id(entry->client_id),
        db_int(entry->kind),
        db_id(entry->id),
        db_int(entry->created_at_ms),
        db_text(entry->text),
        event->topics,
        event->trace_id,
        event->payload,
    };
    DbStatement statement = { MESSAGE_Q_SEND, params, ARRAY_LEN(params), event->marks };
    Err err = db_write_one(db, ctx, &statement, take_numbers, &stored);
    if (err) return err;
    if (stored.rev == 0) return ERR_NOT_FOUND;
    *out_stored = stored;
    return OK;
}

size_t message_answer_bytes(const LogEntry *entry)
{
    return json_quoted_len(entry->text) + 2 * entry->payload.len + ENTRY_OVERHEAD_BYTES;
}

Err message_store_page(Tx *tx, Ctx *ctx, LogPageKind kind, Id conversation, int64_t from, uint32_t limit,
                       size_t bytes_max, LogPage *out_page)
{
    static const int queries[] = {
        [PAGE_MESSAGES_BEFORE] = MESSAGE_Q_MESSAGES_BEFORE,
        [PAGE_MESSAGES_AFTER] = MESSAGE_Q_MESSAGES_AFTER,
        [PAGE_ENTRIES_AFTER] = MESSAGE_Q_ENTRIES_AFTER,
    };
    _cleanup_(rows_done) Rows rows = { 0 };
    LogPage page = { .entries = arena_new_array(ctx->arena, LogEntry, limit + 1) };
    size_t bytes = 0;

    /* One more than requested, to know whether others follow. */
    Err err =
        tx_query(tx, ctx, queries[kind], DB_ARGS(db_id(conversation), db_int(from), db_int((int64_t)limit + 1)), &rows);
    if (err) return err;
    while (rows_next(&rows)) {
        LogEntry entry = entry_of_row(&rows, 0);
        bytes += message_answer_bytes(&entry);
        page.more = page.n == limit || (page.n > 0 && bytes > bytes_max);
        if (page.more) break;
        page.entries[page.n++] = entry;
    }
    *out_page = page;
    return rows_err(&rows);
}

/* A read message counts as delivered; reading does not store that. */
static uint32_t delivered_of(uint32_t read_seq, int64_t delivered_seq)
{
    return (uint32_t)delivered_seq > read_seq ? (uint32_t)delivered_seq : read_seq;
}

/* Columns of the queries `head`, `heads`. */
static HeadRow head_of_row(const Rows *rows)
{
    uint32_t read_seq = (uint32_t)row_int(rows, 3);
    return (HeadRow){
        .conversation = row_id(rows, 0),
        .rev = (uint32_t)row_int(rows, 1),
        .seq = (uint32_t)row_int(rows, 2),
        .read_seq = read_seq,
        .delivered_seq = delivered_of(read_seq, row_int(rows, 4)),
    };
}

Err message_store_head(Tx *tx, Ctx *ctx, Id conversation, Id user, HeadRow *out_head)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, MESSAGE_Q_HEAD, DB_ARGS(db_id(user), db_id(conversation)), &rows);
    if (err && err != ERR_NOT_FOUND) return err;
    *out_head = err ? (HeadRow){ .conversation = conversation } : head_of_row(&rows);
    return OK;
}

/* The index of an id, which is in the list, searching from `from` and wrapping around: rows mostly come in the order of
 * the heads. */
static size_t place_of(const HeadRow *heads, size_t n, Id id, size_t from)
{
    size_t at = from < n ? from : 0;
    while (!id_eq(heads[at].conversation, id)) at = at + 1 < n ? at + 1 : 0;
    return at;
}

Err message_store_heads(Tx *tx, Ctx *ctx, Id user, bool last_message, HeadRow *heads, size_t n_heads)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Id *conversations = arena_new_array(ctx->arena, Id, n_heads + 1);
    for (size_t i = 0; i < n_heads; i++) conversations[i] = heads[i].conversation;

    int query = last_message ? MESSAGE_Q_HEADS_WITH_MESSAGE : MESSAGE_Q_HEADS;
    Err err = tx_query(tx, ctx, query, DB_ARGS(db_id(user), db_ids(conversations, n_heads)), &rows);
    if (err) return err;
    for (size_t at = 0; rows_next(&rows); at++) {
        HeadRow head = head_of_row(&rows);
        head.newest = row_id(&rows, 5);
        if (last_message && head.seq > 0) head.last_message = entry_of_row(&rows, 6);
        at = place_of(heads, n_heads, head.conversation, at);
        heads[at] = head;
    }
    return rows_err(&rows);
}

Err message_store_name_entries(Tx *tx, Ctx *ctx, EntryName *entries, size_t n_entries)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Id *conversations = arena_new_array(ctx->arena, Id, n_entries + 1);
    int64_t *revs = arena_new_array(ctx->arena, int64_t, n_entries + 1);
    for (size_t i = 0; i < n_entries; i++) {
        entries[i].id = ID_NONE;
        conversations[i] = entries[i].conversation;
        revs[i] = entries[i].rev;
    }
    Err err = tx_query(tx, ctx, MESSAGE_Q_IDS_OF_ENTRIES,
                       DB_ARGS(db_ids(conversations, n_entries), db_ints(revs, n_entries)), &rows);
    if (err) return err;
    while (rows_next(&rows)) entries[row_int(&rows, 0)].id = row_id(&rows, 1);
    return rows_err(&rows);
}

bool message_entry_has_tag(Ctx *ctx, const EntryName *entry, const char *tag)
{
    return !id_is_none(entry->id) && strcmp(id_tag(ctx->arena, entry->id), tag) == 0;
}

static Err move(Tx *tx, Ctx *ctx, int query, Id conversation, Id user, uint32_t seq, bool shown, bool *out_moved)
{
    int64_t changed = 0;
    Err err = tx_exec(tx, ctx, query, DB_ARGS(db_id(conversation), db_id(user), db_int(seq), db_int(shown)),
                      out_moved ? &changed : NULL);
    if (err) return err;
    if (out_moved) *out_moved = changed > 0;
    return OK;
}

Err message_store_move_read(Tx *tx, Ctx *ctx, Id conversation, Id user, uint32_t seq, bool shown, bool *out_moved)
{
    return move(tx, ctx, MESSAGE_Q_MOVE_READ, conversation, user, seq, shown, out_moved);
}

Err message_store_move_delivered(Tx *tx, Ctx *ctx, Id conversation, Id user, uint32_t seq, bool shown, bool *out_moved)
{
    return move(tx, ctx, MESSAGE_Q_MOVE_DELIVERED, conversation, user, seq, shown, out_moved);
}

Err message_store_newest_at(Tx *tx, Ctx *ctx, Id conversation, int64_t at_ms, uint32_t *out_seq)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, MESSAGE_Q_NEWEST_AT, DB_ARGS(db_id(conversation), db_int(at_ms)), &rows);
    if (err && err != ERR_NOT_FOUND) return err;
    *out_seq = err ? 0 : (uint32_t)row_int(&rows, 0);
    return OK;
}

Err message_store_begin_read(Tx *tx, Ctx *ctx, Id conversation, Id user, uint32_t since_seq)
{
    return tx_exec(tx, ctx, MESSAGE_Q_BEGIN_READ, DB_ARGS(db_id(conversation), db_id(user), db_int(since_seq)), NULL);
}

Err message_store_reads(Tx *tx, Ctx *ctx, Id conversation, uint32_t limit, ReadRow *out_rows, uint32_t *out_n)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    uint32_t n = 0;
    Err err = tx_query(tx, ctx, MESSAGE_Q_READS, DB_ARGS(db_id(conversation), db_int(limit)), &rows);
    if (err) return err;
    while (n < limit && rows_next(&rows)) {
        uint32_t seq = (uint32_t)row_int(&rows, 1);
        out_rows[n++] = (ReadRow){
            .user = row_id(&rows, 0),
            .seq = seq,
            .delivered_seq = delivered_of(seq, row_int(&rows, 2)),
            .since_seq = (uint32_t)row_int(&rows, 3),
        };
    }
    *out_n = n;
    return rows_err(&rows);
}

Err message_store_remove_read(Tx *tx, Ctx *ctx, Id conversation, Id user)
{
    return tx_exec(tx, ctx, MESSAGE_Q_REMOVE_READ, DB_ARGS(db_id(conversation), db_id(user)), NULL);
}

Err message_store_close(Tx *tx, Ctx *ctx, Id conversation)
{
    Err err = tx_exec(tx, ctx, MESSAGE_Q_CLOSE_HEAD, DB_ARGS(db_id(conversation)), NULL);
    if (err) return err;
    return tx_exec(tx, ctx, MESSAGE_Q_REMOVE_READS, DB_ARGS(db_id(conversation)), NULL);
}

Err message_store_remove_entries(Tx *tx, Ctx *ctx, Id conversation, uint32_t count, int64_t *out_removed)
{
    return tx_exec(tx, ctx, MESSAGE_Q_REMOVE_ENTRIES, DB_ARGS(db_id(conversation), db_int(count)), out_removed);
}

Err message_store_epoch(Tx *tx, Ctx *ctx, Str fresh, Str *out_epoch)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_exec(tx, ctx, MESSAGE_Q_ADD_META, DB_ARGS(db_text(STR("epoch")), db_text(fresh)), NULL);
    if (err) return err;
    err = tx_first(tx, ctx, MESSAGE_Q_META, DB_ARGS(db_text(STR("epoch"))), &rows);
    if (err) return err == ERR_NOT_FOUND ? ctx_fail(ctx, ERR_INTERNAL, "the epoch was not kept") : err;
    *out_epoch = row_text(&rows, 0);
    return OK;
}
