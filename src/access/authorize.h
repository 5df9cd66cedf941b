/* The single decision on who may do what. Pure: no I/O, no clock, no state; any thread. The caller reads the subject
 * and the object first, inside the transaction of the action if that writes. */
#pragma once
#include "api_types.h"
#include "base/attr.h"
#include "base/ctx.h"

typedef enum Action {
    /* in a conversation */
    ACTION_READ, /* the conversation, its members, history, changes, read positions */
    ACTION_MARK, /* move one's own positions */
    ACTION_POST,
    ACTION_REACT,
    ACTION_EDIT_MESSAGE,
    ACTION_DELETE_MESSAGE,
    ACTION_PIN,
    ACTION_MENTION_ALL,
    ACTION_EDIT_INFO, /* title and description */
    ACTION_ADD_MEMBER,
    ACTION_REMOVE_MEMBER, /* somebody else */
    ACTION_LEAVE,
    ACTION_SET_ROLE, /* includes transferring ownership */
    ACTION_DELETE_CONVERSATION,
    /* on the server */
    ACTION_READ_ACCOUNTS,
    ACTION_INVITE,
    ACTION_CLOSE_ACCOUNT, /* or reopen it */
    ACTION_SET_ACCOUNT_ROLE,
    ACTIONS_
} Action;

/* The acting user. Zeroed: nobody, who may do nothing. */
typedef struct Subject {
    Id user;
    MemberRole role; /* in the object's conversation; unspecified: does not belong, or not any more */
    AccountRole account;
    bool is_closed; /* the account is */
} Subject;

/* The object of the action; fields that do not concern the action stay zero. */
typedef struct Object {
    ConversationKind kind;
    bool peer_closed;    /* of a direct conversation: the other member's account is closed */
    Id author;           /* of the message; ID_NONE: there is none, or no user wrote it */
    MemberRole member;   /* of the member to remove; MEMBER: could the caller remove anybody at all? */
    AccountRole account; /* of the account to administer; MEMBER_ACCOUNT: could the caller administer any at all? */
} Object;

/* OK, or refuses with the reason in ctx. Anything that the table does not list is refused.
 *   ERR_NOT_FOUND     not a member of the conversation, and must not learn that it exists, even as an author
 *   ERR_FORBIDDEN     a member, or known to the server, without this right
 *   ERR_PRECONDITION  has the right, but nobody would read it */
MUST_CHECK Err authorize(Ctx *ctx, const Subject *subject, Action action, const Object *object);
