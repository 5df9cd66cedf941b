/* Rows of sessions, and of those that were ended early. */
#include "auth_queries.h"
#include "base/limits.h"
#include "services/auth/store.h"

/* The columns that every session query selects, in order. */
static SessionRow session_of_row(const Rows *rows)
{
    return (SessionRow){
        .id = row_id(rows, 0),
        .user = row_id(rows, 1),
        .family = family_key_of(row_blob(rows, 2)),
        .refresh_hash = secret_hash_of(row_blob(rows, 3)),
        .device = row_text(rows, 4),
        .address = row_text(rows, 5),
        .created_ms = row_int(rows, 6),
        .last_seen_ms = row_int(rows, 7),
        .expires_ms = row_int(rows, 8),
        .access_until_ms = row_int(rows, 9),
        .previous_hash = secret_hash_of(row_blob(rows, 10)),
        .previous_until_ms = row_int(rows, 11),
        .successor = successor_key_of(row_blob(rows, 12)),
    };
}

Err session_add(Tx *tx, Ctx *ctx, const SessionRow *session)
{
    return tx_exec(tx, ctx, AUTH_Q_SESSION_ADD,
                   DB_ARGS(db_id(session->id), db_id(session->user), db_blob(family_key_str(&session->family)),
                           db_blob(secret_hash_str(&session->refresh_hash)), db_text(session->device),
                           db_text(session->address), db_int(session->created_ms), db_int(session->expires_ms),
                           db_int(session->access_until_ms)),
                   NULL);
}

Err session_by_id(Tx *tx, Ctx *ctx, Id id, SessionRow *out_session)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, AUTH_Q_SESSION_BY_ID, DB_ARGS(db_id(id)), &rows);
    if (err) return err;
    *out_session = session_of_row(&rows);
    return OK;
}

Err session_of_user(Tx *tx, Ctx *ctx, Id user, SessionList *out_list)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_query(tx, ctx, AUTH_Q_SESSION_OF_USER, DB_ARGS(db_id(user)), &rows);
    if (err) return err;
    *out_list = (SessionList){ .rows = arena_new_array(ctx->arena, SessionRow, SESSIONS_PER_USER_MAX) };
    while (out_list->count < SESSIONS_PER_USER_MAX && rows_next(&rows))
        out_list->rows[out_list->count++] = session_of_row(&rows);
    return rows_err(&rows);
}

Err session_rotate(Tx *tx, Ctx *ctx, const SecretHash *before, const SessionRow *after)
{
    int64_t changed = 0;
    Err err = tx_exec(tx, ctx, AUTH_Q_SESSION_ROTATE,
                      DB_ARGS(db_id(after->id), db_blob(secret_hash_str(before)),
                              db_blob(secret_hash_str(&after->refresh_hash)), db_text(after->address),
                              db_int(after->last_seen_ms), db_int(after->expires_ms), db_int(after->access_until_ms),
                              db_int(after->previous_until_ms), db_blob(successor_key_str(&after->successor))),
                      &changed);
    if (err) return err;
    return changed ? OK : ERR_CONFLICT;
}

Err session_prolong(Tx *tx, Ctx *ctx, const SessionRow *session)
{
    int64_t changed = 0;
    Err err = tx_exec(
        tx, ctx, AUTH_Q_SESSION_PROLONG,
        DB_ARGS(db_id(session->id), db_blob(secret_hash_str(&session->refresh_hash)), db_int(session->access_until_ms)),
        &changed);
    if (err) return err;
    return changed ? OK : ERR_CONFLICT;
}

Err session_remove(Tx *tx, Ctx *ctx, const SessionRow *session)
{
    Err err = tx_exec(tx, ctx, AUTH_Q_SESSION_REMOVE, DB_ARGS(db_id(session->id)), NULL);
    if (err) return err;
    err = tx_exec(tx, ctx, AUTH_Q_REVOKED_REMOVE_ENDED, DB_ARGS(db_int(ctx->now_ms)), NULL);
    if (err || session->access_until_ms <= ctx->now_ms) return err;
    return tx_exec(tx, ctx, AUTH_Q_REVOKED_ADD, DB_ARGS(db_id(session->id), db_int(session->access_until_ms)), NULL);
}

Err session_remove_expired(Tx *tx, Ctx *ctx)
{
    return tx_exec(tx, ctx, AUTH_Q_SESSION_REMOVE_EXPIRED, DB_ARGS(db_int(ctx->now_ms)), NULL);
}

Err revoked_list(Tx *tx, Ctx *ctx, RevokedList *out_list)
{
    size_t room = 64;
    RevokedList list = { .rows = arena_alloc(ctx->arena, room * sizeof *list.rows) };
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_query(tx, ctx, AUTH_Q_REVOKED_LIST, DB_ARGS(db_int(ctx->now_ms)), &rows);
    if (err) return err;
    while (rows_next(&rows)) {
        if (list.count == room) {
            struct RevokedRow *more = arena_alloc(ctx->arena, 2 * room * sizeof *more);
            memcpy(more, list.rows, room * sizeof *more);
            list.rows = more;
            room *= 2;
        }
        list.rows[list.count++] = (struct RevokedRow){ row_id(&rows, 0), row_int(&rows, 1) };
    }
    *out_list = list;
    return rows_err(&rows);
}
