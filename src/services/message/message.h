/* Message: the log of each conversation, and read positions. The generated message_service.h declares the methods of
 * the contract; this is the interface for the host process. */
#pragma once
#include "ports/cache.h"
#include "ports/db.h"
#include "ports/outbox.h"
#include "rpc/rpc.h"

typedef struct MessageService MessageService;

extern const DbSchema message_schema;
extern const OutboxQueries message_outbox_queries;

/* All are borrowed and outlive the service. group: a client of the group service. NULL with the reason in ctx if the
 * database does not answer. */
ON_WORKER MessageService *message_open(Ctx *ctx, Db *db, Outbox *outbox, Cache *cache, RpcClient *group);
/* After the last call and the last event. Accepts NULL. */
void message_close(MessageService *svc);

/* The service's consumer: bus_consume(bus, "message", message_topics, message_on_event, svc). */
extern const char *const message_topics[];
/* Records an event of a conversation in its log. svc: a MessageService. Idempotent. */
ON_WORKER MUST_CHECK Err message_on_event(void *svc, Ctx *ctx, Str payload);
