/* Records group's events in the log. Every event is applied once: its first entry carries the event's id as client_id
 * of the system sender, so the index that makes sends idempotent covers events too. */
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "services/message/events.h"

#define REMOVE_AT_ONCE 1000 /* entries of a deleted conversation per transaction, so that others can write in between */

const char *const message_topics[] = {
    "conversation.created",
    "conversation.updated",
    "conversation.deleted",
    "member.added",
    "member.removed",
    "member.updated",
    NULL,
};

typedef struct ApplyWork {
    MessageService *svc;
    const Envelope *event;
    Id event_id;
    Participant participant; /* of no user */
    LogEntry *entries;
    size_t n_entries;
    Member **members; /* who joined, left, or changed role */
    Id *users;        /* the same */
    size_t n_members;
    EntryKind change; /* what they did */
} ApplyWork;

static void add_entry(ApplyWork *w, Ctx *ctx, EntryKind kind, const ChangeData *data)
{
    w->entries[w->n_entries] = (LogEntry){
        .conversation = w->participant.conversation,
        .kind = kind,
        .id = id_new(ctx->now_ms),
        .sender = system_sender,
        .client_id = w->n_entries == 0 ? w->event_id : ID_NONE,
        .created_at_ms = w->event->at_ms,
        .payload = message_pack(ctx->arena, &data->base),
    };
    w->n_entries++;
}

static void add_conversation_entry(ApplyWork *w, Ctx *ctx, EntryKind kind, const Conversation *conversation)
{
    ConversationChange change = CONVERSATION_CHANGE__INIT;
    change.title = conversation->title;
    change.description = conversation->description;
    change.actor_id = w->event->actor_id;
    ChangeData data = CHANGE_DATA__INIT;
    data.kind_case = CHANGE_DATA__KIND_CONVERSATION;
    data.conversation = &change;
    add_entry(w, ctx, kind, &data);
}

static void add_member_entry(ApplyWork *w, Ctx *ctx, EntryKind kind, const Member *member, uint32_t since_seq)
{
    MemberChange change = MEMBER_CHANGE__INIT;
    change.user_id = member->user_id;
    change.role = member->role;
    change.actor_id = w->event->actor_id;
    change.since_seq = since_seq;
    ChangeData data = CHANGE_DATA__INIT;
    data.kind_case = CHANGE_DATA__KIND_MEMBER;
    data.member = &change;
    add_entry(w, ctx, kind, &data);
}

/* *out_applied: false if the conversation is deleted, or the event was applied before. */
static Err append_entries(ApplyWork *w, Tx *tx, Ctx *ctx, bool *out_applied)
{
    *out_applied = false;
    for (size_t i = 0; i < w->n_entries; i++) {
        LogEntry stored;
        bool repeated;
        Err err = message_store_append(tx, ctx, &w->entries[i], &stored, &repeated);
        if (err == ERR_NOT_FOUND || repeated) return OK;
        if (err) return err;
        err = message_event_change(w->svc, tx, ctx, &stored, w->event->actor_id);
        if (err) return err;
    }
    *out_applied = true;
    return OK;
}

static Err apply_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    bool applied;
    return append_entries(arg, tx, ctx, &applied);
}

static Err begin_or_end_read(const ApplyWork *w, Tx *tx, Ctx *ctx, Id user, uint32_t since_seq)
{
    Id conversation = w->participant.conversation;
    if (since_seq) return message_store_begin_read(tx, ctx, conversation, user, since_seq);
    return w->change == ENTRY_MEMBER_REMOVED ? message_store_remove_read(tx, ctx, conversation, user) : OK;
}

/* The log may be ahead of group's event: messages written since the members joined are unread to them. */
static Err apply_membership_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ApplyWork *w = arg;
    bool comes = w->change == ENTRY_MEMBER_ADDED, applied;
    uint32_t since_seq = 0;
    Err err = comes ? message_store_newest_at(tx, ctx, w->participant.conversation, w->event->at_ms, &since_seq) : OK;
    if (err) return err;

    w->n_entries = 0;
    for (size_t i = 0; i < w->n_members; i++) add_member_entry(w, ctx, w->change, w->members[i], since_seq);
    err = append_entries(w, tx, ctx, &applied);
    for (size_t i = 0; !err && applied && i < w->n_members; i++)
        err = begin_or_end_read(w, tx, ctx, w->users[i], since_seq);
    return err;
}

ON_WORKER static Err apply(ApplyWork *w, Ctx *ctx, DbFn write)
{
    Err err = db_write(w->svc->db, ctx, write, w);
    /* Another process is applying the same event; the redelivery will find it applied. */
    if (err == ERR_CONFLICT) return ctx_fail(ctx, ERR_UNAVAILABLE, "the event is being applied elsewhere");
    return err;
}

ON_WORKER static Err on_created(ApplyWork *w, Ctx *ctx, const ConversationCreated *created)
{
    if (!created->conversation) return ctx_fail(ctx, ERR_INVALID, "conversation.created without a conversation");
    w->entries = arena_new_array(ctx->arena, LogEntry, created->n_members + 1);
    add_conversation_entry(w, ctx, ENTRY_CONVERSATION_CREATED, created->conversation);
    /* Who belongs to a direct conversation is clear; and that a creator takes part in what they create. */
    bool is_group = created->conversation->kind == CONVERSATION_KIND__GROUP;
    for (size_t i = 0; is_group && i < created->n_members; i++) {
        bool is_creator = str_eq(str_of(created->members[i]->user_id), str_of(created->conversation->created_by));
        if (!is_creator) add_member_entry(w, ctx, ENTRY_MEMBER_ADDED, created->members[i], 0);
    }
    return apply(w, ctx, apply_in_tx);
}

ON_WORKER static Err on_updated(ApplyWork *w, Ctx *ctx, const ConversationUpdated *updated)
{
    if (!updated->conversation) return ctx_fail(ctx, ERR_INVALID, "conversation.updated without a conversation");
    w->entries = arena_new_of(ctx->arena, LogEntry);
    add_conversation_entry(w, ctx, ENTRY_CONVERSATION_UPDATED, updated->conversation);
    return apply(w, ctx, apply_in_tx);
}

static Err read_members(ApplyWork *w, Ctx *ctx, MembershipChanged *changed)
{
    w->members = changed->member ? &changed->member : changed->members;
    w->n_members = changed->member ? 1 : changed->n_members;
    w->users = arena_new_array(ctx->arena, Id, w->n_members + 1);
    for (size_t i = 0; i < w->n_members; i++)
        if (!id_parse(str_of(w->members[i]->user_id), &w->users[i]))
            return ctx_fail(ctx, ERR_INVALID, "a membership event of somebody without an id");
    return w->n_members ? OK : ctx_fail(ctx, ERR_INVALID, "a membership event without a member");
}

ON_WORKER static Err on_membership(ApplyWork *w, Ctx *ctx, MembershipChanged *changed)
{
    Err err = read_members(w, ctx, changed);
    if (err) return err;
    if (!entry_kind_of_member_change(changed->change, &w->change))
        return ctx_fail(ctx, ERR_INVALID, "a membership event with an unknown change");

    /* Group has already deleted it; this covers the case that the cache was down at that moment. */
    Participant participant = w->participant;
    for (size_t i = 0; i < w->n_members; i++) {
        participant.user = w->users[i];
        message_forget_member(w->svc, ctx, participant);
    }
    w->entries = arena_new_array(ctx->arena, LogEntry, w->n_members);
    return apply(w, ctx, apply_membership_in_tx);
}

typedef struct RemoveWork {
    Id conversation;
    int64_t removed;
} RemoveWork;

static Err close_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    RemoveWork *w = arg;
    return message_store_close(tx, ctx, w->conversation);
}

static Err remove_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    RemoveWork *w = arg;
    return message_store_remove_entries(tx, ctx, w->conversation, REMOVE_AT_ONCE, &w->removed);
}

ON_WORKER static Err on_deleted(ApplyWork *apply_work, Ctx *ctx, const ConversationDeleted *deleted)
{
    Participant member = apply_work->participant;
    for (size_t i = 0; i < deleted->n_member_ids; i++)
        if (id_parse(str_of(deleted->member_ids[i]), &member.user)) message_forget_member(apply_work->svc, ctx, member);

    RemoveWork work = { .conversation = apply_work->participant.conversation };
    Err err = db_write(apply_work->svc->db, ctx, close_in_tx, &work);
    while (!err) {
        err = db_write(apply_work->svc->db, ctx, remove_in_tx, &work);
        if (work.removed == 0) break;
    }
    return err;
}

Err message_on_event(void *svc, Ctx *ctx, Str payload)
{
    ApplyWork work = { .svc = svc };
    const Envelope *event = event_unpack(ctx->arena, payload);
    work.event = event;
    if (!event || !id_parse(str_of(event->id), &work.event_id) ||
        !id_parse(str_of(event->conversation_id), &work.participant.conversation))
        return ctx_fail(ctx, ERR_INVALID, "not an event of a conversation");

    switch (event->data_case) {
    case ENVELOPE__DATA_CONVERSATION_CREATED: return on_created(&work, ctx, event->conversation_created);
    case ENVELOPE__DATA_CONVERSATION_UPDATED: return on_updated(&work, ctx, event->conversation_updated);
    case ENVELOPE__DATA_CONVERSATION_DELETED: return on_deleted(&work, ctx, event->conversation_deleted);
    case ENVELOPE__DATA_MEMBERSHIP_CHANGED: return on_membership(&work, ctx, event->membership_changed);
    default: return OK; /* not recorded in the log */
    }
}
