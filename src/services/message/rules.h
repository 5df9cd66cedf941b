/* Rules of messages, entries and pages. Pure: no I/O, no clock. Any thread. On failure the text is in ctx. */
#pragma once
#include "access/authorize.h"
#include "api_types.h"
#include "base/ctx.h"

/* A member's standing in a conversation, according to group. */
typedef struct Standing {
    MemberRole role; /* unspecified: not a member */
    ConversationKind kind;
    bool peer_closed; /* of a direct conversation: the other one's account is closed */
    bool accepted;    /* takes part deliberately; until then their activity is hidden from the others */
} Standing;

/* Whether the action accepts the conversation: writing does; reading does in a group, but looking at a stranger's
 * direct message is not an answer. */
bool message_accepts(const Standing *standing, Action action);

/* Kinds of entries. The numbers are stored in databases: only append. */
typedef enum EntryKind {
    ENTRY_MESSAGE = 1,
    ENTRY_MEMBER_ADDED = 2,
    ENTRY_MEMBER_REMOVED = 3,
    ENTRY_MEMBER_UPDATED = 4,
    ENTRY_CONVERSATION_CREATED = 5,
    ENTRY_CONVERSATION_UPDATED = 6,
} EntryKind;

/* "message.created"; NULL for an unknown number. */
const char *entry_kind_name(EntryKind kind);
/* The kind of a membership event, from its change "member.added". */
bool entry_kind_of_member_change(const char *change, EntryKind *out_kind);

/* The author of entries that no user wrote: the maximum UUID (RFC 9562 section 5.10), which no user has. */
extern const Id system_sender;

/* 1 to MESSAGE_TEXT_MAX bytes with something visible (text_is_blank()). The text is kept byte for byte, including
 * surrounding white space. ERR_INVALID if empty or blank, ERR_TOO_LARGE. */
MUST_CHECK Err message_text_check(Ctx *ctx, const char *text, Str *out_text);

/* Code points of a message in a list of conversations; see text_beginning(). */
#define PREVIEW_MAX 200

/* Messages not yet read. */
uint32_t message_unread(uint32_t seq, uint32_t read_seq);
