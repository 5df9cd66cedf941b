/* Event envelopes. */
#include "rpc/event.h"

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
