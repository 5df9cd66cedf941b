/* Changing and deleting a conversation. */
#include "services/group/events.h"
#include "services/group/service.h"
#include "services/group/view.h"

typedef struct ChangeWork {
    GroupService *svc;
    Id conversation, caller;
    const UpdateConversationRequest *req;
    ConversationRow row;
    Id *members;
    size_t n_members;
} ChangeWork;

static Err update_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ChangeWork *w = arg;
    Err err = group_enter(tx, ctx, w->conversation, w->caller, ACTION_EDIT_INFO, &w->row);
    if (err) return err;

    Str title = w->row.title, description = w->row.description;
    if (w->req->_title_case) err = group_title_check(ctx, w->req->title, &title);
    if (!err && w->req->_description_case) err = group_description_check(ctx, w->req->description, &description);
    if (err) return err;
    if (str_eq(title, w->row.title) && str_eq(description, w->row.description)) return OK;

    w->row.title = title;
    w->row.description = description;
    err = group_store_update(tx, ctx, &w->row);
    if (err) return err;
    return group_event_updated(w->svc->outbox, tx, ctx, &w->row);
}

Err group_update_conversation(GroupService *svc, Ctx *ctx, const UpdateConversationRequest *req,
                              UpdateConversationResponse *out)
{
    ChangeWork work = { .svc = svc, .req = req };
    Err err = request_user(ctx, &work.caller);
    if (!err) err = request_id(ctx, "id", req->id, &work.conversation);
    if (!err) err = db_write(svc->db, ctx, update_in_tx, &work);
    if (err) return err;
    out->conversation = group_view_conversation(ctx->arena, &work.row);
    return OK;
}

Err group_dissolve(GroupService *svc, Tx *tx, Ctx *ctx, const ConversationRow *row, Id **out_members, size_t *out_n)
{
    uint32_t n;
    MemberRow *rows = arena_new_array(ctx->arena, MemberRow, row->member_count + 1);
    Err err = group_store_members(tx, ctx, row->id, ID_NONE, row->member_count, rows, &n);
    if (err) return err;
    Id *members = arena_new_array(ctx->arena, Id, n + 1);
    for (uint32_t i = 0; i < n; i++) members[i] = rows[i].user;

    err = group_store_remove(tx, ctx, row->id);
    if (err) return err;
    *out_members = members;
    *out_n = n;
    return group_event_deleted(svc->outbox, tx, ctx, row->id, members, n);
}

static Err delete_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ChangeWork *w = arg;
    Err err = group_enter(tx, ctx, w->conversation, w->caller, ACTION_DELETE_CONVERSATION, &w->row);
    if (err) return err;
    return group_dissolve(w->svc, tx, ctx, &w->row, &w->members, &w->n_members);
}

Err group_delete_conversation(GroupService *svc, Ctx *ctx, const DeleteConversationRequest *req,
                              DeleteConversationResponse *out)
{
    ChangeWork work = { .svc = svc };
    Err err = request_user(ctx, &work.caller);
    if (!err) err = request_id(ctx, "id", req->id, &work.conversation);
    if (!err) err = db_write(svc->db, ctx, delete_in_tx, &work);
    if (err) return err;
    group_forget(svc, ctx, work.conversation, work.members, work.n_members);
    return OK;
}
