/* What the files of the group service share. */
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

/* authorize() of the caller, in a conversation that was read for them. Removing a member asks whether they may remove anybody. */
MUST_CHECK Err group_allow(Ctx *ctx, const ConversationRow *row, Id caller, Action action);
/* Locks a conversation inside a write and allows the caller one action in it, or says why not. */
MUST_CHECK Err group_enter(Tx *tx, Ctx *ctx, Id conversation, Id caller, Action action, ConversationRow *out_row);

/* Forgets what callers cached of these members. After the commit, before the answer: whoever was removed has lost
 * everything once the remover knows. */
ON_WORKER void group_forget(GroupService *svc, Ctx *ctx, Id conversation, const Id *users, size_t n_users);

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

/* People who are put into a conversation, by one of them or by another. */
typedef struct Admission {
    GroupService *svc;
    Id conversation;
    ConversationKind kind;
    Id adder;
    const MemberRow *people; /* sorted by id: transactions that meet take the rows of users in the same order */
    size_t n_people;
    /* what came of it, in ctx->arena, sorted */
    CandidateRow *candidates;
    MemberRow *admitted;
    Id *refused;
    size_t n_admitted, n_refused;
} Admission;

/* Adds those who do not belong yet and may be added, inside a write; the others are refused, for reasons that whoever adds them
 * shall not learn. The caller holds the conversation, and changes member_count.
 *   ERR_RATE_LIMITED  the adder's allowance does not suffice for all of them
 *   ERR_PRECONDITION  the adder, who is one of them, has accepted as many conversations as one can */
MUST_CHECK Err group_admit(Admission *admission, Tx *tx, Ctx *ctx);
/* Charges what one causes in the accounts of so many others: ERR_RATE_LIMITED with ctx->retry_after_ms. The row that this locks is
 * only ever taken by the same user's writes, so those of two who do it to each other do not meet there. */
MUST_CHECK Err group_allowance_charge(GroupService *svc, Tx *tx, Ctx *ctx, Id adder, size_t n_people);
/* As the contract shows them. */
char **group_refused_texts(Ctx *ctx, const Id *refused, size_t n_refused);
