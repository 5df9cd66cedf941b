/* Known devices. */
#include "services/auth/devices.h"

#include <sodium.h>

#include "services/auth/store.h"

#define BASE64URL sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* A decoded device token. */
typedef struct DeviceToken {
    uint8_t number[DEVICE_NUMBER_BYTES];
    uint8_t mark[16];
} DeviceToken;

_Static_assert(sizeof(DeviceToken) == 32, "a device token is its bytes, without gaps");

static void mark_of(const uint8_t number[DEVICE_NUMBER_BYTES], const DeviceKey *key, uint8_t out_mark[16])
{
    crypto_generichash(out_mark, sizeof((DeviceToken *)NULL)->mark, number, DEVICE_NUMBER_BYTES, key->bytes,
                       sizeof key->bytes);
}

static bool token_parse(const char *text, DeviceToken *out_token)
{
    size_t len = 0, text_len = strlen(text);
    const char *end;
    if (sodium_base642bin((unsigned char *)out_token, sizeof *out_token, text, text_len, NULL, &len, &end, BASE64URL))
        return false;
    return len == sizeof *out_token && end == text + text_len;
}

static bool token_is_of(const DeviceToken *token, const DeviceKey *key)
{
    uint8_t mark[sizeof token->mark];
    mark_of(token->number, key, mark);
    return sodium_memcmp(mark, token->mark, sizeof mark) == 0;
}

static Str token_new(Arena *arena, const DeviceKey *key)
{
    DeviceToken token;
    size_t size = sodium_base64_encoded_len(sizeof token, BASE64URL);
    char *text = arena_alloc_raw(arena, size);
    randombytes_buf(token.number, sizeof token.number);
    mark_of(token.number, key, token.mark);
    sodium_bin2base64(text, size, (const unsigned char *)&token, sizeof token, BASE64URL);
    return (Str){ text, size - 1 };
}

Err device_find(Tx *tx, Ctx *ctx, Id user, char *const *tokens, size_t n_tokens, Device *out_device)
{
    DeviceKey key;
    *out_device = (Device){ { 0 }, { 0 } };
    if (n_tokens == 0) return OK;
    Err err = account_device_key(tx, ctx, user, &key);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    for (size_t i = 0; i < n_tokens; i++) {
        DeviceToken token;
        if (!token_parse(tokens[i], &token) || !token_is_of(&token, &key)) continue;
        out_device->number = str_dup(ctx->arena, (Str){ (const char *)token.number, sizeof token.number });
        out_device->token = str_of(tokens[i]);
        return OK;
    }
    return OK;
}

Err device_new(Tx *tx, Ctx *ctx, Id user, Str *out_token)
{
    DeviceKey key;
    Err err = account_device_key(tx, ctx, user, &key);
    if (err == ERR_NOT_FOUND) {
        key = device_key_new();
        err = account_set_device_key(tx, ctx, user, &key);
    }
    if (err) return err;
    *out_token = token_new(ctx->arena, &key);
    return OK;
}

Err devices_forget(Tx *tx, Ctx *ctx, Id user)
{
    DeviceKey key = device_key_new();
    return account_set_device_key(tx, ctx, user, &key);
}
