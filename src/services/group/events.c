/* Events published by group. */
#include "services/group/events.h"

#include "base/limits.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "services/group/view.h"

#define LIVE_TOPICS_MAX 4 /* per outbox row */

static Str pack_membership(Ctx *ctx, Id conversation, Id user, MembershipChanged *data, ConversationKind kind,
                           const char *change)
{
    data->kind = kind;
    data->change = str_cstr(ctx->arena, str_of(change));
    Envelope *event = event_new(ctx, conversation, user);
    event->data_case = ENVELOPE__DATA_MEMBERSHIP_CHANGED;
    event->membership_changed = data;
    return message_pack(ctx->arena, &event->base);
}

static Str membership_event(Ctx *ctx, Id conversation, ConversationKind kind, const MemberRow *member,
                            const char *change)
{
    MembershipChanged data = MEMBERSHIP_CHANGED__INIT;
    data.member = group_view_member(ctx->arena, member);
    return pack_membership(ctx, conversation, member->user, &data, kind, change);
}

/* A single member is encoded in the original form, for older consumers. */
static Str came_event(Ctx *ctx, Id conversation, const MemberRow *members, size_t n_members)
{
    MembershipChanged data = MEMBERSHIP_CHANGED__INIT;
    if (n_members == 1)
        return membership_event(ctx, conversation, CONVERSATION_KIND__GROUP, members, GROUP_MEMBER_ADDED);
    data.n_members = n_members;
    data.members = group_view_members(ctx->arena, members, n_members);
    return pack_membership(ctx, conversation, ID_NONE, &data, CONVERSATION_KIND__GROUP, GROUP_MEMBER_ADDED);
}

Err group_event_created(Outbox *outbox, Tx *tx, Ctx *ctx, const ConversationRow *row, const MemberRow *members,
                        size_t n_members)
{
    ConversationCreated *data = arena_new_of(ctx->arena, ConversationCreated);
    conversation_created__init(data);
    data->conversation = group_view_conversation(ctx->arena, row);
    data->conversation->role = MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED;
    data->n_members = n_members;
    data->members = group_view_members(ctx->arena, members, n_members);

    Envelope *event = event_new(ctx, row->id, ID_NONE);
    event->data_case = ENVELOPE__DATA_CONVERSATION_CREATED;
    event->conversation_created = data;
    /* It has no live viewers yet. */
    Err err = outbox_add(outbox, tx, ctx, "conversation.created", NULL, message_pack(ctx->arena, &event->base));

    /* On the bus the first members are part of the event above; live, each one's gateways are notified. */
    for (size_t i = 0; i < n_members && !err; i++) {
        const char *topics[] = { topic_user(ctx->arena, members[i].user), NULL };
        err = outbox_add(outbox, tx, ctx, "", topics,
                         membership_event(ctx, row->id, row->kind, &members[i], GROUP_MEMBER_ADDED));
    }
    return err;
}

Err group_event_updated(Outbox *outbox, Tx *tx, Ctx *ctx, const ConversationRow *row)
{
    ConversationUpdated *data = arena_new_of(ctx->arena, ConversationUpdated);
    conversation_updated__init(data);
    data->conversation = group_view_conversation(ctx->arena, row);
    data->conversation->role = MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED;

    Envelope *event = event_new(ctx, row->id, ID_NONE);
    event->data_case = ENVELOPE__DATA_CONVERSATION_UPDATED;
    event->conversation_updated = data;
    const char *topics[] = { topic_conversation(ctx->arena, row->id), NULL };
    return outbox_add(outbox, tx, ctx, "conversation.updated", topics, message_pack(ctx->arena, &event->base));
}

static Str deleted_event(Ctx *ctx, Id conversation, const Id *members, size_t n_members)
{
    ConversationDeleted *data = arena_new_of(ctx->arena, ConversationDeleted);
    conversation_deleted__init(data);
    data->n_member_ids = n_members;
    data->member_ids = arena_new_array(ctx->arena, char *, n_members + 1);
    for (size_t i = 0; i < n_members; i++) data->member_ids[i] = id_text(ctx->arena, members[i]);

    Envelope *event = event_new(ctx, conversation, ID_NONE);
    event->data_case = ENVELOPE__DATA_CONVERSATION_DELETED;
    event->conversation_deleted = data;
    return message_pack(ctx->arena, &event->base);
}

Err group_event_deleted(Outbox *outbox, Tx *tx, Ctx *ctx, Id conversation, const Id *members, size_t n_members)
{
    const char *watchers[] = { topic_conversation(ctx->arena, conversation), NULL };
    Err err = outbox_add(outbox, tx, ctx, "conversation.deleted", watchers,
                         deleted_event(ctx, conversation, members, n_members));

    /* The members' gateways, a few per row; each row names only its recipients, or every member of a large group would
     * receive thousands of names. */
    for (size_t first = 0; first < n_members && !err; first += LIVE_TOPICS_MAX) {
        const char *topics[LIVE_TOPICS_MAX + 1] = { NULL };
        size_t n = n_members - first < LIVE_TOPICS_MAX ? n_members - first : LIVE_TOPICS_MAX;
        for (size_t i = 0; i < n; i++) topics[i] = topic_user(ctx->arena, members[first + i]);
        err = outbox_add(outbox, tx, ctx, "", topics, deleted_event(ctx, conversation, &members[first], n));
    }
    return err;
}

static Err tell_live(Outbox *outbox, Tx *tx, Ctx *ctx, const char *bus_topic, Id conversation, const MemberRow *member,
                     const char *change)
{
    const char *topics[] = {
        topic_user(ctx->arena, member->user),
        topic_conversation(ctx->arena, conversation),
        NULL,
    };
    return outbox_add(outbox, tx, ctx, bus_topic, topics,
                      membership_event(ctx, conversation, CONVERSATION_KIND__GROUP, member, change));
}

Err group_event_came(Outbox *outbox, Tx *tx, Ctx *ctx, Id conversation, const MemberRow *members, size_t n_members)
{
    Err err = OK;
    if (n_members == 1) return group_event_member(outbox, tx, ctx, conversation, members, GROUP_MEMBER_ADDED);
    for (size_t first = 0; first < n_members && !err; first += MEMBERS_PER_EVENT) {
        size_t n = n_members - first < MEMBERS_PER_EVENT ? n_members - first : MEMBERS_PER_EVENT;
        err = outbox_add(outbox, tx, ctx, GROUP_MEMBER_ADDED, NULL, came_event(ctx, conversation, &members[first], n));
    }
    for (size_t i = 0; i < n_members && !err; i++)
        err = tell_live(outbox, tx, ctx, "", conversation, &members[i], GROUP_MEMBER_ADDED);
    return err;
}

Err group_event_member(Outbox *outbox, Tx *tx, Ctx *ctx, Id conversation, const MemberRow *member, const char *change)
{
    return tell_live(outbox, tx, ctx, change, conversation, member, change);
}
