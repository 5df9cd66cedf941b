/* Rows of conversations and members. Called inside a transaction, on a worker or writer thread; results live in
 * ctx->arena. Faults of the database pass through as they are. */
#pragma once
#include "api_types.h"
#include "ports/db.h"

typedef struct ConversationRow {
    Id id;
    ConversationKind kind;
    Str title, description;
    Id created_by;
    int64_t created_at_ms;
    uint32_t member_count;
    Id direct_low, direct_high; /* ID_NONE for a group */
    MemberRole role;            /* of the user it was read for; unspecified: not a member */
    bool seen;                  /* the others may see that user's presence; of group_store_memberships() only */
} ConversationRow;

typedef struct MemberRow {
    Id user;
    MemberRole role;
    int64_t joined_at_ms;
} MemberRow;

/* Locks out other writers of this conversation until the transaction ends. OK even if it does not exist. */
MUST_CHECK Err group_store_lock(Tx *tx, Ctx *ctx, Id conversation);

/* A conversation as `user` sees it. Without a membership, or without a conversation, the row is zeroed: its role is
 * then unspecified, which has no rights. */
MUST_CHECK Err group_store_conversation(Tx *tx, Ctx *ctx, Id conversation, Id user, ConversationRow *out_row);
/* Conversations of a user with an id over `after`, by id: at most `limit`, fewer if they exceed bytes_max in a
 * response, but at least one if there is one. rows: room for `limit`. *out_more: others follow. */
MUST_CHECK Err group_store_conversations(Tx *tx, Ctx *ctx, Id user, Id after, uint32_t limit, size_t bytes_max,
                                         ConversationRow *rows, uint32_t *out_n, bool *out_more);
/* Of these the groups that `other` belongs to as well, in the same way. */
MUST_CHECK Err group_store_groups_in_common(Tx *tx, Ctx *ctx, Id user, Id other, Id after, uint32_t limit,
                                            size_t bytes_max, ConversationRow *rows, uint32_t *out_n, bool *out_more);
/* ERR_NOT_FOUND if the pair has none. */
MUST_CHECK Err group_store_find_direct(Tx *tx, Ctx *ctx, Id low, Id high, Id *out_conversation);
/* The group that the creator created with this client_id, and the hash of that request. ERR_NOT_FOUND. */
MUST_CHECK Err group_store_find_by_client_id(Tx *tx, Ctx *ctx, Id creator, Id client_id, Id *out_conversation,
                                             int64_t *out_request_hash);
/* *out_added: false if its pair or client_id already has one; nothing was written then. */
MUST_CHECK Err group_store_add_conversation(Tx *tx, Ctx *ctx, const ConversationRow *row, Id client_id,
                                            int64_t request_hash, bool *out_added);
/* Title and description of the row. */
MUST_CHECK Err group_store_update(Tx *tx, Ctx *ctx, const ConversationRow *row);
/* The conversation and all its memberships. */
MUST_CHECK Err group_store_remove(Tx *tx, Ctx *ctx, Id conversation);

/* ERR_NOT_FOUND when the user does not belong. */
MUST_CHECK Err group_store_find_member(Tx *tx, Ctx *ctx, Id conversation, Id user, MemberRow *out_member);
/* Those with a user id over `after`, by user id. rows: room for `limit`. */
MUST_CHECK Err group_store_members(Tx *tx, Ctx *ctx, Id conversation, Id after, uint32_t limit, MemberRow *rows,
                                   uint32_t *out_n);
/* The heir when the owner goes. ERR_NOT_FOUND if nobody is left. *out_closed: nobody with an open account is left; that
 * state is locked, in this database, until the transaction ends. */
MUST_CHECK Err group_store_find_heir(Tx *tx, Ctx *ctx, Id conversation, Id owner, MemberRow *out_member,
                                     bool *out_closed);
/* ERR_NOT_FOUND when there is no such group. */
MUST_CHECK Err group_store_find_owner(Tx *tx, Ctx *ctx, Id conversation, MemberRow *out_member);

/* Whether an account is closed; locked, in this database, until the transaction ends. */
MUST_CHECK Err group_store_is_closed(Tx *tx, Ctx *ctx, Id user, bool *out_closed);
MUST_CHECK Err group_store_set_closed(Tx *tx, Ctx *ctx, Id user, bool closed);
/* Groups of the user with an id over `after` that a closed account owns, by id. out_ids: room for `limit`. */
MUST_CHECK Err group_store_ownerless(Tx *tx, Ctx *ctx, Id user, Id after, uint32_t limit, Id *out_ids, uint32_t *out_n);
/* Direct conversations of the user with an id over `after`, by id, and who the other one is. Both: room for `limit`. */
MUST_CHECK Err group_store_directs(Tx *tx, Ctx *ctx, Id user, Id after, uint32_t limit, Id *out_ids, Id *out_peers,
                                   uint32_t *out_n);

/* A membership as other services see it. */
typedef struct StandingRow {
    MemberRole role; /* unspecified: not a member */
    ConversationKind kind;
    bool peer_closed; /* of a direct conversation: the other one's account is closed */
    bool accepted;    /* takes part deliberately: created the conversation, or acted in it */
} StandingRow;
/* Zeroed if the user is not a member, or there is no such conversation. */
MUST_CHECK Err group_store_standing(Tx *tx, Ctx *ctx, Id conversation, Id user, StandingRow *out_row);
/* A user's memberships with a conversation id over `after`; rows carry id, kind, member_count and seen only. */
MUST_CHECK Err group_store_memberships(Tx *tx, Ctx *ctx, Id user, Id after, uint32_t limit, ConversationRow *rows,
                                       uint32_t *out_n);

/* Those of `others`, without duplicates, that share a conversation with the user in which their presence is visible, in
 * any order. out_found: room for n_others. */
MUST_CHECK Err group_store_acquainted(Tx *tx, Ctx *ctx, Id user, const Id *others, size_t n_others, Id *out_found,
                                      size_t *out_n);

/* Whether a member has accepted. The numbers are stored in the table. */
typedef enum Acceptance {
    ACCEPT_NOT_YET = 0,
    ACCEPT_BY_ACT = 1, /* created the conversation, or acted in it */
    ACCEPT_SEEN = 2,   /* not yet, but they have answered the adder, so their presence is visible */
} Acceptance;

/* A user to be added. */
typedef struct CandidateRow {
    bool belongs;
    bool has_left;     /* has left this conversation voluntarily */
    bool has_answered; /* has answered the adder, in their direct conversation */
} CandidateRow;
MUST_CHECK Err group_store_candidate(Tx *tx, Ctx *ctx, Id conversation, Id adder, Id user, CandidateRow *out_row);

/* Adds somebody who is not a member. The caller changes member_count, and calls group_store_count_in() first. */
MUST_CHECK Err group_store_add_member(Tx *tx, Ctx *ctx, Id conversation, const MemberRow *member, Acceptance acceptance,
                                      Id added_by);
/* Counts another conversation of the user, unless the maximum of accepted or pending ones, whichever it is, is
 * reached. */
MUST_CHECK Err group_store_count_in(Tx *tx, Ctx *ctx, Id user, bool pending, uint32_t max, bool *out_counted);
MUST_CHECK Err group_store_count_out(Tx *tx, Ctx *ctx, Id user, bool pending);
/* Moves a membership from pending to accepted, unless the maximum is reached. */
MUST_CHECK Err group_store_count_accepted(Tx *tx, Ctx *ctx, Id user, uint32_t max, bool *out_counted);
/* *out_changed: false if already accepted, or not a member. *out_added_by: ID_NONE if unknown. */
MUST_CHECK Err group_store_accept(Tx *tx, Ctx *ctx, Id conversation, Id user, bool *out_changed, Id *out_added_by);

MUST_CHECK Err group_store_add_departure(Tx *tx, Ctx *ctx, Id conversation, Id user);
MUST_CHECK Err group_store_remove_departure(Tx *tx, Ctx *ctx, Id conversation, Id user);
/* Counts another addition of the user by this adder, unless too many are unanswered. */
MUST_CHECK Err group_store_count_unanswered(Tx *tx, Ctx *ctx, Id adder, Id user, uint32_t max, bool *out_counted);
MUST_CHECK Err group_store_forget_unanswered(Tx *tx, Ctx *ctx, Id adder, Id user);
/* When the adder's allowance will be full; locked until the transaction ends. 0: it is full. */
MUST_CHECK Err group_store_lock_allowance(Tx *tx, Ctx *ctx, Id adder, int64_t *out_used_until_ms);
MUST_CHECK Err group_store_set_allowance(Tx *tx, Ctx *ctx, Id adder, int64_t used_until_ms);

MUST_CHECK Err group_store_set_role(Tx *tx, Ctx *ctx, Id conversation, Id user, MemberRole role);
/* Of a member, with the count. */
MUST_CHECK Err group_store_remove_member(Tx *tx, Ctx *ctx, Id conversation, Id user);
MUST_CHECK Err group_store_add_to_count(Tx *tx, Ctx *ctx, Id conversation, int64_t more);
