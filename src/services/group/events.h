/* Events published by group, inside the transaction of the change. Bus topics: conversation.created,
 * conversation.updated, conversation.deleted, member.added, member.removed, member.updated. Live, "user.<id>" reaches
 * the members' own gateways, "conversation.<id>" the viewers of the conversation. */
#pragma once
#include "ports/outbox.h"
#include "services/group/store.h"

#define GROUP_MEMBER_ADDED   "member.added"
#define GROUP_MEMBER_REMOVED "member.removed"
#define GROUP_MEMBER_UPDATED "member.updated"

/* A conversation with its first members, each of whom is notified live. */
MUST_CHECK Err group_event_created(Outbox *outbox, Tx *tx, Ctx *ctx, const ConversationRow *row,
                                   const MemberRow *members, size_t n_members);
MUST_CHECK Err group_event_updated(Outbox *outbox, Tx *tx, Ctx *ctx, const ConversationRow *row);
MUST_CHECK Err group_event_deleted(Outbox *outbox, Tx *tx, Ctx *ctx, Id conversation, const Id *members,
                                   size_t n_members);
/* Members added together: on the bus as a few large events, so that they do not delay others' events, and live one
 * each. */
MUST_CHECK Err group_event_came(Outbox *outbox, Tx *tx, Ctx *ctx, Id conversation, const MemberRow *members,
                                size_t n_members);
/* change: one of the three above. A member who was removed has an unspecified role. */
MUST_CHECK Err group_event_member(Outbox *outbox, Tx *tx, Ctx *ctx, Id conversation, const MemberRow *member,
                                  const char *change);
