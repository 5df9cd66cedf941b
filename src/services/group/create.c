/* Creating conversations: a group, or the single direct conversation of a pair, or of a user with themselves. */
#include "services/group/events.h"
#include "services/group/service.h"
#include "services/group/view.h"

typedef struct CreateWork {
    /* the request; constant, since a transaction may run twice */
    GroupService *svc;
    Id creator, client_id;
    ConversationRow row;
    int64_t request_hash;
    MemberRow *members;
    size_t n_members;
    /* the result */
    ConversationRow result;
    bool existed;
    Id *refused;
    size_t n_refused;
} CreateWork;

/* Repeats the list of refused users for a repeated request. */
static Err find_refused(CreateWork *w, Tx *tx, Ctx *ctx)
{
    w->refused = arena_new_array(ctx->arena, Id, w->n_members + 1);
    w->n_refused = 0;
    for (size_t i = 0; w->row.kind == CONVERSATION_KIND__GROUP && i < w->n_members; i++) {
        MemberRow member;
        Err err = group_store_find_member(tx, ctx, w->result.id, w->members[i].user, &member);
        if (err && err != ERR_NOT_FOUND) return err;
        if (err) w->refused[w->n_refused++] = w->members[i].user;
    }
    return OK;
}

/* The conversation that this request has already created. ERR_NOT_FOUND if there is none, ERR_CONFLICT if its client_id
 * was used for a different one. */
static Err find_earlier(Tx *tx, Ctx *ctx, void *arg)
{
    CreateWork *w = arg;
    Id id;
    int64_t request_hash = w->request_hash;
    Err err = w->row.kind == CONVERSATION_KIND__DIRECT
                  ? group_store_find_direct(tx, ctx, w->row.direct_low, w->row.direct_high, &id)
                  : group_store_find_by_client_id(tx, ctx, w->creator, w->client_id, &id, &request_hash);
    if (err) return err;
    if (request_hash != w->request_hash)
        return ctx_fail(ctx, ERR_CONFLICT, "client_id: used before, with another request");

    err = group_store_conversation(tx, ctx, id, w->creator, &w->result);
    if (err) return err;
    if (w->result.role == MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED)
        return ctx_fail(ctx, ERR_CONFLICT, "client_id: used before, for a conversation that you have left");
    w->existed = true;
    return find_refused(w, tx, ctx);
}

static Err create_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    CreateWork *w = arg;
    bool added;
    Err err = group_store_add_conversation(tx, ctx, &w->row, w->client_id, w->request_hash, &added);
    if (err) return err;
    if (!added) return find_earlier(tx, ctx, w); /* a concurrent request was faster */

    Admission admission = { .svc = w->svc,
                            .conversation = w->row.id,
                            .kind = w->row.kind,
                            .adder = w->creator,
                            .people = w->members,
                            .n_people = w->n_members };
    err = group_admit(&admission, tx, ctx);
    if (err) return err;
    if (w->row.kind == CONVERSATION_KIND__DIRECT && admission.n_refused)
        return ctx_fail(ctx, ERR_PRECONDITION, "member_ids: you cannot begin a conversation with this person now");

    w->refused = admission.refused;
    w->n_refused = admission.n_refused;
    w->result = w->row;
    w->result.member_count -= (uint32_t)admission.n_refused;
    w->existed = false;
    if (admission.n_refused) err = group_store_add_to_count(tx, ctx, w->row.id, -(int64_t)admission.n_refused);
    if (err) return err;
    return group_event_created(w->svc->outbox, tx, ctx, &w->result, admission.admitted, admission.n_admitted);
}

/* Includes the creator, sorted by id: concurrent transactions lock the rows of users in the same order. */
static void set_members(Ctx *ctx, CreateWork *w, const Id *others, size_t n_others)
{
    w->n_members = n_others + 1;
    w->members = arena_new_array(ctx->arena, MemberRow, w->n_members);
    size_t before = 0;
    while (before < n_others && id_cmp(others[before], w->creator) < 0) before++;
    for (size_t i = 0; i < w->n_members; i++) {
        MemberRow *member = &w->members[i];
        member->user = i == before ? w->creator : others[i < before ? i : i - 1];
        member->role = i == before ? w->row.role : MEMBER_ROLE__MEMBER;
        member->joined_at_ms = ctx->now_ms;
    }
    w->row.member_count = (uint32_t)w->n_members;
}

/* A request with only the caller's own id selects the conversation with oneself. */
static Err prepare_direct(Ctx *ctx, CreateWork *w, const CreateConversationRequest *req, const Id *others,
                          size_t n_others)
{
    if (n_others > 1 || req->n_member_ids == 0)
        return ctx_fail(ctx, ERR_INVALID, "member_ids: exactly one user for a direct conversation");
    Id peer = n_others ? others[0] : w->creator;
    w->row.title = w->row.description = STR("");
    w->row.role = MEMBER_ROLE__MEMBER;
    w->client_id = ID_NONE; /* the pair identifies the conversation */
    bool creator_first = id_cmp(w->creator, peer) < 0;
    w->row.direct_low = creator_first ? w->creator : peer;
    w->row.direct_high = creator_first ? peer : w->creator;
    return OK;
}

static Err prepare_group(Ctx *ctx, CreateWork *w, const CreateConversationRequest *req, const Id *others,
                         size_t n_others)
{
    Err err = group_title_check(ctx, req->title, &w->row.title);
    if (!err) err = group_description_check(ctx, req->description, &w->row.description);
    if (err) return err;
    if (n_others >= w->svc->config.members_per_group_max)
        return ctx_fail(ctx, ERR_PRECONDITION, "a group has at most %u members", w->svc->config.members_per_group_max);
    w->row.role = MEMBER_ROLE__OWNER;
    w->request_hash = group_request_hash(w->row.title, w->row.description, others, n_others);
    return OK;
}

static Err prepare(Ctx *ctx, CreateWork *w, const CreateConversationRequest *req, Id **out_others, size_t *out_n)
{
    Err err = request_user(ctx, &w->creator);
    if (!err && *req->client_id) err = request_client_id(ctx, req->client_id, &w->client_id);
    if (!err)
        err = group_ids_check(ctx, "member_ids", req->member_ids, req->n_member_ids,
                              w->svc->config.members_per_call_max, w->creator, out_others, out_n);
    if (err) return err;

    w->row.id = id_new(ctx->now_ms);
    w->row.kind = req->kind;
    w->row.created_by = w->creator;
    w->row.created_at_ms = ctx->now_ms;
    switch (req->kind) {
    case CONVERSATION_KIND__DIRECT: err = prepare_direct(ctx, w, req, *out_others, *out_n); break;
    case CONVERSATION_KIND__GROUP: err = prepare_group(ctx, w, req, *out_others, *out_n); break;
    default: err = ctx_fail(ctx, ERR_INVALID, "kind: DIRECT or GROUP");
    }
    if (!err) set_members(ctx, w, *out_others, *out_n);
    return err;
}

Err group_create_conversation(GroupService *svc, Ctx *ctx, const CreateConversationRequest *req,
                              CreateConversationResponse *out)
{
    CreateWork work = { .svc = svc };
    Id *others;
    size_t n_others;
    Err err = prepare(ctx, &work, req, &others, &n_others);
    if (err) return err;

    /* Most requests for a direct conversation find it; and a retry must succeed without asking auth. */
    bool may_exist = req->kind == CONVERSATION_KIND__DIRECT || !id_is_none(work.client_id);
    err = may_exist ? db_read(svc->db, ctx, find_earlier, &work) : ERR_NOT_FOUND;
    if (err == ERR_NOT_FOUND) {
        err = group_users_check(svc, ctx, "member_ids", others, n_others);
        if (!err) err = db_write(svc->db, ctx, create_in_tx, &work);
        if (!err && !work.existed) {
            group_forget(svc, ctx, work.result.id, &work.creator, 1);
            group_forget(svc, ctx, work.result.id, others, n_others);
        }
    }
    if (err) return err;

    out->conversation = group_view_conversation(ctx->arena, &work.result);
    out->existed = work.existed;
    out->n_refused_user_ids = work.n_refused;
    out->refused_user_ids = group_refused_texts(ctx, work.refused, work.n_refused);
    return OK;
}
