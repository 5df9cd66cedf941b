/* Devices that have signed in to an account before: each keeps a device token, which distinguishes it from a stranger
 * at the next sign-in. The token grants nothing: it only selects whose wrong passwords delay the attempt (throttle.h).
 *
 * A token is base64url of a number (16 random bytes) and a MAC (16), a BLAKE2b of the number keyed with the
 * account's device key. Nothing is stored per device. A new password creates a new key, so the bearer of a valid
 * token either knew the current password or has the storage of a device that did. Inside a transaction; any worker. */
#pragma once
#include "base/attr.h"
#include "ports/db.h"

#define DEVICE_NUMBER_BYTES 16

/* Empty text: none. */
typedef struct Device {
    Str number; /* of this device */
    Str token;  /* encoded */
} Device;

/* The first of `tokens` that was issued for this account, in the arena; else none. */
MUST_CHECK Err device_find(Tx *tx, Ctx *ctx, Id user, char *const *tokens, size_t n_tokens, Device *out_device);
/* A token for a device that has just proved the password, in the arena. */
MUST_CHECK Err device_new(Tx *tx, Ctx *ctx, Id user, Str *out_token);
/* After a password change: voids all device tokens. */
MUST_CHECK Err devices_forget(Tx *tx, Ctx *ctx, Id user);
