/* Adding and removing members, and changing roles. */
#include "auth_client.h"
#include "base/map.h"
#include "services/group/events.h"
#include "services/group/service.h"
#include "services/group/view.h"

Err group_users_check(GroupService *svc, Ctx *ctx, const char *field, const Id *users, size_t n_users)
{
    if (n_users == 0) return OK;
    ResolveUsersRequest request = RESOLVE_USERS_REQUEST__INIT;
    ResolveUsersResponse response = RESOLVE_USERS_RESPONSE__INIT;
    request.n_ids = n_users;
    request.ids = arena_new_array(ctx->arena, char *, n_users);
    for (size_t i = 0; i < n_users; i++) request.ids[i] = id_text(ctx->arena, users[i]);

    Err err = auth_client_resolve_users(svc->auth, ctx, &request, &response);
    if (err) return err;

    _cleanup_(map_done) Map found = { 0 };
    for (size_t i = 0; i < response.n_users; i++) map_put(&found, str_of(response.users[i]->id), response.users[i]);
    for (size_t i = 0; i < n_users; i++)
        if (!map_get(&found, str_of(request.ids[i])))
            return ctx_fail(ctx, ERR_NOT_FOUND, "%s: there is no user %s", field, request.ids[i]);
    return OK;
}

typedef struct AddWork {
    GroupService *svc;
    Id conversation, caller;
    MemberRow *people;
    size_t n_people;
    Admission admission; /* the result */
} AddWork;

static Err may_add_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    AddWork *w = arg;
    ConversationRow row;
    Err err = group_store_conversation(tx, ctx, w->conversation, w->caller, &row);
    if (err) return err;
    return group_allow(ctx, &row, w->caller, ACTION_ADD_MEMBER);
}

static Err add_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    AddWork *w = arg;
    ConversationRow row;
    Err err = group_enter(tx, ctx, w->conversation, w->caller, ACTION_ADD_MEMBER, &row);
    if (err) return err;

    w->admission = (Admission){ .svc = w->svc,
                                .conversation = row.id,
                                .kind = row.kind,
                                .adder = w->caller,
                                .people = w->people,
                                .n_people = w->n_people };
    err = group_admit(&w->admission, tx, ctx);
    if (err) return err;
    const Admission *done = &w->admission;
    if (row.member_count + done->n_admitted > w->svc->config.members_per_group_max)
        return ctx_fail(ctx, ERR_PRECONDITION, "a group has at most %u members", w->svc->config.members_per_group_max);
    err = group_event_came(w->svc->outbox, tx, ctx, row.id, done->admitted, done->n_admitted);
    return err ? err : group_store_add_to_count(tx, ctx, row.id, (int64_t)done->n_admitted);
}

static void set_people(AddWork *w, Ctx *ctx, const Id *users, size_t n_users)
{
    w->n_people = n_users;
    w->people = arena_new_array(ctx->arena, MemberRow, n_users + 1);
    for (size_t i = 0; i < n_users; i++)
        w->people[i] = (MemberRow){ .user = users[i], .role = MEMBER_ROLE__MEMBER, .joined_at_ms = ctx->now_ms };
}

Err group_add_members(GroupService *svc, Ctx *ctx, const AddMembersRequest *req, AddMembersResponse *out)
{
    AddWork work = { .svc = svc };
    Id *users;
    size_t n_users;
    Err err = request_user(ctx, &work.caller);
    if (!err) err = request_id(ctx, "id", req->id, &work.conversation);
    if (!err && req->n_user_ids == 0) err = ctx_fail(ctx, ERR_INVALID, "user_ids: empty");
    if (!err)
        err = group_ids_check(ctx, "user_ids", req->user_ids, req->n_user_ids, svc->config.members_per_call_max,
                              work.caller, &users, &n_users);
    /* Before auth is asked: callers who may not add people here must not learn whether users exist. */
    if (!err) err = db_read(svc->db, ctx, may_add_in_tx, &work);
    if (!err) err = group_users_check(svc, ctx, "user_ids", users, n_users);
    if (err) return err;

    set_people(&work, ctx, users, n_users);
    err = db_write(svc->db, ctx, add_in_tx, &work);
    if (err) return err;
    group_forget(svc, ctx, work.conversation, users, n_users);
    out->n_members = work.admission.n_admitted;
    out->members = group_view_members(ctx->arena, work.admission.admitted, out->n_members);
    out->n_refused_user_ids = work.admission.n_refused;
    out->refused_user_ids = group_refused_texts(ctx, work.admission.refused, out->n_refused_user_ids);
    return OK;
}

typedef struct AcceptWork {
    GroupService *svc;
    Id conversation, user;
    StandingRow standing;
    bool changed;
} AcceptWork;

/* Accepting a conversation also answers its adder. */
static Err accept_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    AcceptWork *w = arg;
    uint32_t max = w->svc->config.conversations_per_user_max;
    bool counted;
    Id added_by;
    Err err = group_store_lock(tx, ctx, w->conversation);
    if (!err) err = group_store_standing(tx, ctx, w->conversation, w->user, &w->standing);
    if (err) return err;
    Subject member = { .user = w->user, .role = w->standing.role };
    Object conversation = { .kind = w->standing.kind };
    err = authorize(ctx, &member, ACTION_READ, &conversation);
    if (!err) err = group_store_accept(tx, ctx, w->conversation, w->user, &w->changed, &added_by);
    if (err || !w->changed) return err;

    err = group_store_count_accepted(tx, ctx, w->user, max, &counted);
    if (err) return err;
    if (!counted)
        return ctx_fail(ctx, ERR_PRECONDITION, "you belong to %u conversations: leave one to take part here", max);
    return id_is_none(added_by) ? OK : group_store_forget_unanswered(tx, ctx, added_by, w->user);
}

Err group_accept_membership(GroupService *svc, Ctx *ctx, const AcceptMembershipRequest *req,
                            AcceptMembershipResponse *out)
{
    AcceptWork work = { .svc = svc };
    Err err = request_id(ctx, "conversation_id", req->conversation_id, &work.conversation);
    if (!err) err = request_id(ctx, "user_id", req->user_id, &work.user);
    if (!err) err = db_write(svc->db, ctx, accept_in_tx, &work);
    if (!err && work.changed) group_forget(svc, ctx, work.conversation, &work.user, 1);
    return err;
}

typedef struct MemberWork {
    GroupService *svc;
    Id conversation, caller, user;
    MemberRole role;
    MemberRow member;
    /* Members whose cached standing is stale after the commit. */
    Id *touched;
    size_t n_touched;
} MemberWork;

static void touch(Ctx *ctx, MemberWork *w, Id a, Id b)
{
    w->touched = arena_new_array(ctx->arena, Id, 2);
    w->touched[0] = a;
    w->touched[1] = b;
    w->n_touched = 2;
}

Err group_set_role(GroupService *svc, Tx *tx, Ctx *ctx, Id conversation, MemberRow *member, MemberRole role)
{
    member->role = role;
    Err err = group_store_set_role(tx, ctx, conversation, member->user, role);
    if (err) return err;
    return group_event_member(svc->outbox, tx, ctx, conversation, member, GROUP_MEMBER_UPDATED);
}

static Err change_role(MemberWork *w, Tx *tx, Ctx *ctx, MemberRow *member, MemberRole role)
{
    return group_set_role(w->svc, tx, ctx, w->conversation, member, role);
}

static Err remove_one(MemberWork *w, Tx *tx, Ctx *ctx, MemberRow *member)
{
    Err err = group_store_remove_member(tx, ctx, w->conversation, member->user);
    if (err) return err;
    member->role = MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED;
    return group_event_member(w->svc->outbox, tx, ctx, w->conversation, member, GROUP_MEMBER_REMOVED);
}

static Err leave_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    MemberWork *w = arg;
    ConversationRow row;
    Err err = group_enter(tx, ctx, w->conversation, w->caller, ACTION_LEAVE, &row);
    if (err) return err;
    if (row.member_count <= 1) return group_dissolve(w->svc, tx, ctx, &row, &w->touched, &w->n_touched);

    touch(ctx, w, w->caller, w->caller);
    MemberRow leaving;
    err = group_store_add_departure(tx, ctx, w->conversation, w->caller);
    if (!err) err = group_store_find_member(tx, ctx, w->conversation, w->caller, &leaving);
    if (err) return err;
    if (row.role == MEMBER_ROLE__OWNER) {
        MemberRow heir;
        bool closed;
        err = group_store_find_heir(tx, ctx, w->conversation, w->caller, &heir, &closed);
        if (!err) err = change_role(w, tx, ctx, &heir, MEMBER_ROLE__OWNER);
        if (err) return err;
        touch(ctx, w, w->caller, heir.user);
    }
    return remove_one(w, tx, ctx, &leaving);
}

static Err remove_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    MemberWork *w = arg;
    ConversationRow row;
    MemberRow member;
    Err err = group_enter(tx, ctx, w->conversation, w->caller, ACTION_REMOVE_MEMBER, &row);
    if (err) return err;
    err = group_store_find_member(tx, ctx, w->conversation, w->user, &member);
    if (err == ERR_NOT_FOUND) return ctx_fail(ctx, err, "user_id: does not belong to this conversation");
    if (err) return err;
    Subject caller = { .user = w->caller, .role = row.role };
    Object removed = { .kind = row.kind, .member = member.role };
    err = authorize(ctx, &caller, ACTION_REMOVE_MEMBER, &removed);
    if (err) return err;
    touch(ctx, w, w->user, w->user);
    return remove_one(w, tx, ctx, &member);
}

Err group_remove_member(GroupService *svc, Ctx *ctx, const RemoveMemberRequest *req, RemoveMemberResponse *out)
{
    MemberWork work = { .svc = svc };
    Err err = request_user(ctx, &work.caller);
    if (!err) err = request_id(ctx, "id", req->id, &work.conversation);
    if (!err) err = request_id(ctx, "user_id", req->user_id, &work.user);
    if (err) return err;

    bool leaves = id_eq(work.user, work.caller);
    err = db_write(svc->db, ctx, leaves ? leave_in_tx : remove_in_tx, &work);
    if (err) return err;
    group_forget(svc, ctx, work.conversation, work.touched, work.n_touched);
    return OK;
}

/* A closed account cannot manage a group, so it must not become the owner. */
static Err open_check(Tx *tx, Ctx *ctx, Id user)
{
    bool closed;
    Err err = group_store_is_closed(tx, ctx, user, &closed);
    if (err) return err;
    return closed ? ctx_fail(ctx, ERR_PRECONDITION, "user_id: this account is closed") : OK;
}

static Err update_member_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    MemberWork *w = arg;
    ConversationRow row;
    Err err = group_enter(tx, ctx, w->conversation, w->caller, ACTION_SET_ROLE, &row);
    if (err) return err;
    err = group_store_find_member(tx, ctx, w->conversation, w->user, &w->member);
    if (err == ERR_NOT_FOUND) return ctx_fail(ctx, err, "user_id: does not belong to this conversation");
    if (err) return err;

    touch(ctx, w, w->user, w->caller);
    if (w->member.role == w->role) return OK;
    if (id_eq(w->user, w->caller))
        return ctx_fail(ctx, ERR_PRECONDITION, "a group has an owner: make somebody else the owner instead");
    if (w->role == MEMBER_ROLE__OWNER) err = open_check(tx, ctx, w->user);
    if (!err) err = group_allowance_charge(w->svc, tx, ctx, w->caller, 1); /* it notifies the member */
    if (err) return err;

    /* The heir first, then the previous owner: readers of the log never see a group without an owner. */
    err = change_role(w, tx, ctx, &w->member, w->role);
    if (err || w->role != MEMBER_ROLE__OWNER) return err;
    MemberRow caller;
    err = group_store_find_member(tx, ctx, w->conversation, w->caller, &caller);
    if (err) return err;
    return change_role(w, tx, ctx, &caller, MEMBER_ROLE__ADMIN_MEMBER);
}

Err group_update_member(GroupService *svc, Ctx *ctx, const UpdateMemberRequest *req, UpdateMemberResponse *out)
{
    MemberWork work = { .svc = svc, .role = req->role };
    Err err = request_user(ctx, &work.caller);
    if (!err) err = request_id(ctx, "id", req->id, &work.conversation);
    if (!err) err = request_id(ctx, "user_id", req->user_id, &work.user);
    if (!err) err = group_role_check(ctx, req->role);
    if (!err) err = db_write(svc->db, ctx, update_member_in_tx, &work);
    if (err) return err;
    group_forget(svc, ctx, work.conversation, work.touched, work.n_touched);
    out->member = group_view_member(ctx->arena, &work.member);
    return OK;
}
