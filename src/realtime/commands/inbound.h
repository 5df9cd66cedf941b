/* Client frames: one JSON object each, whose "type" selects a message of realtime.proto. A call's params stay text here
 * and are parsed where the call runs. On the hub's loop. */
#pragma once
#include "realtime/session/session.h"

/* Handles a frame; not in ENDING. May free the client. */
void inbound_frame(ClientSession *session, Str text);
/* Charges an unsolicited ping or pong like a frame. False: ignore it; the client may have been freed. In any state with
 * a socket except ENDING. */
bool inbound_control(ClientSession *session);
