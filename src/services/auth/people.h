/* The list of the people of a server. */
#pragma once
#include "services/auth/service.h"

/* Folds the names of accounts that an older version has folded, or none: so they are found and have their place in the list.
 * Called while the service opens, by several processes at once; cheap when there are none. Goes on where a start before it ended. On a
 * full disk the rest is left to a later start: they are found by what they were found by. */
ON_WORKER MUST_CHECK Err people_fold(AuthService *svc, Ctx *ctx);
