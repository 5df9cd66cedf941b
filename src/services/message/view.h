/* Entries of the log as the contract shows them. Everything is made in the arena. */
#pragma once
#include "services/message/store.h"

/* Of an entry that is a message. */
Message *message_view(Arena *arena, const LogEntry *entry);
/* The same with the beginning of its text, PREVIEW_MAX code points at most. */
Message *message_view_preview(Arena *arena, const LogEntry *entry);
/* Any entry. NULL when its payload cannot be read, which is damage. */
Change *message_view_change(Arena *arena, const LogEntry *entry);
