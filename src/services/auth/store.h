/* Rows of accounts and their search words, sessions, wrong passwords, invitations. Inside a transaction; results live
 * in ctx->arena. */
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

/* Adds an account with its search words and its position in the list of people.
 *   ERR_CONFLICT  the name, or one too similar, is taken; or there is an owner already */
MUST_CHECK Err account_add(Tx *tx, Ctx *ctx, const AccountRow *account);
/* ERR_NOT_FOUND. */
MUST_CHECK Err account_by_id(Tx *tx, Ctx *ctx, Id id, AccountRow *out_account);
/* By user name in any case. ERR_NOT_FOUND. */
MUST_CHECK Err account_by_name(Tx *tx, Ctx *ctx, Str username, AccountRow *out_account);
MUST_CHECK Err account_skeleton_taken(Tx *tx, Ctx *ctx, Str skeleton, bool *out_taken);
MUST_CHECK Err account_has_owner(Tx *tx, Ctx *ctx, bool *out_has);
/* Rebuilds the search words and the position in the list of people with the current fold. */
MUST_CHECK Err account_set_folded(Tx *tx, Ctx *ctx, const AccountRow *account);
/* Stores display_name, about, language, theme; and words and position if display_name differs from `before`. */
MUST_CHECK Err account_set_profile(Tx *tx, Ctx *ctx, const AccountRow *before, const AccountRow *after);
/* ERR_CONFLICT if the hash is no longer `before`. */
MUST_CHECK Err account_set_password(Tx *tx, Ctx *ctx, Id id, Str hash_before, Str hash);
/* The key of an account's device tokens. ERR_NOT_FOUND if there is none yet. */
MUST_CHECK Err account_device_key(Tx *tx, Ctx *ctx, Id id, DeviceKey *out_key);
MUST_CHECK Err account_set_device_key(Tx *tx, Ctx *ctx, Id id, const DeviceKey *key);
MUST_CHECK Err account_set_standing(Tx *tx, Ctx *ctx, Id id, AccountRole role, bool disabled);

/* Records that this transaction publishes the account's standing. */
MUST_CHECK Err account_set_told(Tx *tx, Ctx *ctx, Id id);

typedef struct AccountList {
    AccountRow *rows;
    size_t count;
} AccountList;

/* After an id, in order of registration. */
MUST_CHECK Err account_page(Tx *tx, Ctx *ctx, Id after, int64_t limit, AccountList *out_list);
/* Closed accounts whose standing was never published. */
MUST_CHECK Err account_untold(Tx *tx, Ctx *ctx, int64_t limit, AccountList *out_list);
/* Accounts whose words were folded by an older version, or not at all. */
MUST_CHECK Err account_unfolded(Tx *tx, Ctx *ctx, int64_t limit, AccountList *out_list);
/* Open accounts with a word with this prefix; examines at most `limit` words; unordered. */
MUST_CHECK Err account_search(Tx *tx, Ctx *ctx, Str word_prefix, int64_t limit, AccountList *out_list);

/* Open accounts after this one, A to Z, or from the beginning if `after` is ID_NONE. ERR_NOT_FOUND if there is no such
 * account. */
MUST_CHECK Err person_page(Tx *tx, Ctx *ctx, Id after, int64_t limit, AccountList *out_list);
/* Open accounts older than this one, newest first, or from the newest if `after` is ID_NONE. */
MUST_CHECK Err person_newest(Tx *tx, Ctx *ctx, Id after, int64_t limit, AccountList *out_list);

typedef struct SessionRow {
    Id id, user;
    FamilyKey family;
    SecretHash refresh_hash;
    Str device, address;
    int64_t created_ms, last_seen_ms, expires_ms, access_until_ms;
    /* Previous refresh token; zeroes before the first refresh. */
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
/* Stores the fields changed by a refresh. ERR_CONFLICT if the refresh token is no longer `before`. */
MUST_CHECK Err session_rotate(Tx *tx, Ctx *ctx, const SecretHash *before, const SessionRow *after);
/* Stores the expiry of the last access token. ERR_CONFLICT if the refresh token has changed. */
MUST_CHECK Err session_prolong(Tx *tx, Ctx *ctx, const SessionRow *session);
/* Removes the session and records, until its last access token expires, that it was ended early. */
MUST_CHECK Err session_remove(Tx *tx, Ctx *ctx, const SessionRow *session);
/* Removes expired sessions. */
MUST_CHECK Err session_remove_expired(Tx *tx, Ctx *ctx);

typedef struct RevokedList {
    struct RevokedRow {
        Id session;
        int64_t until_ms;
    } * rows;
    size_t count;
} RevokedList;

/* Revoked sessions with unexpired access tokens. */
MUST_CHECK Err revoked_list(Tx *tx, Ctx *ctx, RevokedList *out_list);

typedef struct FailureRow {
    int64_t count; /* 0: no recorded failure */
    int64_t last_ms;
} FailureRow;

/* The failures of a key since a time. */
MUST_CHECK Err failure_get(Tx *tx, Ctx *ctx, Str key, int64_t since_ms, FailureRow *out_failures);
/* Adds a failure, now. */
MUST_CHECK Err failure_add(Tx *tx, Ctx *ctx, Str key, int64_t since_ms);
/* Changes last_ms. ERR_CONFLICT if it is no longer `before_ms`. */
MUST_CHECK Err failure_move(Tx *tx, Ctx *ctx, Str key, int64_t before_ms, int64_t after_ms);
/* Subtracts failures; deletes the row at zero. */
MUST_CHECK Err failure_lower(Tx *tx, Ctx *ctx, Str key, int64_t by);
MUST_CHECK Err failure_remove(Tx *tx, Ctx *ctx, Str key);
/* Removes older rows, and all but the newest `keep`. */
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

/* Deletes expired and used-up ones first. ERR_PRECONDITION if INVITES_MAX are open. */
MUST_CHECK Err invite_add(Tx *tx, Ctx *ctx, const InviteRow *invite, const SecretHash *code);
MUST_CHECK Err invite_list(Tx *tx, Ctx *ctx, InviteList *out_list);
/* ERR_NOT_FOUND. */
MUST_CHECK Err invite_remove(Tx *tx, Ctx *ctx, Id id);
MUST_CHECK Err invite_is_open(Tx *tx, Ctx *ctx, const SecretHash *code, bool *out_open);
/* The display name of the creator of an open invitation. ERR_NOT_FOUND if it is not open. */
MUST_CHECK Err invite_inviter(Tx *tx, Ctx *ctx, const SecretHash *code, Str *out_name);
/* Consumes one use. ERR_NOT_FOUND if none is left. */
MUST_CHECK Err invite_use(Tx *tx, Ctx *ctx, const SecretHash *code);

MUST_CHECK Err owner_code_set(Tx *tx, Ctx *ctx, const SecretHash *code);
MUST_CHECK Err owner_code_is_open(Tx *tx, Ctx *ctx, const SecretHash *code, bool *out_open);
/* ERR_NOT_FOUND. */
MUST_CHECK Err owner_code_use(Tx *tx, Ctx *ctx, const SecretHash *code);
