/* What a client says in hello that it has, against what the logs have. */
#pragma once
#include "realtime/commands/handshake.h"

/* Sets handshake->moved and handshake->diverged, once handshake->heads were read. */
ON_WORKER MUST_CHECK Err known_compare(Handshake *handshake);
