/* Rows of the notification service. */
#include "services/notification/store.h"

#include "notification_queries.h"

#define CHANGE_ANSWER_BYTES 150 /* approximate size in a response, without twice its data, which JSON escapes */
#define PRUNE_EVERY         64  /* changes; a feed may exceed its length by this many */

static Err lock_head(Tx *tx, Ctx *ctx, Id user, uint32_t *out_urev)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, NOTIFICATION_Q_LOCK_HEAD, DB_ARGS(db_id(user)), &rows);
    if (err) return err;
    *out_urev = (uint32_t)row_int(&rows, 0);
    return OK;
}

static Err check_new(Tx *tx, Ctx *ctx, Id user, Id event)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, NOTIFICATION_Q_CHANGE_OF_EVENT, DB_ARGS(db_id(user), db_id(event)), &rows);
    if (err == ERR_NOT_FOUND) return OK;
    return err ? err : ERR_CONFLICT;
}

Err feed_store_append(Tx *tx, Ctx *ctx, Id user, Id event, FeedRow *row)
{
    uint32_t urev;
    Err err = lock_head(tx, ctx, user, &urev);
    if (!err) err = check_new(tx, ctx, user, event);
    if (err) return err;

    row->urev = urev + 1;
    row->event = event;
    err = tx_exec(tx, ctx, NOTIFICATION_Q_ADD_CHANGE,
                  DB_ARGS(db_id(user), db_int(row->urev), db_id(event), db_text(row->name), db_blob(row->data),
                          db_int(row->created_at_ms)),
                  NULL);
    if (err) return err == ERR_CONFLICT ? ctx_fail(ctx, ERR_INTERNAL, "the feed is ahead of its head") : err;
    return tx_exec(tx, ctx, NOTIFICATION_Q_SET_HEAD, DB_ARGS(db_id(user), db_int(row->urev)), NULL);
}

Err feed_store_prune(Tx *tx, Ctx *ctx, Id user, uint32_t urev, uint32_t kept)
{
    if (urev <= kept || urev % PRUNE_EVERY) return OK;
    return tx_exec(tx, ctx, NOTIFICATION_Q_PRUNE, DB_ARGS(db_id(user), db_int(urev - kept)), NULL);
}

Err feed_store_head(Tx *tx, Ctx *ctx, Id user, FeedPosition *out_head)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, NOTIFICATION_Q_HEAD, DB_ARGS(db_id(user)), &rows);
    if (err && err != ERR_NOT_FOUND) return err;
    *out_head = err ? (FeedPosition){ 0 } : (FeedPosition){ (uint32_t)row_int(&rows, 0), row_id(&rows, 1) };
    return OK;
}

Err feed_store_at(Tx *tx, Ctx *ctx, Id user, uint32_t urev, FeedPosition *out_position)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, NOTIFICATION_Q_EVENT_OF_CHANGE, DB_ARGS(db_id(user), db_int(urev)), &rows);
    if (err && err != ERR_NOT_FOUND) return err;
    *out_position = (FeedPosition){ .urev = urev, .event = err ? ID_NONE : row_id(&rows, 0) };
    return OK;
}

Err feed_store_changes(Tx *tx, Ctx *ctx, Id user, uint32_t after, uint32_t limit, size_t bytes_max, FeedRow *out_rows,
                       uint32_t *out_n)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    uint32_t n = 0;
    size_t bytes = 0;
    Err err = tx_query(tx, ctx, NOTIFICATION_Q_CHANGES, DB_ARGS(db_id(user), db_int(after), db_int(limit)), &rows);
    if (err) return err;
    while (n < limit && bytes < bytes_max && rows_next(&rows)) {
        bytes += 2 * row_blob(&rows, 2).len + CHANGE_ANSWER_BYTES;
        out_rows[n++] = (FeedRow){ .urev = (uint32_t)row_int(&rows, 0),
                                   .name = row_text(&rows, 1),
                                   .data = row_blob(&rows, 2),
                                   .created_at_ms = row_int(&rows, 3),
                                   .event = row_id(&rows, 4) };
    }
    *out_n = n;
    return rows_err(&rows);
}

Err last_seen_store_set(Tx *tx, Ctx *ctx, Id user, int64_t at_ms)
{
    return tx_exec(tx, ctx, NOTIFICATION_Q_SET_LAST_SEEN, DB_ARGS(db_id(user), db_int(at_ms)), NULL);
}

Err last_seen_store_get(Tx *tx, Ctx *ctx, const Id *users, size_t n_users, int64_t *out_at_ms)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    memset(out_at_ms, 0, n_users * sizeof *out_at_ms);
    Err err = tx_query(tx, ctx, NOTIFICATION_Q_LAST_SEEN, DB_ARGS(db_ids(users, n_users)), &rows);
    if (err) return err;
    while (rows_next(&rows)) {
        Id user = row_id(&rows, 0);
        for (size_t i = 0; i < n_users; i++)
            if (id_eq(users[i], user)) out_at_ms[i] = row_int(&rows, 1);
    }
    return rows_err(&rows);
}
