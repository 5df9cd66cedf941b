/* Log entries as contract types. */
#include "services/message/view.h"

#include "base/text.h"
#include "rpc/transcode.h"

Message *message_view(Arena *arena, const LogEntry *entry)
{
    Message *view = arena_new_of(arena, Message);
    message__init(view);
    view->id = id_text(arena, entry->id);
    view->conversation_id = id_text(arena, entry->conversation);
    view->seq = entry->seq;
    view->rev = entry->rev;
    view->sender_id = id_text(arena, entry->sender);
    view->client_id = id_text(arena, entry->client_id);
    view->text = str_cstr(arena, entry->text);
    view->created_at = timestamp_new(arena, entry->created_at_ms);
    return view;
}

Message *message_view_preview(Arena *arena, const LogEntry *entry)
{
    LogEntry begun = *entry;
    begun.text = text_beginning(entry->text, PREVIEW_MAX);
    Message *view = message_view(arena, &begun);
    if (begun.text.len == entry->text.len) return view;
    view->_truncated_case = MESSAGE___TRUNCATED_TRUNCATED;
    view->truncated = true;
    return view;
}

static ChangeData *view_data(Arena *arena, const LogEntry *entry)
{
    if (entry->kind != ENTRY_MESSAGE)
        return (ChangeData *)message_unpack(arena, &change_data__descriptor, entry->payload);

    ChangeData *data = arena_new_of(arena, ChangeData);
    change_data__init(data);
    data->kind_case = CHANGE_DATA__KIND_MESSAGE;
    data->message = message_view(arena, entry);
    return data;
}

Change *message_view_change(Arena *arena, const LogEntry *entry)
{
    const char *name = entry_kind_name(entry->kind);
    ChangeData *data = view_data(arena, entry);
    if (!name || !data) return NULL;

    Change *view = arena_new_of(arena, Change);
    change__init(view);
    view->rev = entry->rev;
    view->seq = entry->seq;
    view->name = str_cstr(arena, str_of(name));
    view->created_at = timestamp_new(arena, entry->created_at_ms);
    view->data = data;
    view->tag = id_tag(arena, entry->id);
    return view;
}
