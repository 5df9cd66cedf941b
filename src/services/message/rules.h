/* What a message may be, what an entry of the log is called, and what page a request means. Pure: no I/O, no clock. Any
 * thread. Failures leave their story in ctx. */
#pragma once
#include "access/authorize.h"
#include "api_types.h"
#include "base/ctx.h"

/* What a member is in a conversation, as group says. */
typedef struct Standing {
    MemberRole role; /* unspecified: does not belong */
    ConversationKind kind;
    bool peer_closed; /* of a direct conversation: the other one's account is closed */
    bool accepted;    /* takes part by their own will; until then the others learn nothing of what they do */
} Standing;

/* Whether doing this accepts the conversation: whoever writes does; in a group whoever reads does too, but to have looked at a
 * stranger's message is no answer. */
bool message_accepts(const Standing *standing, Action action);

/* Kinds of entries. The numbers stand in databases: only add. */
typedef enum EntryKind {
    ENTRY_MESSAGE = 1,
    ENTRY_MEMBER_ADDED = 2,
    ENTRY_MEMBER_REMOVED = 3,
    ENTRY_MEMBER_UPDATED = 4,
    ENTRY_CONVERSATION_CREATED = 5,
    ENTRY_CONVERSATION_UPDATED = 6,
} EntryKind;

/* "message.created"; NULL for a number that is none. */
const char *entry_kind_name(EntryKind kind);
/* The kind of a membership event, from its change "member.added". */
bool entry_kind_of_member_change(const char *change, EntryKind *out_kind);

/* The author of entries that no user wrote: the maximum UUID (RFC 9562 section 5.10), which is nobody's. */
extern const Id system_sender;

/* 1 to MESSAGE_TEXT_MAX bytes that show something (text_is_blank()). The text is taken byte for byte, white space
 * around it included. ERR_INVALID when empty or blank, ERR_TOO_LARGE. */
MUST_CHECK Err message_text_check(Ctx *ctx, const char *text, Str *out_text);

/* Code points of a message in a list of conversations; see text_beginning(). */
#define PREVIEW_MAX 200

/* Messages not yet read. */
uint32_t message_unread(uint32_t seq, uint32_t read_seq);
