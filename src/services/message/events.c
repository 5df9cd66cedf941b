/* Events published by message. */
#include "services/message/events.h"

#include "rpc/event.h"
#include "rpc/transcode.h"
#include "services/message/view.h"

/* Live in the conversation, and on the bus under `bus_topic` if not empty. */
static Err publish(MessageService *svc, Tx *tx, Ctx *ctx, const char *bus_topic, Id conversation, const Envelope *event)
{
    const char *live_topics[] = { topic_conversation(ctx->arena, conversation), NULL };
    return outbox_add(svc->outbox, tx, ctx, bus_topic, live_topics, message_pack(ctx->arena, &event->base));
}

static Envelope *change_event(Ctx *ctx, const LogEntry *entry, Change *change, char *actor_id)
{
    Envelope *event = event_new(ctx, entry->conversation, ID_NONE);
    event->actor_id = actor_id;
    event->data_case = ENVELOPE__DATA_CHANGE;
    event->change = change;
    return event;
}

Err message_event_change(MessageService *svc, Tx *tx, Ctx *ctx, const LogEntry *entry, char *actor_id)
{
    Change *change = message_view_change(ctx->arena, entry);
    if (!change) return ctx_fail(ctx, ERR_INTERNAL, "an entry of the log that nobody can read");

    const Envelope *event = change_event(ctx, entry, change, actor_id);
    return publish(svc, tx, ctx, "", entry->conversation, event);
}

OutboxRow message_event_of_send(Ctx *ctx, const LogEntry *entry)
{
    Change *change = message_view_change(ctx->arena, entry);
    Envelope *event = change_event(ctx, entry, change, id_text(ctx->arena, entry->sender));
    const char *live_topics[] = { topic_conversation(ctx->arena, entry->conversation), NULL };
    return outbox_live_row(ctx, live_topics, event_pack_unnumbered(ctx->arena, event));
}

Err message_event_read(MessageService *svc, Tx *tx, Ctx *ctx, Participant participant, uint32_t read_seq,
                       uint32_t unread)
{
    ReadMoved *moved = arena_new_of(ctx->arena, ReadMoved);
    read_moved__init(moved);
    moved->conversation_id = id_text(ctx->arena, participant.conversation);
    moved->read_seq = read_seq;
    moved->unread = unread;

    Envelope *event = event_new(ctx, participant.conversation, participant.user);
    event->data_case = ENVELOPE__DATA_READ_MOVED;
    event->read_moved = moved;
    /* The reader's own devices are notified through the feed; other members only if the reader takes part
     * deliberately. */
    if (!participant.standing.accepted)
        return outbox_add(svc->outbox, tx, ctx, "read.moved", NULL, message_pack(ctx->arena, &event->base));
    return publish(svc, tx, ctx, "read.moved", participant.conversation, event);
}

Err message_event_delivered(MessageService *svc, Tx *tx, Ctx *ctx, Participant participant, uint32_t seq)
{
    DeliveredMoved *moved = arena_new_of(ctx->arena, DeliveredMoved);
    delivered_moved__init(moved);
    moved->user_id = id_text(ctx->arena, participant.user);
    moved->seq = seq;

    Envelope *event = event_new(ctx, participant.conversation, participant.user);
    event->data_case = ENVELOPE__DATA_DELIVERED_MOVED;
    event->delivered_moved = moved;
    return publish(svc, tx, ctx, "", participant.conversation, event);
}
