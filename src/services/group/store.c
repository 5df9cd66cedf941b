/* Rows of conversations and members. */
#include "services/group/store.h"

#include "group_queries.h"
#include "rpc/transcode.h"

#define CONVERSATION_ANSWER_BYTES 450 /* approximate size in a response, without title and description */

Err group_store_lock(Tx *tx, Ctx *ctx, Id conversation)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, GROUP_Q_LOCK, DB_ARGS(db_id(conversation)), &rows);
    return err == ERR_NOT_FOUND ? OK : err;
}

/* Columns of the queries `conversation`, `conversations` and `groups_in_common`. */
static ConversationRow conversation_of_row(const Rows *rows)
{
    return (ConversationRow){
        .id = row_id(rows, 0),
        .kind = (ConversationKind)row_int(rows, 1),
        .title = row_text(rows, 2),
        .description = row_text(rows, 3),
        .created_by = row_id(rows, 4),
        .created_at_ms = row_int(rows, 5),
        .member_count = (uint32_t)row_int(rows, 6),
        .direct_low = row_id(rows, 7),
        .direct_high = row_id(rows, 8),
        .role = (MemberRole)row_int(rows, 9),
    };
}

Err group_store_conversation(Tx *tx, Ctx *ctx, Id conversation, Id user, ConversationRow *out_row)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, GROUP_Q_CONVERSATION, DB_ARGS(db_id(conversation), db_id(user)), &rows);
    if (err && err != ERR_NOT_FOUND) return err;
    *out_row = err ? (ConversationRow){ 0 } : conversation_of_row(&rows);
    return OK;
}

/* The rows that fit into a page; there is one more than `limit` if others follow. */
static Err take_page(Rows *rows, uint32_t limit, size_t bytes_max, ConversationRow *out_rows, uint32_t *out_n,
                     bool *out_more)
{
    uint32_t n = 0;
    size_t bytes = 0;
    *out_more = false;
    while (!*out_more && rows_next(rows)) {
        ConversationRow row = conversation_of_row(rows);
        bytes += json_quoted_len(row.title) + json_quoted_len(row.description) + CONVERSATION_ANSWER_BYTES;
        *out_more = n == limit || (n > 0 && bytes > bytes_max);
        if (!*out_more) out_rows[n++] = row;
    }
    *out_n = n;
    return rows_err(rows);
}

Err group_store_conversations(Tx *tx, Ctx *ctx, Id user, Id after, uint32_t limit, size_t bytes_max,
                              ConversationRow *out_rows, uint32_t *out_n, bool *out_more)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err =
        tx_query(tx, ctx, GROUP_Q_CONVERSATIONS, DB_ARGS(db_id(user), db_id(after), db_int((int64_t)limit + 1)), &rows);
    return err ? err : take_page(&rows, limit, bytes_max, out_rows, out_n, out_more);
}

Err group_store_groups_in_common(Tx *tx, Ctx *ctx, Id user, Id other, Id after, uint32_t limit, size_t bytes_max,
                                 ConversationRow *out_rows, uint32_t *out_n, bool *out_more)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_query(tx, ctx, GROUP_Q_GROUPS_IN_COMMON,
                       DB_ARGS(db_id(user), db_id(other), db_id(after), db_int((int64_t)limit + 1)), &rows);
    return err ? err : take_page(&rows, limit, bytes_max, out_rows, out_n, out_more);
}

Err group_store_find_direct(Tx *tx, Ctx *ctx, Id low, Id high, Id *out_conversation)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, GROUP_Q_DIRECT_OF_PAIR, DB_ARGS(db_id(low), db_id(high)), &rows);
    if (err) return err;
    *out_conversation = row_id(&rows, 0);
    return OK;
}

Err group_store_find_by_client_id(Tx *tx, Ctx *ctx, Id creator, Id client_id, Id *out_conversation,
                                  int64_t *out_request_hash)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, GROUP_Q_GROUP_OF_CLIENT_ID, DB_ARGS(db_id(creator), db_id(client_id)), &rows);
    if (err) return err;
    *out_conversation = row_id(&rows, 0);
    *out_request_hash = row_int(&rows, 1);
    return OK;
}

Err group_store_add_conversation(Tx *tx, Ctx *ctx, const ConversationRow *row, Id client_id, int64_t request_hash,
                                 bool *out_added)
{
    int64_t changed = 0;
    Err err = tx_exec(tx, ctx, GROUP_Q_ADD_CONVERSATION,
                      DB_ARGS(db_id(row->id), db_int(row->kind), db_text(row->title), db_text(row->description),
                              db_id(row->created_by), db_int(row->created_at_ms), db_int(row->member_count),
                              db_id_or_null(row->direct_low), db_id_or_null(row->direct_high), db_id_or_null(client_id),
                              db_int(request_hash)),
                      &changed);
    if (err) return err;
    *out_added = changed > 0;
    return OK;
}

Err group_store_update(Tx *tx, Ctx *ctx, const ConversationRow *row)
{
    return tx_exec(tx, ctx, GROUP_Q_SET_DESCRIPTION,
                   DB_ARGS(db_id(row->id), db_text(row->title), db_text(row->description)), NULL);
}

static Err lock_users(Tx *tx, Ctx *ctx, Id conversation)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    return tx_query(tx, ctx, GROUP_Q_LOCK_USERS, DB_ARGS(db_id(conversation)), &rows);
}

Err group_store_remove(Tx *tx, Ctx *ctx, Id conversation)
{
    Err err = lock_users(tx, ctx, conversation);
    if (err) return err;
    static const int queries[] = { GROUP_Q_USERS_LEAVE, GROUP_Q_REMOVE_MEMBERS, GROUP_Q_REMOVE_DEPARTURES,
                                   GROUP_Q_REMOVE_CONVERSATION };
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        err = tx_exec(tx, ctx, queries[i], DB_ARGS(db_id(conversation)), NULL);
        if (err) return err;
    }
    return OK;
}

Err group_store_find_member(Tx *tx, Ctx *ctx, Id conversation, Id user, MemberRow *out_member)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, GROUP_Q_MEMBER, DB_ARGS(db_id(conversation), db_id(user)), &rows);
    if (err) return err;
    *out_member = (MemberRow){ .user = user, .role = (MemberRole)row_int(&rows, 0), .joined_at_ms = row_int(&rows, 1) };
    return OK;
}

Err group_store_members(Tx *tx, Ctx *ctx, Id conversation, Id after, uint32_t limit, MemberRow *out_rows,
                        uint32_t *out_n)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    uint32_t n = 0;
    Err err = tx_query(tx, ctx, GROUP_Q_MEMBERS, DB_ARGS(db_id(conversation), db_id(after), db_int(limit)), &rows);
    if (err) return err;
    while (n < limit && rows_next(&rows))
        out_rows[n++] = (MemberRow){
            .user = row_id(&rows, 0),
            .role = (MemberRole)row_int(&rows, 1),
            .joined_at_ms = row_int(&rows, 2),
        };
    *out_n = n;
    return rows_err(&rows);
}

static Err read_heir(Tx *tx, Ctx *ctx, Id conversation, Id owner, MemberRow *out_member, bool *out_closed)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, GROUP_Q_HEIR, DB_ARGS(db_id(conversation), db_id(owner)), &rows);
    if (err) return err;
    *out_member = (MemberRow){ .user = row_id(&rows, 0), .joined_at_ms = row_int(&rows, 1) };
    *out_closed = row_int(&rows, 2) != 0;
    return OK;
}

Err group_store_find_heir(Tx *tx, Ctx *ctx, Id conversation, Id owner, MemberRow *out_member, bool *out_closed)
{
    /* The account may be closed or reopened before its row is locked; then look again. */
    for (;;) {
        bool closed;
        Err err = read_heir(tx, ctx, conversation, owner, out_member, out_closed);
        if (!err) err = group_store_is_closed(tx, ctx, out_member->user, &closed);
        if (err || closed == *out_closed) return err;
    }
}

Err group_store_find_owner(Tx *tx, Ctx *ctx, Id conversation, MemberRow *out_member)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, GROUP_Q_OWNER, DB_ARGS(db_id(conversation)), &rows);
    if (err) return err;
    *out_member = (MemberRow){ row_id(&rows, 0), MEMBER_ROLE__OWNER, row_int(&rows, 1) };
    return OK;
}

Err group_store_is_closed(Tx *tx, Ctx *ctx, Id user, bool *out_closed)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, GROUP_Q_CLOSED, DB_ARGS(db_id(user)), &rows);
    if (err && err != ERR_NOT_FOUND) return err;
    *out_closed = !err && row_int(&rows, 0) != 0;
    return OK;
}

Err group_store_set_closed(Tx *tx, Ctx *ctx, Id user, bool closed)
{
    return tx_exec(tx, ctx, GROUP_Q_SET_CLOSED, DB_ARGS(db_id(user), db_int(closed)), NULL);
}

Err group_store_ownerless(Tx *tx, Ctx *ctx, Id user, Id after, uint32_t limit, Id *out_ids, uint32_t *out_n)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    uint32_t n = 0;
    Err err = tx_query(tx, ctx, GROUP_Q_OWNERLESS, DB_ARGS(db_id(user), db_id(after), db_int(limit)), &rows);
    if (err) return err;
    while (n < limit && rows_next(&rows)) out_ids[n++] = row_id(&rows, 0);
    *out_n = n;
    return rows_err(&rows);
}

Err group_store_directs(Tx *tx, Ctx *ctx, Id user, Id after, uint32_t limit, Id *out_ids, Id *out_peers,
                        uint32_t *out_n)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    uint32_t n = 0;
    Err err = tx_query(tx, ctx, GROUP_Q_DIRECTS, DB_ARGS(db_id(user), db_id(after), db_int(limit)), &rows);
    if (err) return err;
    for (; n < limit && rows_next(&rows); n++) {
        out_ids[n] = row_id(&rows, 0);
        out_peers[n] = row_id(&rows, 1);
    }
    *out_n = n;
    return rows_err(&rows);
}

Err group_store_standing(Tx *tx, Ctx *ctx, Id conversation, Id user, StandingRow *out_row)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, GROUP_Q_STANDING, DB_ARGS(db_id(conversation), db_id(user)), &rows);
    if (err && err != ERR_NOT_FOUND) return err;
    *out_row = (StandingRow){ 0 };
    if (err) return OK;
    out_row->role = (MemberRole)row_int(&rows, 0);
    out_row->kind = (ConversationKind)row_int(&rows, 1);
    out_row->peer_closed = !row_is_null(&rows, 2) && row_int(&rows, 2) != 0;
    out_row->accepted = row_int(&rows, 3) == ACCEPT_BY_ACT;
    return OK;
}

Err group_store_memberships(Tx *tx, Ctx *ctx, Id user, Id after, uint32_t limit, ConversationRow *out_rows,
                            uint32_t *out_n)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    uint32_t n = 0;
    Err err = tx_query(tx, ctx, GROUP_Q_MEMBERSHIPS, DB_ARGS(db_id(user), db_id(after), db_int(limit)), &rows);
    if (err) return err;
    while (n < limit && rows_next(&rows))
        out_rows[n++] = (ConversationRow){
            .id = row_id(&rows, 0),
            .kind = (ConversationKind)row_int(&rows, 1),
            .member_count = (uint32_t)row_int(&rows, 2),
            .seen = row_int(&rows, 3) != ACCEPT_NOT_YET,
        };
    *out_n = n;
    return rows_err(&rows);
}

Err group_store_acquainted(Tx *tx, Ctx *ctx, Id user, const Id *others, size_t n_others, Id *out_found, size_t *out_n)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    *out_n = 0;
    Err err = tx_query(tx, ctx, GROUP_Q_ACQUAINTED, DB_ARGS(db_id(user), db_ids(others, n_others)), &rows);
    if (err) return err;
    while (rows_next(&rows)) out_found[(*out_n)++] = row_id(&rows, 0);
    return rows_err(&rows);
}

Err group_store_candidate(Tx *tx, Ctx *ctx, Id conversation, Id adder, Id user, CandidateRow *out_row)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    bool adder_first = id_cmp(adder, user) < 0;
    Err err = tx_first(
        tx, ctx, GROUP_Q_CANDIDATE,
        DB_ARGS(db_id(conversation), db_id(user), db_id(adder_first ? adder : user), db_id(adder_first ? user : adder)),
        &rows);
    if (err) return err;
    out_row->belongs = row_int(&rows, 0) != 0;
    out_row->has_left = row_int(&rows, 1) != 0;
    out_row->has_answered = row_int(&rows, 2) != 0;
    return OK;
}

Err group_store_add_member(Tx *tx, Ctx *ctx, Id conversation, const MemberRow *member, Acceptance acceptance,
                           Id added_by)
{
    return tx_exec(tx, ctx, GROUP_Q_ADD_MEMBER,
                   DB_ARGS(db_id(conversation), db_id(member->user), db_int(member->role), db_int(member->joined_at_ms),
                           db_int(acceptance), db_id_or_null(added_by)),
                   NULL);
}

static Err exec_if(Tx *tx, Ctx *ctx, int query, const DbValue *params, int n_params, bool *out_changed)
{
    int64_t changed = 0;
    Err err = tx_exec(tx, ctx, query, params, n_params, &changed);
    *out_changed = changed > 0;
    return err;
}

Err group_store_count_in(Tx *tx, Ctx *ctx, Id user, bool pending, uint32_t max, bool *out_counted)
{
    return exec_if(tx, ctx, GROUP_Q_USER_JOINS, DB_ARGS(db_id(user), db_int(pending), db_int(max)), out_counted);
}

Err group_store_count_out(Tx *tx, Ctx *ctx, Id user, bool pending)
{
    return tx_exec(tx, ctx, GROUP_Q_USER_LEAVES, DB_ARGS(db_id(user), db_int(pending)), NULL);
}

Err group_store_count_accepted(Tx *tx, Ctx *ctx, Id user, uint32_t max, bool *out_counted)
{
    return exec_if(tx, ctx, GROUP_Q_USER_ACCEPTS, DB_ARGS(db_id(user), db_int(max)), out_counted);
}

Err group_store_accept(Tx *tx, Ctx *ctx, Id conversation, Id user, bool *out_changed, Id *out_added_by)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, GROUP_Q_ACCEPT, DB_ARGS(db_id(conversation), db_id(user)), &rows);
    *out_changed = err == OK;
    *out_added_by = err ? ID_NONE : row_id(&rows, 0);
    return err == ERR_NOT_FOUND ? OK : err;
}

Err group_store_add_departure(Tx *tx, Ctx *ctx, Id conversation, Id user)
{
    return tx_exec(tx, ctx, GROUP_Q_ADD_DEPARTURE, DB_ARGS(db_id(conversation), db_id(user)), NULL);
}

Err group_store_remove_departure(Tx *tx, Ctx *ctx, Id conversation, Id user)
{
    return tx_exec(tx, ctx, GROUP_Q_REMOVE_DEPARTURE, DB_ARGS(db_id(conversation), db_id(user)), NULL);
}

Err group_store_count_unanswered(Tx *tx, Ctx *ctx, Id adder, Id user, uint32_t max, bool *out_counted)
{
    return exec_if(tx, ctx, GROUP_Q_ADD_UNANSWERED, DB_ARGS(db_id(adder), db_id(user), db_int(max)), out_counted);
}

Err group_store_forget_unanswered(Tx *tx, Ctx *ctx, Id adder, Id user)
{
    return tx_exec(tx, ctx, GROUP_Q_REMOVE_UNANSWERED, DB_ARGS(db_id(adder), db_id(user)), NULL);
}

Err group_store_lock_allowance(Tx *tx, Ctx *ctx, Id adder, int64_t *out_used_until_ms)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, GROUP_Q_LOCK_ALLOWANCE, DB_ARGS(db_id(adder)), &rows);
    if (!err) *out_used_until_ms = row_int(&rows, 0);
    return err;
}

Err group_store_set_allowance(Tx *tx, Ctx *ctx, Id adder, int64_t used_until_ms)
{
    return tx_exec(tx, ctx, GROUP_Q_SET_ALLOWANCE, DB_ARGS(db_id(adder), db_int(used_until_ms)), NULL);
}

Err group_store_set_role(Tx *tx, Ctx *ctx, Id conversation, Id user, MemberRole role)
{
    return tx_exec(tx, ctx, GROUP_Q_SET_ROLE, DB_ARGS(db_id(conversation), db_id(user), db_int(role)), NULL);
}

static Err delete_member(Tx *tx, Ctx *ctx, Id conversation, Id user, bool *out_pending)
{
    _cleanup_(rows_done) Rows rows = { 0 };
    Err err = tx_first(tx, ctx, GROUP_Q_REMOVE_MEMBER, DB_ARGS(db_id(conversation), db_id(user)), &rows);
    *out_pending = !err && row_int(&rows, 0) != ACCEPT_BY_ACT;
    return err;
}

Err group_store_remove_member(Tx *tx, Ctx *ctx, Id conversation, Id user)
{
    bool pending;
    Err err = delete_member(tx, ctx, conversation, user, &pending);
    if (!err) err = group_store_count_out(tx, ctx, user, pending);
    return err ? err : group_store_add_to_count(tx, ctx, conversation, -1);
}

Err group_store_add_to_count(Tx *tx, Ctx *ctx, Id conversation, int64_t more)
{
    return tx_exec(tx, ctx, GROUP_Q_ADD_TO_MEMBER_COUNT, DB_ARGS(db_id(conversation), db_int(more)), NULL);
}
