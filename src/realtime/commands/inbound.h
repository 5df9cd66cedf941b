/* Frames from clients: one JSON object each, whose "type" says which message of realtime.proto it is. The params of a call stay text here
 * and are parsed where the call runs. On the hub's loop. */
#pragma once
#include "realtime/session/session.h"

/* Not in ENDING. The client may end by this. */
void inbound_frame(ClientSession *session, Str text);
/* A ping or pong of the wire that the client sent unasked: it counts as a frame. False: it does not count, and the client may have
 * ended. In any state with a socket but ENDING. */
bool inbound_control(ClientSession *session);
