/* What the files of the group service share. */
#pragma once
#include "group_service.h"
#include "services/group/group.h"
#include "services/group/rules.h"
#include "services/group/store.h"

struct GroupService {
    /* fixed after open */
    Db *db;
    Outbox *outbox;
    Cache *cache;
    RpcClient *auth;
    GroupConfig config;
};

/* The user on whose behalf a call runs: by token, or by another service that works for them.
 * ERR_UNAUTHENTICATED when there is none. */
MUST_CHECK Err group_caller(Ctx *ctx, Id *out_user);

/* Locks a conversation inside a write and allows the caller one action in it, or says why not: ERR_NOT_FOUND to those
 * who do not belong, ERR_FORBIDDEN to those who do. */
MUST_CHECK Err group_enter(Tx *tx, Ctx *ctx, Id conversation, Id caller, GroupAction action, ConversationRow *out_row);

/* Forgets what callers cached of these members. After the commit, before the answer: whoever was removed has lost
 * everything once the remover knows. */
void group_forget(GroupService *svc, Ctx *ctx, Id conversation, const Id *users, size_t n_users);

/* Gives a member a role inside a write, and tells the others. */
MUST_CHECK Err group_set_role(GroupService *svc, Tx *tx, Ctx *ctx, Id conversation, MemberRow *member, MemberRole role);

/* Whether all of these exist and are open, asked of auth. ERR_NOT_FOUND names the first that does not; field is what the
 * request calls them. */
ON_WORKER MUST_CHECK Err group_users_check(GroupService *svc, Ctx *ctx, const char *field, const Id *users,
                                           size_t n_users);

/* Deletes a conversation inside a write and tells everybody. *out_members: who belonged to it, to be forgotten after the
 * commit. */
MUST_CHECK Err group_dissolve(GroupService *svc, Tx *tx, Ctx *ctx, const ConversationRow *row, Id **out_members,
                              size_t *out_n);
