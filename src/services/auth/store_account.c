/* Rows of accounts. */
#include "auth_queries.h"
#include "base/fold.h"
#include "services/auth/names.h"
#include "services/auth/search.h"
#include "services/auth/store.h"

/* The columns that every account query selects, in order. */
static AccountRow account_of_row(const Rows *rows)
{
    return (AccountRow){
        .id = row_id(rows, 0),
        .username = row_text(rows, 1),
        .password_hash = row_text(rows, 2),
        .display_name = row_text(rows, 3),
        .about = row_text(rows, 4),
        .language = row_text(rows, 5),
        .theme = row_text(rows, 6),
        .role = (AccountRole)row_int(rows, 7),
        .disabled = row_int(rows, 8) != 0,
        .created_ms = row_int(rows, 9),
    };
}

static Err words_set(Tx *tx, Ctx *ctx, const AccountRow *account)
{
    const Words *words = words_of_user(ctx->arena, account->username, account->display_name);
    Err err = tx_exec(tx, ctx, AUTH_Q_WORD_CLEAR, DB_ARGS(db_id(account->id)), NULL);
    for (size_t i = 0; !err && i < words->count; i++)
        err = tx_exec(tx, ctx, AUTH_Q_WORD_ADD, DB_ARGS(db_blob(words->list[i]), db_id(account->id)), NULL);
    return err;
}

Err account_set_folded(Tx *tx, Ctx *ctx, const AccountRow *account)
{
    Str place = person_sort_key(ctx->arena, account->display_name);
    Err err = words_set(tx, ctx, account);
    if (!err) err = tx_exec(tx, ctx, AUTH_Q_PERSON_SET, DB_ARGS(db_blob(place), db_id(account->id)), NULL);
    if (err) return err;
    return tx_exec(tx, ctx, AUTH_Q_ACCOUNT_SET_FOLD, DB_ARGS(db_id(account->id), db_int(fold_version())), NULL);
}

Err account_add(Tx *tx, Ctx *ctx, const AccountRow *account)
{
    Str key = username_key(ctx->arena, account->username);
    Str skeleton = username_skeleton(ctx->arena, account->username);
    Err err = tx_exec(tx, ctx, AUTH_Q_ACCOUNT_ADD,
                      DB_ARGS(db_id(account->id), db_text(account->username), db_text(key), db_text(skeleton),
                              db_text(account->password_hash), db_text(account->display_name), db_int(account->role),
                              db_int(account->created_ms)),
                      NULL);
    return err ? err : account_set_folded(tx, ctx, account);
}

static Err account_first(Tx *tx, Ctx *ctx, int query, DbValue key, AccountRow *out_account)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, query, DB_ARGS(key), &rows);
    if (err) return err;
    *out_account = account_of_row(&rows);
    return OK;
}

Err account_by_id(Tx *tx, Ctx *ctx, Id id, AccountRow *out_account)
{
    return account_first(tx, ctx, AUTH_Q_ACCOUNT_BY_ID, db_id(id), out_account);
}

Err account_by_name(Tx *tx, Ctx *ctx, Str username, AccountRow *out_account)
{
    return account_first(tx, ctx, AUTH_Q_ACCOUNT_BY_KEY, db_text(username_key(ctx->arena, username)), out_account);
}

static Err exists(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, bool *out_exists)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, query, params, n_params, &rows);
    if (err && err != ERR_NOT_FOUND) return err;
    *out_exists = err == OK;
    return OK;
}

Err account_skeleton_taken(Tx *tx, Ctx *ctx, Str skeleton, bool *out_taken)
{
    return exists(tx, ctx, AUTH_Q_ACCOUNT_SKELETON_TAKEN, DB_ARGS(db_text(skeleton)), out_taken);
}

Err account_has_owner(Tx *tx, Ctx *ctx, bool *out_has)
{
    return exists(tx, ctx, AUTH_Q_ACCOUNT_OWNER, DB_NO_ARGS, out_has);
}

Err account_set_profile(Tx *tx, Ctx *ctx, const AccountRow *before, const AccountRow *after)
{
    Err err = tx_exec(tx, ctx, AUTH_Q_ACCOUNT_SET_PROFILE,
                      DB_ARGS(db_id(after->id), db_text(after->display_name), db_text(after->about),
                              db_text(after->language), db_text(after->theme)),
                      NULL);
    if (err || str_eq(before->display_name, after->display_name)) return err;
    return account_set_folded(tx, ctx, after);
}

Err account_set_password(Tx *tx, Ctx *ctx, Id id, Str hash_before, Str hash)
{
    int64_t changed = 0;
    Err err = tx_exec(tx, ctx, AUTH_Q_ACCOUNT_SET_PASSWORD, DB_ARGS(db_id(id), db_text(hash), db_text(hash_before)),
                      &changed);
    if (err) return err;
    return changed ? OK : ERR_CONFLICT;
}

Err account_device_key(Tx *tx, Ctx *ctx, Id id, DeviceKey *out_key)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, AUTH_Q_ACCOUNT_DEVICE_KEY, DB_ARGS(db_id(id)), &rows);
    if (!err) *out_key = device_key_of(row_blob(&rows, 0));
    return err;
}

Err account_set_device_key(Tx *tx, Ctx *ctx, Id id, const DeviceKey *key)
{
    return tx_exec(tx, ctx, AUTH_Q_ACCOUNT_SET_DEVICE_KEY, DB_ARGS(db_id(id), db_blob(device_key_str(key))), NULL);
}

Err account_set_standing(Tx *tx, Ctx *ctx, Id id, AccountRole role, bool disabled)
{
    return tx_exec(tx, ctx, AUTH_Q_ACCOUNT_SET_STANDING, DB_ARGS(db_id(id), db_int(role), db_int(disabled)), NULL);
}

Err account_set_told(Tx *tx, Ctx *ctx, Id id)
{
    return tx_exec(tx, ctx, AUTH_Q_ACCOUNT_SET_TOLD, DB_ARGS(db_id(id)), NULL);
}

static Err account_list(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, int64_t limit,
                        AccountList *out_list)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_query(tx, ctx, query, params, n_params, &rows);
    if (err) return err;
    *out_list = (AccountList){ .rows = arena_new_array(ctx->arena, AccountRow, (size_t)limit) };
    while (out_list->count < (size_t)limit && rows_next(&rows))
        out_list->rows[out_list->count++] = account_of_row(&rows);
    return rows_err(&rows);
}

Err account_page(Tx *tx, Ctx *ctx, Id after, int64_t limit, AccountList *out_list)
{
    return account_list(tx, ctx, AUTH_Q_ACCOUNT_PAGE, DB_ARGS(db_id(after), db_int(limit)), limit, out_list);
}

Err account_untold(Tx *tx, Ctx *ctx, int64_t limit, AccountList *out_list)
{
    return account_list(tx, ctx, AUTH_Q_ACCOUNT_UNTOLD, DB_ARGS(db_int(limit)), limit, out_list);
}

Err account_unfolded(Tx *tx, Ctx *ctx, int64_t limit, AccountList *out_list)
{
    return account_list(tx, ctx, AUTH_Q_ACCOUNT_UNFOLDED, DB_ARGS(db_int(fold_version()), db_int(limit)), limit,
                        out_list);
}

Err account_search(Tx *tx, Ctx *ctx, Str word_prefix, int64_t limit, AccountList *out_list)
{
    /* UTF-8 never contains the byte 0xff, so every continuation of the prefix sorts before this. */
    Str end = str_fmt(ctx->arena, "%.*s\xff", STR_ARG(word_prefix));
    return account_list(tx, ctx, AUTH_Q_WORD_SEARCH, DB_ARGS(db_blob(word_prefix), db_blob(end), db_int(limit)), limit,
                        out_list);
}

/* The sort key after which a page begins. */
static Err sort_key_of(Tx *tx, Ctx *ctx, Id user, Str *out_key)
{
    *out_key = STR("");
    if (id_is_none(user)) return OK;
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, AUTH_Q_PERSON_KEY, DB_ARGS(db_id(user)), &rows);
    if (!err) *out_key = row_blob(&rows, 0);
    return err;
}

Err person_page(Tx *tx, Ctx *ctx, Id after, int64_t limit, AccountList *out_list)
{
    Str key;
    Err err = sort_key_of(tx, ctx, after, &key);
    if (err) return err;
    return account_list(tx, ctx, AUTH_Q_PERSON_PAGE, DB_ARGS(db_blob(key), db_id(after), db_int(limit)), limit,
                        out_list);
}

Err person_newest(Tx *tx, Ctx *ctx, Id after, int64_t limit, AccountList *out_list)
{
    Id before = after;
    if (id_is_none(after)) memset(before.bytes, 0xff, sizeof before.bytes);
    return account_list(tx, ctx, AUTH_Q_PERSON_NEWEST, DB_ARGS(db_id(before), db_int(limit)), limit, out_list);
}
