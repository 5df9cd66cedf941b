/* "Somebody is typing": from a member, at most once in WS_TYPING_INTERVAL_MS for each conversation. On the hub's loop. */
#pragma once
#include "realtime/session/session.h"

void typing_publish(ClientSession *session, Id conversation);
