/* Error codes: generated from api/errors.yaml, one row each. OK is 0. */
#pragma once
#include <stdbool.h>

#include "err_codes.h" /* generated: typedef enum Err { OK = 0, ERR_INVALID, ... } Err; ERR_COUNT_ */

typedef struct ErrInfo {
    const char *name; /* on the wire: "not_found" */
    int http_status;
    int grpc_status;
    bool retryable;
    const char *text; /* the meaning, for people */
} ErrInfo;

/* Never NULL; for OK the name is "ok" and the status 200. */
const ErrInfo *err_info(Err err);
