/* What a client says in hello that it has, against what the logs have. */
#pragma once
#include "realtime/commands/opening.h"

/* Sets opening->moved and opening->diverged, once opening->heads were read. */
ON_WORKER MUST_CHECK Err known_compare(Opening *opening);
