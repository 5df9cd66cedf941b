/* Shared by the files of the group service. */
#pragma once
#include "access/authorize.h"
#include "group_service.h"
#include "rpc/request.h"
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

/* authorize() for the caller, in a conversation that was read for them. To remove a member, it asks whether they may
 * remove anybody. */
MUST_CHECK Err group_allow(Ctx *ctx, const ConversationRow *row, Id caller, Action action);
/* Locks a conversation inside a write and authorizes one action of the caller, or fails with the reason. */
MUST_CHECK Err group_enter(Tx *tx, Ctx *ctx, Id conversation, Id caller, Action action, ConversationRow *out_row);

/* Drops cached standings of these members. After the commit, before the response: a removed member has lost access by
 * the time the remover is answered. */
ON_WORKER void group_forget(GroupService *svc, Ctx *ctx, Id conversation, const Id *users, size_t n_users);

/* Sets a member's role inside a write, and publishes it. */
MUST_CHECK Err group_set_role(GroupService *svc, Tx *tx, Ctx *ctx, Id conversation, MemberRow *member, MemberRole role);

/* Asks auth whether all of these exist and are open. ERR_NOT_FOUND names the first that is not; field is its name in
 * the request. */
ON_WORKER MUST_CHECK Err group_users_check(GroupService *svc, Ctx *ctx, const char *field, const Id *users,
                                           size_t n_users);

/* Deletes a conversation inside a write and publishes it. *out_members: its members, whose standings must be dropped
 * after the commit. */
MUST_CHECK Err group_dissolve(GroupService *svc, Tx *tx, Ctx *ctx, const ConversationRow *row, Id **out_members,
                              size_t *out_n);

/* People to be added to a conversation, by themselves or by somebody else. */
typedef struct Admission {
    GroupService *svc;
    Id conversation;
    ConversationKind kind;
    Id adder;
    const MemberRow *people; /* sorted by id: concurrent transactions lock the rows of users in the same order */
    size_t n_people;
    /* the result, in ctx->arena, sorted */
    CandidateRow *candidates;
    MemberRow *admitted;
    Id *refused;
    size_t n_admitted, n_refused;
} Admission;

/* Adds those who are not members yet and may be added, inside a write; the others are refused, for reasons that the
 * adder must not learn. The caller holds the conversation's lock, and changes member_count.
 *   ERR_RATE_LIMITED  the adder's allowance does not suffice for all of them
 *   ERR_PRECONDITION  the adder, who is one of them, has accepted the maximum number of conversations */
MUST_CHECK Err group_admit(Admission *admission, Tx *tx, Ctx *ctx);
/* Charges the caller for affecting the accounts of others: ERR_RATE_LIMITED with ctx->retry_after_ms. The row that this
 * locks is only ever locked by the same user's writes, so two users who add each other cannot deadlock. */
MUST_CHECK Err group_allowance_charge(GroupService *svc, Tx *tx, Ctx *ctx, Id adder, size_t n_people);
/* As contract types. */
char **group_refused_texts(Ctx *ctx, const Id *refused, size_t n_refused);
