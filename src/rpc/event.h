/* Events of api/molva/events/v1 and their topics. Any thread. */
#pragma once
#include "api_types.h"
#include "base/ctx.h"

/* pubsub topics */
#define TOPIC_SESSIONS            "sessions" /* session_revoked; every process subscribes */
#define TOPIC_PRESENCE            "presence" /* presence_changed; every gateway subscribes */
#define TOPIC_GATEWAYS            "gateways" /* online_announced; every gateway subscribes */
#define TOPIC_CONVERSATION_PREFIX "conversation."
#define TOPIC_USER_PREFIX         "user."
/* "conversation.<id>": live events for its members. In the arena, NUL-terminated. */
const char *topic_conversation(Arena *arena, Id conversation);
/* "user.<id>": live events for the user's own devices. */
const char *topic_user(Arena *arena, Id user);

/* An initialised envelope with a fresh id, ctx's time, actor and trace. The caller sets data_case and the data.
 * conversation and user may be ID_NONE. */
Envelope *event_new(Ctx *ctx, Id conversation, Id user);
/* Packs an event whose rev and seq are not known yet, without its last EVENT_NUMBERS_BYTES bytes, which the caller
 * appends; see Envelope.numbers. */
#define EVENT_NUMBERS_BYTES 16
Str event_pack_unnumbered(Arena *arena, Envelope *event);
/* Decodes an envelope and moves the change's numbers into place. NULL if it is not an envelope. */
Envelope *event_unpack(Arena *arena, Str bytes);
