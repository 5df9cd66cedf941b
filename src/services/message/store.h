/* The log of a conversation: every durable change, numbered without a hole; and read positions.
 * Called inside a transaction, on a worker or writer thread; results live in ctx->arena. Faults of the database pass
 * through as they are. */
#pragma once
#include "ports/outbox.h"
#include "services/message/rules.h"

typedef struct LogEntry {
    Id conversation;
    uint32_t rev;
    uint32_t seq; /* 0 when it is no message */
    EntryKind kind;
    Id id;
    Id sender;
    Id client_id; /* may be ID_NONE when it is no message */
    int64_t created_at_ms;
    Str text;    /* of a message */
    Str payload; /* of others: ChangeData, packed */
} LogEntry;

/* Where a conversation stands, for one user. All 0: nothing in its log. */
typedef struct HeadRow {
    Id conversation;
    uint32_t rev, seq, read_seq, delivered_seq; /* delivered_seq is never less than read_seq */
    Id newest;                                  /* entry; of message_store_heads() only */
    LogEntry last_message;                      /* seq 0: none, or not asked for; see message_store_heads() */
} HeadRow;

typedef struct ReadRow {
    Id user;
    uint32_t seq, delivered_seq; /* the latter never less */
    uint32_t since_seq;          /* the newest message when they came */
} ReadRow;

/* Part of a log. */
typedef struct LogPage {
    LogEntry *entries;
    uint32_t n;
    bool more; /* the log goes on in the direction of reading */
} LogPage;

/* Which entries, and in which direction from a number. */
typedef enum LogPageKind {
    PAGE_MESSAGES_BEFORE, /* by seq, falling */
    PAGE_MESSAGES_AFTER,  /* by seq */
    PAGE_ENTRIES_AFTER,   /* by rev */
} LogPageKind;

/* Appends an entry: it gets the conversation's next rev, a message also the next seq.
 *   OK             *out_stored is what was stored; or, when *out_repeated, what this sender stored under this client_id
 *                  before, in whatever conversation: nothing was written then
 *   ERR_CONFLICT   another transaction stored this client_id at the same time: undo, and look again
 *   ERR_NOT_FOUND  the conversation was deleted */
MUST_CHECK Err message_store_append(Tx *tx, Ctx *ctx, const LogEntry *entry, LogEntry *out_stored, bool *out_repeated);

/* Whether message_store_send() can be asked. */
bool message_store_sends(const Db *db);
/* Stores a message as its sender's send does, with the sender's read position and the event, whose payload lacks its numbers
 * (event_pack_unnumbered()): a transaction in one round trip. On anything but OK message_store_append() has to find out.
 *   OK             *out_stored is what was stored
 *   ERR_NOT_FOUND  nothing was: the client_id was used before, or the conversation is deleted
 *   else           as of db_write_one() */
ON_WORKER MUST_CHECK Err message_store_send(Db *db, Ctx *ctx, const LogEntry *entry, const OutboxRow *event,
                                            LogEntry *out_stored);

/* About how many bytes an entry takes in an answer, in the larger of its forms, JSON. */
size_t message_answer_bytes(const LogEntry *entry);

/* Up to `limit` entries beyond `from`, fewer when they grow over bytes_max in an answer, but at least one if there is one and the limit
 * allows. */
MUST_CHECK Err message_store_page(Tx *tx, Ctx *ctx, LogPageKind kind, Id conversation, int64_t from, uint32_t limit,
                                  size_t bytes_max, LogPage *out_page);

/* All 0 when nothing is in its log. */
MUST_CHECK Err message_store_head(Tx *tx, Ctx *ctx, Id conversation, Id user, HeadRow *out_head);
/* heads[i].conversation says which, each once; the rest is filled in. Of the text of a last message no more than PREVIEW_MAX + 1
 * code points, the one over for those that are longer. */
MUST_CHECK Err message_store_heads(Tx *tx, Ctx *ctx, Id user, bool last_message, HeadRow *heads, size_t n_heads);

/* An entry that somebody claims to have. */
typedef struct EntryName {
    Id conversation;
    uint32_t rev;
    Id id; /* filled in: ID_NONE when there is none with this rev */
} EntryName;
MUST_CHECK Err message_store_name_entries(Tx *tx, Ctx *ctx, EntryName *entries, size_t n_entries);
/* Whether it is there, and the one with this tag (Change.tag of the contract). */
bool message_entry_has_tag(Ctx *ctx, const EntryName *entry, const char *tag);

/* Moves a read position forward, never back. shown: the others may see it, this time and from then on.
 * *out_moved (may be NULL): whether it moved. */
MUST_CHECK Err message_store_move_read(Tx *tx, Ctx *ctx, Id conversation, Id user, uint32_t seq, bool shown,
                                       bool *out_moved);
/* The same of what is delivered; nothing moves that is read already. */
MUST_CHECK Err message_store_move_delivered(Tx *tx, Ctx *ctx, Id conversation, Id user, uint32_t seq, bool shown,
                                            bool *out_moved);
/* The newest message of those that were there at at_ms; 0 when there was none. */
MUST_CHECK Err message_store_newest_at(Tx *tx, Ctx *ctx, Id conversation, int64_t at_ms, uint32_t *out_seq);
/* Of a member who came when since_seq was the newest message: they have read up to there, or further. */
MUST_CHECK Err message_store_begin_read(Tx *tx, Ctx *ctx, Id conversation, Id user, uint32_t since_seq);
/* As the others may see them, by user. rows: room for `limit`. */
MUST_CHECK Err message_store_reads(Tx *tx, Ctx *ctx, Id conversation, uint32_t limit, ReadRow *rows, uint32_t *out_n);
MUST_CHECK Err message_store_remove_read(Tx *tx, Ctx *ctx, Id conversation, Id user);

/* Ends a conversation: no entry is ever appended again, read positions are gone. Its entries stay until removed below. */
MUST_CHECK Err message_store_close(Tx *tx, Ctx *ctx, Id conversation);
/* Removes about `count` of the oldest entries. *out_removed is 0 when none are left. */
MUST_CHECK Err message_store_remove_entries(Tx *tx, Ctx *ctx, Id conversation, uint32_t count, int64_t *out_removed);

/* The database's epoch; `fresh` becomes it when there is none yet. */
MUST_CHECK Err message_store_epoch(Tx *tx, Ctx *ctx, Str fresh, Str *out_epoch);
