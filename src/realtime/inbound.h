/* Frames from clients: one JSON object each, whose "type" says which message of realtime.proto it is. On the hub's loop. */
#pragma once
#include "realtime/client.h"

/* Not in ENDING. The client may end by this. */
void inbound_frame(Client *client, Str text);
