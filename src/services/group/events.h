/* What group tells the others, inside the transaction of the change. Bus topics: conversation.created,
 * conversation.updated, conversation.deleted, member.added, member.removed, member.updated. Live, the members' own
 * gateways learn of it on "user.<id>", those who watch the conversation on "conversation.<id>". */
#pragma once
#include "ports/outbox.h"
#include "services/group/store.h"

#define GROUP_MEMBER_ADDED   "member.added"
#define GROUP_MEMBER_REMOVED "member.removed"
#define GROUP_MEMBER_UPDATED "member.updated"

/* A conversation with its first members, who each learn of it live. */
MUST_CHECK Err group_event_created(Outbox *outbox, Tx *tx, Ctx *ctx, const ConversationRow *row,
                                   const MemberRow *members, size_t n_members);
MUST_CHECK Err group_event_updated(Outbox *outbox, Tx *tx, Ctx *ctx, const ConversationRow *row);
MUST_CHECK Err group_event_deleted(Outbox *outbox, Tx *tx, Ctx *ctx, Id conversation, const Id *members,
                                   size_t n_members);
/* Those who came together: on the bus as a few events of many, so that nobody else's wait behind a crowd, and each live. */
MUST_CHECK Err group_event_came(Outbox *outbox, Tx *tx, Ctx *ctx, Id conversation, const MemberRow *members,
                                size_t n_members);
/* change: one of the three above. A member who was removed has an unspecified role. */
MUST_CHECK Err group_event_member(Outbox *outbox, Tx *tx, Ctx *ctx, Id conversation, const MemberRow *member,
                                  const char *change);
