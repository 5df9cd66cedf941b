/* The list of the people of a server. */
#pragma once
#include "services/auth/service.h"

/* Gives accounts that were made before there was a list their place in it. Called while the service opens; cheap when none is
 * missing. */
ON_WORKER MUST_CHECK Err people_complete(AuthService *svc, Ctx *ctx);
