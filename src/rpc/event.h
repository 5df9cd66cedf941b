/* Events of api/molva/events/v1 and where they go. Any thread. */
#pragma once
#include "api_types.h"
#include "base/ctx.h"

/* pubsub topics */
#define TOPIC_SESSIONS            "sessions" /* session_revoked; every process listens */
#define TOPIC_PRESENCE            "presence" /* presence_changed; every process with sockets listens */
#define TOPIC_GATEWAYS            "gateways" /* online_announced; every process with sockets listens */
#define TOPIC_CONVERSATION_PREFIX "conversation."
#define TOPIC_USER_PREFIX         "user."
/* "conversation.<id>": what its members see live. In the arena, NUL-terminated. */
const char *topic_conversation(Arena *arena, Id conversation);
/* "user.<id>": what the user's own devices see live. */
const char *topic_user(Arena *arena, Id user);

/* An initialised envelope with a fresh id, ctx's time, actor and trace. The caller sets data_case and the data.
 * conversation and user may be ID_NONE. */
Envelope *event_new(Ctx *ctx, Id conversation, Id user);
/* An event of a change whose rev and seq are not known yet, packed but for its last EVENT_NUMBERS_BYTES bytes: these are to be
 * appended, see Envelope.numbers. */
#define EVENT_NUMBERS_BYTES 16
Str event_pack_unnumbered(Arena *arena, Envelope *event);
/* The numbers of the change stand where they belong. NULL for what is no envelope. */
Envelope *event_unpack(Arena *arena, Str bytes);
