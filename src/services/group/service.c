/* The group service: opening it, shared checks, and the methods that only read. */
#include "services/group/service.h"

#include <stdlib.h>

#include "base/limits.h"
#include "group_queries.h"
#include "services/group/view.h"

const GroupConfig group_config_default = {
    .conversations_per_user_max = CONVERSATIONS_PER_USER_MAX,
    .members_per_group_max = MEMBERS_PER_GROUP_MAX,
    .members_per_call_max = MEMBERS_PER_CALL_MAX,
    .pending_per_user_max = PENDING_PER_USER_MAX,
    .pending_of_strangers_max = PENDING_OF_STRANGERS_MAX,
    .unanswered_adds_max = UNANSWERED_ADDS_MAX,
};

const OutboxQueries group_outbox_queries = OUTBOX_QUERIES(GROUP);

GroupService *group_open(Ctx *ctx, Db *db, Outbox *outbox, Cache *cache, RpcClient *auth, const GroupConfig *config)
{
    if (db_check(db, ctx)) return NULL;
    GroupService *svc = calloc(1, sizeof *svc);
    if (!svc) abort();
    *svc = (GroupService){ .db = db, .outbox = outbox, .cache = cache, .auth = auth, .config = *config };
    return svc;
}

void group_close(GroupService *svc)
{
    free(svc);
}

Err group_allow(Ctx *ctx, const ConversationRow *row, Id caller, Action action)
{
    Subject subject = { .user = caller, .role = row->role };
    Object object = { .kind = row->kind, .member = MEMBER_ROLE__MEMBER };
    return authorize(ctx, &subject, action, &object);
}

Err group_enter(Tx *tx, Ctx *ctx, Id conversation, Id caller, Action action, ConversationRow *out_row)
{
    Err err = group_store_lock(tx, ctx, conversation);
    if (err) return err;
    err = group_store_conversation(tx, ctx, conversation, caller, out_row);
    if (err) return err;
    return group_allow(ctx, out_row, caller, action);
}

void group_forget(GroupService *svc, Ctx *ctx, Id conversation, const Id *users, size_t n_users)
{
    /* "member:" is the key of the previous version, whose processes may run next to this one during an update. */
    static const char *const prefixes[] = { "standing", "member" };
    char conversation_text[ID_TEXT_LEN + 1], user_text[ID_TEXT_LEN + 1];
    id_format(conversation, conversation_text);
    for (size_t i = 0; i < n_users; i++) {
        id_format(users[i], user_text);
        for (size_t k = 0; k < ARRAY_LEN(prefixes); k++)
            cache_delete(svc->cache, ctx, str_fmt(ctx->arena, "%s:%s:%s", prefixes[k], conversation_text, user_text));
    }
}

typedef struct ReadWork {
    Id conversation, user, other, after;
    uint32_t limit;
    ConversationRow row;
    ConversationRow *rows;
    MemberRow member, *members;
    uint32_t n;
    bool more;
} ReadWork;

static Err get_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ReadWork *w = arg;
    Err err = group_store_conversation(tx, ctx, w->conversation, w->user, &w->row);
    if (err) return err;
    return group_allow(ctx, &w->row, w->user, ACTION_READ);
}

Err group_get_conversation(GroupService *svc, Ctx *ctx, const GetConversationRequest *req, GetConversationResponse *out)
{
    ReadWork work = { 0 };
    Err err = request_user(ctx, &work.user);
    if (!err) err = request_id(ctx, "id", req->id, &work.conversation);
    if (!err) err = db_read(svc->db, ctx, get_in_tx, &work);
    if (err) return err;
    out->conversation = group_view_conversation(ctx->arena, &work.row);
    return OK;
}

static Err list_conversations_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ReadWork *w = arg;
    return group_store_conversations(tx, ctx, w->user, w->after, w->limit, ANSWER_BYTES_MAX, w->rows, &w->n, &w->more);
}

Err group_list_conversations(GroupService *svc, Ctx *ctx, const ListConversationsRequest *req,
                             ListConversationsResponse *out)
{
    uint32_t limit = RPC_PAGE(req->limit, LIST_CONVERSATIONS_REQUEST__LIMIT);
    ReadWork work = { .limit = limit, .rows = arena_new_array(ctx->arena, ConversationRow, limit) };
    Err err = request_user(ctx, &work.user);
    if (!err) err = request_id_optional(ctx, "after_id", req->after_id, &work.after);
    if (!err) err = db_read(svc->db, ctx, list_conversations_in_tx, &work);
    if (err) return err;

    out->has_more = work.more;
    out->n_conversations = work.n;
    out->conversations = group_view_conversations(ctx->arena, work.rows, work.n);
    return OK;
}

static Err list_groups_in_common_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ReadWork *w = arg;
    return group_store_groups_in_common(tx, ctx, w->user, w->other, w->after, w->limit, ANSWER_BYTES_MAX, w->rows,
                                        &w->n, &w->more);
}

Err group_list_groups_in_common(GroupService *svc, Ctx *ctx, const ListGroupsInCommonRequest *req,
                                ListGroupsInCommonResponse *out)
{
    uint32_t limit = RPC_PAGE(req->limit, LIST_GROUPS_IN_COMMON_REQUEST__LIMIT);
    ReadWork work = { .limit = limit, .rows = arena_new_array(ctx->arena, ConversationRow, limit) };
    Err err = request_user(ctx, &work.user);
    if (!err) err = request_id(ctx, "user_id", req->user_id, &work.other);
    if (!err) err = request_id_optional(ctx, "after_id", req->after_id, &work.after);
    if (!err) err = db_read(svc->db, ctx, list_groups_in_common_in_tx, &work);
    if (err) return err;

    out->has_more = work.more;
    out->n_conversations = work.n;
    out->conversations = group_view_conversations(ctx->arena, work.rows, work.n);
    return OK;
}

static Err list_members_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ReadWork *w = arg;
    Err err = get_in_tx(tx, ctx, w);
    if (err) return err;
    return group_store_members(tx, ctx, w->conversation, w->after, w->limit + 1, w->members, &w->n);
}

Err group_list_members(GroupService *svc, Ctx *ctx, const ListMembersRequest *req, ListMembersResponse *out)
{
    uint32_t limit = RPC_PAGE(req->limit, LIST_MEMBERS_REQUEST__LIMIT);
    ReadWork work = { .limit = limit, .members = arena_new_array(ctx->arena, MemberRow, limit + 1) };
    Err err = request_user(ctx, &work.user);
    if (!err) err = request_id(ctx, "id", req->id, &work.conversation);
    if (!err) err = request_id_optional(ctx, "after_user_id", req->after_user_id, &work.after);
    if (!err) err = db_read(svc->db, ctx, list_members_in_tx, &work);
    if (err) return err;

    out->has_more = work.n > limit;
    out->n_members = work.n > limit ? limit : work.n;
    out->members = group_view_members(ctx->arena, work.members, out->n_members);
    return OK;
}

typedef struct CheckWork {
    Id conversation, user;
    StandingRow standing;
} CheckWork;

static Err check_member_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    CheckWork *w = arg;
    return group_store_standing(tx, ctx, w->conversation, w->user, &w->standing);
}

Err group_check_member(GroupService *svc, Ctx *ctx, const CheckMemberRequest *req, CheckMemberResponse *out)
{
    CheckWork work = { 0 };
    Err err = request_id(ctx, "conversation_id", req->conversation_id, &work.conversation);
    if (!err) err = request_id(ctx, "user_id", req->user_id, &work.user);
    if (!err) err = db_read(svc->db, ctx, check_member_in_tx, &work);
    if (err) return err;
    out->role = work.standing.role;
    out->kind = work.standing.kind;
    out->peer_closed = work.standing.peer_closed;
    out->accepted = work.standing.accepted;
    return OK;
}

static Err list_memberships_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ReadWork *w = arg;
    return group_store_memberships(tx, ctx, w->user, w->after, w->limit, w->rows, &w->n);
}

Err group_list_memberships(GroupService *svc, Ctx *ctx, const ListMembershipsRequest *req, ListMembershipsResponse *out)
{
    uint32_t max = svc->config.conversations_per_user_max + svc->config.pending_per_user_max;
    uint32_t limit = rpc_page(req->limit, max, max);
    ReadWork work = { .limit = limit, .rows = arena_new_array(ctx->arena, ConversationRow, limit) };
    Err err = request_id(ctx, "user_id", req->user_id, &work.user);
    if (!err) err = request_id_optional(ctx, "after_id", req->after_id, &work.after);
    if (!err) err = db_read(svc->db, ctx, list_memberships_in_tx, &work);
    if (err) return err;

    out->n_memberships = work.n;
    out->memberships = arena_new_array(ctx->arena, Membership *, work.n + 1);
    for (uint32_t i = 0; i < work.n; i++) {
        Membership *membership = arena_new_of(ctx->arena, Membership);
        membership__init(membership);
        membership->conversation_id = id_text(ctx->arena, work.rows[i].id);
        membership->kind = work.rows[i].kind;
        membership->member_count = work.rows[i].member_count;
        membership->accepted = work.rows[i].seen;
        out->memberships[i] = membership;
    }
    return OK;
}

typedef struct AcquaintedWork {
    Id user;
    Id *others, *found;
    size_t n_others, n_found;
} AcquaintedWork;

static Err acquainted_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    AcquaintedWork *w = arg;
    return group_store_acquainted(tx, ctx, w->user, w->others, w->n_others, w->found, &w->n_found);
}

Err group_filter_acquainted(GroupService *svc, Ctx *ctx, const FilterAcquaintedRequest *req,
                            FilterAcquaintedResponse *out)
{
    AcquaintedWork work = { 0 };
    Err err = request_id(ctx, "user_id", req->user_id, &work.user);
    if (!err)
        err = group_ids_check(ctx, "other_ids", req->other_ids, req->n_other_ids,
                              FILTER_ACQUAINTED_REQUEST__OTHER_IDS__MAX_ITEMS, work.user, &work.others, &work.n_others);
    if (err) return err;
    work.found = arena_new_array(ctx->arena, Id, work.n_others + 1);
    err = db_read(svc->db, ctx, acquainted_in_tx, &work);
    if (err) return err;

    out->user_ids = arena_new_array(ctx->arena, char *, work.n_found + 1);
    out->n_user_ids = work.n_found;
    for (size_t i = 0; i < work.n_found; i++) out->user_ids[i] = id_text(ctx->arena, work.found[i]);
    return OK;
}
