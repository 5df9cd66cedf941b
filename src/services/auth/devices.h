/* Devices that have signed in to an account before: each keeps a device token, by which it is told from a stranger when it signs in
 * again. It opens nothing: it only says for whose wrong passwords the next attempt has to wait (throttle.h).
 *
 * A token is base64url of a number (16 random bytes) and a mark (16), a BLAKE2b of the number keyed with the account's device key.
 * Nothing is stored of single devices. A new password makes a new key: so whoever can show a token either knew the password that
 * is to be guessed, or has the storage of a device that did. Inside a transaction; any worker. */
#pragma once
#include "base/attr.h"
#include "ports/db.h"

#define DEVICE_NUMBER_BYTES 16

/* Empty text: none. */
typedef struct Device {
    Str number; /* of this device */
    Str token;  /* as it was sent */
} Device;

/* The first of `tokens` that was given out for this account, in the arena; else none. */
MUST_CHECK Err device_find(Tx *tx, Ctx *ctx, Id user, char *const *tokens, size_t n_tokens, Device *out_device);
/* A token for a device that has just shown the password, in the arena. */
MUST_CHECK Err device_new(Tx *tx, Ctx *ctx, Id user, Str *out_token);
/* The password is another: no device is known any more. */
MUST_CHECK Err devices_forget(Tx *tx, Ctx *ctx, Id user);
