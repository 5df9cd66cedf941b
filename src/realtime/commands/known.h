/* Compares the log positions in a client's hello with the logs. */
#pragma once
#include "realtime/commands/handshake.h"

/* Sets handshake->moved and handshake->diverged from handshake->heads. */
ON_WORKER MUST_CHECK Err known_compare(Handshake *handshake);
