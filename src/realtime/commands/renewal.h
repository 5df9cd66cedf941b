/* A new access token on a live socket. On the hub's loop. */
#pragma once
#include "realtime/session/session.h"

/* Answers frame `id` with the new token's expiry, or with an error: then the old token stays valid. */
void renewal_begin(ClientSession *session, uint32_t id, Str token);
