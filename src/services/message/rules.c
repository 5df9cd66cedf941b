/* Rules of messages and entries. */
#include "services/message/rules.h"

#include "base/limits.h"
#include "base/text.h"

const Id system_sender = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, //
                             0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

bool message_accepts(const Standing *standing, Action action)
{
    if (standing->accepted) return false;
    return action == ACTION_POST || (action == ACTION_MARK && standing->kind != CONVERSATION_KIND__DIRECT);
}

static const char *const kind_names[] = {
    [ENTRY_MESSAGE] = "message.created",
    [ENTRY_MEMBER_ADDED] = "member.added",
    [ENTRY_MEMBER_REMOVED] = "member.removed",
    [ENTRY_MEMBER_UPDATED] = "member.updated",
    [ENTRY_CONVERSATION_CREATED] = "conversation.created",
    [ENTRY_CONVERSATION_UPDATED] = "conversation.updated",
};

const char *entry_kind_name(EntryKind kind)
{
    return (size_t)kind < ARRAY_LEN(kind_names) ? kind_names[kind] : NULL;
}

bool entry_kind_of_member_change(const char *change, EntryKind *out_kind)
{
    for (EntryKind kind = ENTRY_MEMBER_ADDED; kind <= ENTRY_MEMBER_UPDATED; kind++) {
        if (!str_eq(str_of(change), str_of(kind_names[kind]))) continue;
        *out_kind = kind;
        return true;
    }
    return false;
}

Err message_text_check(Ctx *ctx, const char *text, Str *out_text)
{
    Str str = str_of(text);
    if (str.len == 0) return ctx_fail(ctx, ERR_INVALID, "text: empty");
    if (str.len > MESSAGE_TEXT_MAX) return ctx_fail(ctx, ERR_TOO_LARGE, "text: over %d bytes", MESSAGE_TEXT_MAX);
    if (text_is_blank(str)) return ctx_fail(ctx, ERR_INVALID, "text: it shows nothing");
    *out_text = str;
    return OK;
}

uint32_t message_unread(uint32_t seq, uint32_t read_seq)
{
    return seq > read_seq ? seq - read_seq : 0;
}
