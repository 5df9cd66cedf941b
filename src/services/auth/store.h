/* Rows of accounts and of what they are searched by, sessions, wrong passwords, invitations. Inside a transaction; results live in ctx->arena. */
#pragma once
#include "api_types.h"
#include "ports/db.h"
#include "services/auth/secrets.h"

typedef struct AccountRow {
    Id id;
    Str username;
    Str password_hash;
    Str display_name, about, language, theme;
    AccountRole role;
    bool disabled;
    int64_t created_ms;
} AccountRow;

/* With the words that people search finds it by and its place in the list of people.
 *   ERR_CONFLICT  the name, or one too like it, is taken; or there is an owner already */
MUST_CHECK Err account_add(Tx *tx, Ctx *ctx, const AccountRow *account);
/* ERR_NOT_FOUND. */
MUST_CHECK Err account_by_id(Tx *tx, Ctx *ctx, Id id, AccountRow *out_account);
/* By user name in any case. ERR_NOT_FOUND. */
MUST_CHECK Err account_by_name(Tx *tx, Ctx *ctx, Str username, AccountRow *out_account);
MUST_CHECK Err account_skeleton_taken(Tx *tx, Ctx *ctx, Str skeleton, bool *out_taken);
MUST_CHECK Err account_has_owner(Tx *tx, Ctx *ctx, bool *out_has);
/* Makes the words that people search finds it by and its place in the list of people, by today's fold. */
MUST_CHECK Err account_set_folded(Tx *tx, Ctx *ctx, const AccountRow *account);
/* display_name, about, language, theme, and words and place when display_name is not what `before` says. */
MUST_CHECK Err account_set_profile(Tx *tx, Ctx *ctx, const AccountRow *before, const AccountRow *after);
/* ERR_CONFLICT when the hash is not `before` any more. */
MUST_CHECK Err account_set_password(Tx *tx, Ctx *ctx, Id id, Str hash_before, Str hash);
/* What marks the devices of an account. ERR_NOT_FOUND when it has none yet. */
MUST_CHECK Err account_device_key(Tx *tx, Ctx *ctx, Id id, DeviceKey *out_key);
MUST_CHECK Err account_set_device_key(Tx *tx, Ctx *ctx, Id id, const DeviceKey *key);
MUST_CHECK Err account_set_standing(Tx *tx, Ctx *ctx, Id id, AccountRole role, bool disabled);

/* Other services hear of the account's standing in this transaction. */
MUST_CHECK Err account_set_told(Tx *tx, Ctx *ctx, Id id);

typedef struct AccountList {
    AccountRow *rows;
    size_t count;
} AccountList;

/* After an id, in order of registration. */
MUST_CHECK Err account_page(Tx *tx, Ctx *ctx, Id after, int64_t limit, AccountList *out_list);
/* Closed ones that no other service was told of. */
MUST_CHECK Err account_untold(Tx *tx, Ctx *ctx, int64_t limit, AccountList *out_list);
/* Whose words and place were made by an older fold, or by none. */
MUST_CHECK Err account_unfolded(Tx *tx, Ctx *ctx, int64_t limit, AccountList *out_list);
/* Open accounts with a word that begins so, at most `limit` words looked at; in no order. */
MUST_CHECK Err account_search(Tx *tx, Ctx *ctx, Str word_prefix, int64_t limit, AccountList *out_list);

/* Open accounts behind this one, or from the beginning when `after` is ID_NONE, A to Z. ERR_NOT_FOUND when there is no such
 * account. */
MUST_CHECK Err person_page(Tx *tx, Ctx *ctx, Id after, int64_t limit, AccountList *out_list);
/* Open accounts that came before this one, or the newest when `after` is ID_NONE, who came last first. */
MUST_CHECK Err person_newest(Tx *tx, Ctx *ctx, Id after, int64_t limit, AccountList *out_list);

typedef struct SessionRow {
    Id id, user;
    FamilyKey family;
    SecretHash refresh_hash;
    Str device, address;
    int64_t created_ms, last_seen_ms, expires_ms, access_until_ms;
    /* Of the last refresh; zeroes before the first. */
    SecretHash previous_hash;
    int64_t previous_until_ms;
    SuccessorKey successor;
} SessionRow;

typedef struct SessionList {
    SessionRow *rows;
    size_t count;
} SessionList;

MUST_CHECK Err session_add(Tx *tx, Ctx *ctx, const SessionRow *session);
/* ERR_NOT_FOUND. */
MUST_CHECK Err session_by_id(Tx *tx, Ctx *ctx, Id id, SessionRow *out_session);
/* Last used first. */
MUST_CHECK Err session_of_user(Tx *tx, Ctx *ctx, Id user, SessionList *out_list);
/* Stores the fields that a refresh changes. ERR_CONFLICT when the refresh token is not `before` any more. */
MUST_CHECK Err session_rotate(Tx *tx, Ctx *ctx, const SecretHash *before, const SessionRow *after);
/* Stores when the last access token ends. ERR_CONFLICT when the refresh token is not this one any more. */
MUST_CHECK Err session_prolong(Tx *tx, Ctx *ctx, const SessionRow *session);
/* Removes the session and remembers, until its last access token ends, that it was ended early. */
MUST_CHECK Err session_remove(Tx *tx, Ctx *ctx, const SessionRow *session);
/* Removes those that ended by themselves. */
MUST_CHECK Err session_remove_expired(Tx *tx, Ctx *ctx);

typedef struct RevokedList {
    struct RevokedRow {
        Id session;
        int64_t until_ms;
    } * rows;
    size_t count;
} RevokedList;

/* Those whose access tokens may still live. */
MUST_CHECK Err revoked_list(Tx *tx, Ctx *ctx, RevokedList *out_list);

typedef struct FailureRow {
    int64_t count; /* 0: none that is remembered */
    int64_t last_ms;
} FailureRow;

/* Those of a key since a time. */
MUST_CHECK Err failure_get(Tx *tx, Ctx *ctx, Str key, int64_t since_ms, FailureRow *out_failures);
/* One more, now. */
MUST_CHECK Err failure_add(Tx *tx, Ctx *ctx, Str key, int64_t since_ms);
/* Changes last_ms. ERR_CONFLICT when it is not `before_ms` any more. */
MUST_CHECK Err failure_move(Tx *tx, Ctx *ctx, Str key, int64_t before_ms, int64_t after_ms);
/* So many fewer; none is no row. */
MUST_CHECK Err failure_lower(Tx *tx, Ctx *ctx, Str key, int64_t by);
MUST_CHECK Err failure_remove(Tx *tx, Ctx *ctx, Str key);
/* Removes what is older, and all but the newest `keep`. */
MUST_CHECK Err failure_sweep(Tx *tx, Ctx *ctx, int64_t since_ms, int64_t keep);

typedef struct InviteRow {
    Id id;
    uint32_t uses_left;
    int64_t expires_ms, created_ms;
    Id created_by;
} InviteRow;

typedef struct InviteList {
    InviteRow *rows;
    size_t count;
} InviteList;

/* Spent ones go first. ERR_PRECONDITION when INVITES_MAX are open. */
MUST_CHECK Err invite_add(Tx *tx, Ctx *ctx, const InviteRow *invite, const SecretHash *code);
MUST_CHECK Err invite_list(Tx *tx, Ctx *ctx, InviteList *out_list);
/* ERR_NOT_FOUND. */
MUST_CHECK Err invite_remove(Tx *tx, Ctx *ctx, Id id);
MUST_CHECK Err invite_is_open(Tx *tx, Ctx *ctx, const SecretHash *code, bool *out_open);
/* The display name of who made an open invitation. ERR_NOT_FOUND when it is not open. */
MUST_CHECK Err invite_inviter(Tx *tx, Ctx *ctx, const SecretHash *code, Str *out_name);
/* Takes one use. ERR_NOT_FOUND when there is none left. */
MUST_CHECK Err invite_use(Tx *tx, Ctx *ctx, const SecretHash *code);

MUST_CHECK Err owner_code_set(Tx *tx, Ctx *ctx, const SecretHash *code);
MUST_CHECK Err owner_code_is_open(Tx *tx, Ctx *ctx, const SecretHash *code, bool *out_open);
/* ERR_NOT_FOUND. */
MUST_CHECK Err owner_code_use(Tx *tx, Ctx *ctx, const SecretHash *code);
