/* Log entries as contract types, in the arena. */
#pragma once
#include "services/message/store.h"

/* For an entry that is a message. */
Message *message_view(Arena *arena, const LogEntry *entry);
/* The same with its text truncated to PREVIEW_MAX code points. */
Message *message_view_preview(Arena *arena, const LogEntry *entry);
/* For any entry. NULL if its payload cannot be decoded, that is, damaged. */
Change *message_view_change(Arena *arena, const LogEntry *entry);
