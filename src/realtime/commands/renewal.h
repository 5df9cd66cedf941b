/* A new access token on a live socket. On the hub's loop. */
#pragma once
#include "realtime/session/session.h"

/* Answers the frame `id` with the token's end, or with an error: then the old one stays in force. */
void renewal_begin(ClientSession *session, uint32_t id, Str token);
