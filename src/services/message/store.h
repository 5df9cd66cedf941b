/* The log of a conversation: every durable change, numbered without a hole; and read positions. Called inside a
 * transaction, on a worker or writer thread; results live in ctx->arena. Database errors are passed through. */
#pragma once
#include "ports/outbox.h"
#include "services/message/rules.h"

typedef struct LogEntry {
    Id conversation;
    uint32_t rev;
    uint32_t seq; /* 0 if not a message */
    EntryKind kind;
    Id id;
    Id sender;
    Id client_id; /* may be ID_NONE if not a message */
    int64_t created_at_ms;
    Str text;    /* of a message */
    Str payload; /* of other entries: ChangeData, packed */
} LogEntry;

/* The head of a conversation, for one user. All 0: its log is empty. */
typedef struct HeadRow {
    Id conversation;
    uint32_t rev, seq, read_seq, delivered_seq; /* delivered_seq is never less than read_seq */
    Id newest;                                  /* entry; of message_store_heads() only */
    LogEntry last_message;                      /* seq 0: none, or not asked for; see message_store_heads() */
} HeadRow;

typedef struct ReadRow {
    Id user;
    uint32_t seq, delivered_seq; /* the latter is never less */
    uint32_t since_seq;          /* the newest message when they joined */
} ReadRow;

/* Part of a log. */
typedef struct LogPage {
    LogEntry *entries;
    uint32_t n;
    bool more; /* the log continues in the direction of reading */
} LogPage;

/* The kind of entries, and the direction from a number. */
typedef enum LogPageKind {
    PAGE_MESSAGES_BEFORE, /* by seq, descending */
    PAGE_MESSAGES_AFTER,  /* by seq */
    PAGE_ENTRIES_AFTER,   /* by rev */
} LogPageKind;

/* Appends an entry with the conversation's next rev, and for a message the next seq.
 *   OK             *out_stored is the stored entry; or, if *out_repeated, the one this sender stored under this
 * client_id
 *                  before, in any conversation: nothing was written then
 *   ERR_CONFLICT   another transaction stored this client_id at the same time: roll back and look again
 *   ERR_NOT_FOUND  the conversation was deleted */
MUST_CHECK Err message_store_append(Tx *tx, Ctx *ctx, const LogEntry *entry, LogEntry *out_stored, bool *out_repeated);

/* Whether the engine supports message_store_send(). */
bool message_store_sends(const Db *db);
/* Stores a message with the sender's read position and the event, whose payload lacks its numbers
 * (event_pack_unnumbered()): a transaction in one round trip. On anything but OK use message_store_append() to find
 * out.
 *   OK             *out_stored is the stored message
 *   ERR_NOT_FOUND  nothing was stored: the client_id was already used, or the conversation is deleted
 *   else           as for db_write_one() */
ON_WORKER MUST_CHECK Err message_store_send(Db *db, Ctx *ctx, const LogEntry *entry, const OutboxRow *event,
                                            LogEntry *out_stored);

/* The approximate size of an entry in a response, in the larger of its encodings, JSON. */
size_t message_answer_bytes(const LogEntry *entry);

/* Up to `limit` entries beyond `from`, fewer if they exceed bytes_max in a response, but at least one if there is one
 * and limit permits. */
MUST_CHECK Err message_store_page(Tx *tx, Ctx *ctx, LogPageKind kind, Id conversation, int64_t from, uint32_t limit,
                                  size_t bytes_max, LogPage *out_page);

/* All 0 if its log is empty. */
MUST_CHECK Err message_store_head(Tx *tx, Ctx *ctx, Id conversation, Id user, HeadRow *out_head);
/* heads[i].conversation selects the conversations, without duplicates; the rest is filled in. The text of a last
 * message has at most PREVIEW_MAX + 1 code points, the extra one indicating truncation. */
MUST_CHECK Err message_store_heads(Tx *tx, Ctx *ctx, Id user, bool last_message, HeadRow *heads, size_t n_heads);

/* An entry that a client claims to have. */
typedef struct EntryName {
    Id conversation;
    uint32_t rev;
    Id id; /* filled in: ID_NONE if there is none with this rev */
} EntryName;
MUST_CHECK Err message_store_name_entries(Tx *tx, Ctx *ctx, EntryName *entries, size_t n_entries);
/* Whether it exists with this tag (Change.tag of the contract). */
bool message_entry_has_tag(Ctx *ctx, const EntryName *entry, const char *tag);

/* Moves a read position forward, never back. shown: visible to the others, from now on. *out_moved (may be NULL):
 * whether it moved. */
MUST_CHECK Err message_store_move_read(Tx *tx, Ctx *ctx, Id conversation, Id user, uint32_t seq, bool shown,
                                       bool *out_moved);
/* The same for the delivered position; does nothing for messages already read. */
MUST_CHECK Err message_store_move_delivered(Tx *tx, Ctx *ctx, Id conversation, Id user, uint32_t seq, bool shown,
                                            bool *out_moved);
/* The newest message that existed at at_ms; 0 if none. */
MUST_CHECK Err message_store_newest_at(Tx *tx, Ctx *ctx, Id conversation, int64_t at_ms, uint32_t *out_seq);
/* For a member who joined when since_seq was the newest message: they have read up to it, or further. */
MUST_CHECK Err message_store_begin_read(Tx *tx, Ctx *ctx, Id conversation, Id user, uint32_t since_seq);
/* Positions visible to others, by user. rows: room for `limit`. */
MUST_CHECK Err message_store_reads(Tx *tx, Ctx *ctx, Id conversation, uint32_t limit, ReadRow *rows, uint32_t *out_n);
MUST_CHECK Err message_store_remove_read(Tx *tx, Ctx *ctx, Id conversation, Id user);

/* Ends a conversation: no entry can be appended any more, and read positions are deleted. Its entries stay until
 * removed below. */
MUST_CHECK Err message_store_close(Tx *tx, Ctx *ctx, Id conversation);
/* Removes about `count` of the oldest entries. *out_removed is 0 when none are left. */
MUST_CHECK Err message_store_remove_entries(Tx *tx, Ctx *ctx, Id conversation, uint32_t count, int64_t *out_removed);

/* The database's epoch; set to `fresh` if there is none yet. */
MUST_CHECK Err message_store_epoch(Tx *tx, Ctx *ctx, Str fresh, Str *out_epoch);
