/* Event envelopes. */
#include "rpc/event.h"

#include "rpc/transcode.h"

const char *topic_conversation(Arena *arena, Id conversation)
{
    char text[ID_TEXT_LEN + 1];
    id_format(conversation, text);
    return str_fmt(arena, TOPIC_CONVERSATION_PREFIX "%s", text).ptr;
}

const char *topic_user(Arena *arena, Id user)
{
    char text[ID_TEXT_LEN + 1];
    id_format(user, text);
    return str_fmt(arena, TOPIC_USER_PREFIX "%s", text).ptr;
}

Envelope *event_new(Ctx *ctx, Id conversation, Id user)
{
    Envelope *event = arena_new_of(ctx->arena, Envelope);
    envelope__init(event);
    event->id = id_text(ctx->arena, id_new(ctx->now_ms));
    event->at_ms = ctx->now_ms;
    if (!id_is_none(conversation)) event->conversation_id = id_text(ctx->arena, conversation);
    if (!id_is_none(user)) event->user_id = id_text(ctx->arena, user);
    if (!id_is_none(ctx->actor.user)) event->actor_id = id_text(ctx->arena, ctx->actor.user);
    event->trace_id = str_cstr(ctx->arena, str_of(ctx->trace_id));
    return event;
}

Str event_pack_unnumbered(Arena *arena, Envelope *event)
{
    uint8_t zeros[EVENT_NUMBERS_BYTES] = { 0 };
    event->numbers = (ProtobufCBinaryData){ sizeof zeros, zeros };
    Str packed = message_pack(arena, &event->base);
    event->numbers = (ProtobufCBinaryData){ 0 };
    packed.len -= sizeof zeros; /* they belong to the last field, since fields are packed by number */
    return packed;
}

static uint32_t number_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[4] << 24 | (uint32_t)bytes[5] << 16 | (uint32_t)bytes[6] << 8 | bytes[7];
}

static void take_numbers(Envelope *event)
{
    if (event->numbers.len != EVENT_NUMBERS_BYTES || event->data_case != ENVELOPE__DATA_CHANGE) return;
    Change *change = event->change;
    change->rev = number_at(event->numbers.data);
    change->seq = number_at(event->numbers.data + 8);
    if (!change->data || change->data->kind_case != CHANGE_DATA__KIND_MESSAGE) return;
    change->data->message->rev = change->rev;
    change->data->message->seq = change->seq;
}

Envelope *event_unpack(Arena *arena, Str bytes)
{
    Envelope *event = (Envelope *)(void *)message_unpack(arena, &envelope__descriptor, bytes);
    if (event) take_numbers(event);
    return event;
}
