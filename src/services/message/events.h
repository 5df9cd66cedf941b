/* Events published by message, inside the transaction of the change. */
#pragma once
#include "services/message/service.h"
#include "services/message/store.h"

/* One entry of the log, live for viewers of the conversation. Not on the bus: what group causes is there already, from
 * group, and no service consumes messages. actor_id: the user who caused it, may be empty. */
MUST_CHECK Err message_event_change(MessageService *svc, Tx *tx, Ctx *ctx, const LogEntry *entry, char *actor_id);
/* The same for a message that message_store_send() will store, without its numbers. */
OutboxRow message_event_of_send(Ctx *ctx, const LogEntry *entry);
/* A read position moved: on the bus as "read.moved", for the reader's own devices, and live for the others. */
MUST_CHECK Err message_event_read(MessageService *svc, Tx *tx, Ctx *ctx, Participant participant, uint32_t read_seq,
                                  uint32_t unread);
/* A device of the user received messages: live for the others only. */
MUST_CHECK Err message_event_delivered(MessageService *svc, Tx *tx, Ctx *ctx, Participant participant, uint32_t seq);
