/* Typing notifications: accepted from members only, at most one per conversation in WS_TYPING_INTERVAL_MS. On the hub's
 * loop. */
#pragma once
#include "realtime/session/session.h"

void typing_publish(ClientSession *session, Id conversation);
