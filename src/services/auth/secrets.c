/* Refresh tokens and codes. Random values need no slow hash: BLAKE2b suffices where nothing can be guessed. */
#include "services/auth/secrets.h"

#include <sodium.h>

#define CODE_BYTES 16
#define BASE64URL  sodium_base64_VARIANT_URLSAFE_NO_PADDING

_Static_assert(sizeof(RefreshToken) == 64, "a refresh token is its bytes, without gaps");

static Str base64url(Arena *arena, const void *bytes, size_t len)
{
    size_t size = sodium_base64_encoded_len(len, BASE64URL);
    char *text = arena_alloc_raw(arena, size);
    sodium_bin2base64(text, size, bytes, len, BASE64URL);
    return (Str){ text, size - 1 };
}

static SecretHash hash_of(const void *bytes, size_t len)
{
    SecretHash hash;
    crypto_generichash(hash.bytes, sizeof hash.bytes, bytes, len, NULL, 0);
    return hash;
}

FamilyKey family_key_new(void)
{
    FamilyKey family;
    randombytes_buf(family.bytes, sizeof family.bytes);
    return family;
}

DeviceKey device_key_new(void)
{
    DeviceKey key;
    randombytes_buf(key.bytes, sizeof key.bytes);
    return key;
}

SuccessorKey successor_key_new(void)
{
    SuccessorKey key;
    randombytes_buf(key.bytes, sizeof key.bytes);
    return key;
}

static void mark_of(const RefreshToken *token, const FamilyKey *family, uint8_t out_mark[16])
{
    crypto_generichash(out_mark, sizeof token->mark, (const unsigned char *)token, offsetof(RefreshToken, mark),
                       family->bytes, sizeof family->bytes);
}

static Str sealed(Arena *arena, RefreshToken *token, const FamilyKey *family, SecretHash *out_hash)
{
    mark_of(token, family, token->mark);
    *out_hash = refresh_token_hash(token);
    return base64url(arena, token, sizeof *token);
}

Str refresh_token_new(Arena *arena, Id session, const FamilyKey *family, SecretHash *out_hash)
{
    RefreshToken token = { .session = session };
    randombytes_buf(token.random, sizeof token.random);
    return sealed(arena, &token, family, out_hash);
}

Str refresh_token_next(Arena *arena, const RefreshToken *before, const SuccessorKey *key, const FamilyKey *family,
                       SecretHash *out_hash)
{
    RefreshToken token = { .session = before->session };
    crypto_generichash(token.random, sizeof token.random, (const unsigned char *)before, sizeof *before, key->bytes,
                       sizeof key->bytes);
    return sealed(arena, &token, family, out_hash);
}

bool refresh_token_parse(Str text, RefreshToken *out_token)
{
    size_t len;
    const char *end;
    if (sodium_base642bin((unsigned char *)out_token, sizeof *out_token, text.ptr, text.len, NULL, &len, &end,
                          BASE64URL))
        return false;
    return len == sizeof *out_token && end == text.ptr + text.len;
}

bool refresh_token_is_genuine(const RefreshToken *token, const FamilyKey *family)
{
    uint8_t mark[sizeof token->mark];
    mark_of(token, family, mark);
    return sodium_memcmp(mark, token->mark, sizeof mark) == 0;
}

SecretHash refresh_token_hash(const RefreshToken *token)
{
    return hash_of(token, sizeof *token);
}

Str code_new(Arena *arena, SecretHash *out_hash)
{
    unsigned char random[CODE_BYTES];
    randombytes_buf(random, sizeof random);
    Str code = base64url(arena, random, sizeof random);
    *out_hash = code_hash(code);
    return code;
}

SecretHash code_hash(Str code)
{
    return hash_of(code.ptr, code.len);
}

bool secret_hash_eq(const SecretHash *a, const SecretHash *b)
{
    return sodium_memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

SecretHash secret_hash_of(Str bytes)
{
    SecretHash hash = { { 0 } };
    if (bytes.len == sizeof hash.bytes) memcpy(hash.bytes, bytes.ptr, sizeof hash.bytes);
    return hash;
}

DeviceKey device_key_of(Str bytes)
{
    DeviceKey key = { { 0 } };
    if (bytes.len == sizeof key.bytes) memcpy(key.bytes, bytes.ptr, sizeof key.bytes);
    return key;
}

SuccessorKey successor_key_of(Str bytes)
{
    SuccessorKey key = { { 0 } };
    if (bytes.len == sizeof key.bytes) memcpy(key.bytes, bytes.ptr, sizeof key.bytes);
    return key;
}

FamilyKey family_key_of(Str bytes)
{
    FamilyKey family = { { 0 } };
    if (bytes.len == sizeof family.bytes) memcpy(family.bytes, bytes.ptr, sizeof family.bytes);
    return family;
}
