/* Rows of invitations and of the owner's one-time code. */
#include "auth_queries.h"
#include "services/auth/rules.h"
#include "services/auth/store.h"

Err invite_add(Tx *tx, Ctx *ctx, const InviteRow *invite, const SecretHash *code)
{
    Err err = tx_exec(tx, ctx, AUTH_Q_INVITE_REMOVE_SPENT, DB_ARGS(db_int(ctx->now_ms)), NULL);
    if (err) return err;

    _cleanup_(rows_done) Rows rows = { 0 };
    err = tx_first(tx, ctx, AUTH_Q_INVITE_COUNT, DB_NO_ARGS, &rows);
    if (err) return err;
    if (row_int(&rows, 0) >= INVITES_MAX)
        return ctx_fail(ctx, ERR_PRECONDITION, "%d invitations are open: withdraw some first", INVITES_MAX);

    return tx_exec(tx, ctx, AUTH_Q_INVITE_ADD,
                   DB_ARGS(db_id(invite->id), db_blob(secret_hash_str(code)), db_int(invite->uses_left),
                           db_int(invite->expires_ms), db_id(invite->created_by), db_int(invite->created_ms)),
                   NULL);
}

Err invite_list(Tx *tx, Ctx *ctx, InviteList *out_list)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_query(tx, ctx, AUTH_Q_INVITE_LIST, DB_ARGS(db_int(ctx->now_ms)), &rows);
    if (err) return err;
    *out_list = (InviteList){ .rows = arena_new_array(ctx->arena, InviteRow, INVITES_MAX) };
    while (out_list->count < INVITES_MAX && rows_next(&rows))
        out_list->rows[out_list->count++] = (InviteRow){
            .id = row_id(&rows, 0),
            .uses_left = (uint32_t)row_int(&rows, 1),
            .expires_ms = row_int(&rows, 2),
            .created_by = row_id(&rows, 3),
            .created_ms = row_int(&rows, 4),
        };
    return rows_err(&rows);
}

/* For statements that change one row or find none. */
static Err exec_one(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params)
{
    int64_t changed = 0;
    Err err = tx_exec(tx, ctx, query, params, n_params, &changed);
    if (err) return err;
    return changed ? OK : ERR_NOT_FOUND;
}

static Err is_open(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, bool *out_open)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, query, params, n_params, &rows);
    if (err && err != ERR_NOT_FOUND) return err;
    *out_open = err == OK;
    return OK;
}

Err invite_remove(Tx *tx, Ctx *ctx, Id id)
{
    return exec_one(tx, ctx, AUTH_Q_INVITE_REMOVE, DB_ARGS(db_id(id)));
}

Err invite_is_open(Tx *tx, Ctx *ctx, const SecretHash *code, bool *out_open)
{
    return is_open(tx, ctx, AUTH_Q_INVITE_OPEN, DB_ARGS(db_blob(secret_hash_str(code)), db_int(ctx->now_ms)), out_open);
}

Err invite_inviter(Tx *tx, Ctx *ctx, const SecretHash *code, Str *out_name)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err =
        tx_first(tx, ctx, AUTH_Q_INVITE_INVITER, DB_ARGS(db_blob(secret_hash_str(code)), db_int(ctx->now_ms)), &rows);
    if (err) return err;
    *out_name = row_text(&rows, 0);
    return OK;
}

Err invite_use(Tx *tx, Ctx *ctx, const SecretHash *code)
{
    return exec_one(tx, ctx, AUTH_Q_INVITE_USE, DB_ARGS(db_blob(secret_hash_str(code)), db_int(ctx->now_ms)));
}

Err owner_code_set(Tx *tx, Ctx *ctx, const SecretHash *code)
{
    return tx_exec(tx, ctx, AUTH_Q_OWNER_CODE_SET, DB_ARGS(db_blob(secret_hash_str(code))), NULL);
}

Err owner_code_is_open(Tx *tx, Ctx *ctx, const SecretHash *code, bool *out_open)
{
    return is_open(tx, ctx, AUTH_Q_OWNER_CODE_OPEN, DB_ARGS(db_blob(secret_hash_str(code))), out_open);
}

Err owner_code_use(Tx *tx, Ctx *ctx, const SecretHash *code)
{
    return exec_one(tx, ctx, AUTH_Q_OWNER_CODE_USE, DB_ARGS(db_blob(secret_hash_str(code))));
}
