/* What message tells the others, inside the transaction of the change. */
#pragma once
#include "services/message/service.h"
#include "services/message/store.h"

/* One entry of the log, live to those who watch the conversation. Not on the bus: what group causes stands there already, from
 * group, and of a message no other service needs to hear. actor_id: who did it, may be empty. */
MUST_CHECK Err message_event_change(MessageService *svc, Tx *tx, Ctx *ctx, const LogEntry *entry, char *actor_id);
/* The same of a message that message_store_send() is to store, its numbers still open. */
OutboxRow message_event_of_send(Ctx *ctx, const LogEntry *entry);
/* A read position moved: on the bus as "read.moved", for the reader's own devices, and live for the others. */
MUST_CHECK Err message_event_read(MessageService *svc, Tx *tx, Ctx *ctx, Place place, uint32_t read_seq,
                                  uint32_t unread);
/* Messages arrived at a device of the user: live for the others, and for nobody else. */
MUST_CHECK Err message_event_delivered(MessageService *svc, Tx *tx, Ctx *ctx, Place place, uint32_t seq);
