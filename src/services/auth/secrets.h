/* Refresh tokens and one-time codes: random text that its bearer keeps and of which we store the hash. Pure except for
 * the system's randomness; any thread. */
#pragma once
#include "base/attr.h"
#include "base/ctx.h"

#define SECRET_HASH_BYTES   32
#define FAMILY_KEY_BYTES    32
#define SUCCESSOR_KEY_BYTES 32
#define DEVICE_KEY_BYTES    32

typedef struct SecretHash {
    uint8_t bytes[SECRET_HASH_BYTES];
} SecretHash;

/* One per session, created at sign-in: the MAC key of all its refresh tokens. */
typedef struct FamilyKey {
    uint8_t bytes[FAMILY_KEY_BYTES];
} FamilyKey;

/* One per refresh: derives the next refresh token from the previous one. */
typedef struct SuccessorKey {
    uint8_t bytes[SUCCESSOR_KEY_BYTES];
} SuccessorKey;

/* A decoded refresh token: base64url of session (16), 256 random bits (32), mark (16). The mark is a keyed BLAKE2b of
 * the rest. It distinguishes a used token, which means that two copies exist, from a forged one, which means nothing,
 * without storing used tokens. */
typedef struct RefreshToken {
    Id session;
    uint8_t random[32];
    uint8_t mark[16];
} RefreshToken;

/* One per account and password: the MAC key of its device tokens (devices.h). */
typedef struct DeviceKey {
    uint8_t bytes[DEVICE_KEY_BYTES];
} DeviceKey;

FamilyKey family_key_new(void);
DeviceKey device_key_new(void);
SuccessorKey successor_key_new(void);
/* The first token of a session. The text in the arena. */
Str refresh_token_new(Arena *arena, Id session, const FamilyKey *family, SecretHash *out_hash);
/* The token after `before`: a keyed BLAKE2b of it, so the same key yields the same token. Neither the previous token
 * alone nor the stored data alone suffices to compute it. The text in the arena. */
Str refresh_token_next(Arena *arena, const RefreshToken *before, const SuccessorKey *key, const FamilyKey *family,
                       SecretHash *out_hash);
/* False if the text is malformed. */
bool refresh_token_parse(Str text, RefreshToken *out_token);
/* Whether the token was issued for this family. */
bool refresh_token_is_genuine(const RefreshToken *token, const FamilyKey *family);
SecretHash refresh_token_hash(const RefreshToken *token);

/* A code of 128 random bits, base64url, in the arena. */
Str code_new(Arena *arena, SecretHash *out_hash);
/* Of any text. */
SecretHash code_hash(Str code);

/* In constant time. */
bool secret_hash_eq(const SecretHash *a, const SecretHash *b);
/* From a database column; zeroes if its length is wrong. */
SecretHash secret_hash_of(Str bytes);
FamilyKey family_key_of(Str bytes);
SuccessorKey successor_key_of(Str bytes);
DeviceKey device_key_of(Str bytes);
static inline Str secret_hash_str(const SecretHash *hash)
{
    return (Str){ (const char *)hash->bytes, sizeof hash->bytes };
}
static inline Str family_key_str(const FamilyKey *family)
{
    return (Str){ (const char *)family->bytes, sizeof family->bytes };
}
static inline Str device_key_str(const DeviceKey *key)
{
    return (Str){ (const char *)key->bytes, sizeof key->bytes };
}
static inline Str successor_key_str(const SuccessorKey *key)
{
    return (Str){ (const char *)key->bytes, sizeof key->bytes };
}
