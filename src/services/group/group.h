/* Group: conversations, their members, and what members may do. The generated group_service.h declares the methods of
 * the contract; this is the interface for the host process. */
#pragma once
#include "ports/cache.h"
#include "ports/db.h"
#include "ports/outbox.h"
#include "rpc/rpc.h"

typedef struct GroupService GroupService;

typedef struct GroupConfig {
    uint32_t conversations_per_user_max;
    uint32_t members_per_group_max;
    uint32_t members_per_call_max; /* per request; at most 1000, which auth resolves at once */
    /* What others can cause in an account, see base/limits.h. */
    uint32_t pending_per_user_max, pending_of_strangers_max, unanswered_adds_max;
    uint32_t adds_per_hour; /* people that one user may add to conversations; 0: no limit */
} GroupConfig;

/* CONVERSATIONS_PER_USER_MAX and its neighbours of base/limits.h; adds_per_hour is a setting. */
extern const GroupConfig group_config_default;

extern const DbSchema group_schema;
extern const OutboxQueries group_outbox_queries;

/* All are borrowed and outlive the service; config is copied. auth: a client of the auth service. NULL with the reason
 * in ctx if the database does not answer. */
ON_WORKER GroupService *group_open(Ctx *ctx, Db *db, Outbox *outbox, Cache *cache, RpcClient *auth,
                                   const GroupConfig *config);
/* The service's consumer: bus_consume(bus, "group", group_topics, group_on_event, svc). */
extern const char *const group_topics[];
/* Transfers ownership of what a closed account owns. svc: a GroupService. Idempotent. */
ON_WORKER MUST_CHECK Err group_on_event(void *svc, Ctx *ctx, Str payload);
/* After the last call and the last event. Accepts NULL. */
void group_close(GroupService *svc);
