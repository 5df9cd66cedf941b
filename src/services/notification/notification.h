/* Notification: what concerns one user. The feed of private changes, and who is online. The methods of the contract are
 * declared by the generated notification_service.h; here is what the process that hosts the service needs. */
#pragma once
#include "ports/bus.h"
#include "ports/db.h"
#include "ports/outbox.h"
#include "rpc/rpc.h"

typedef struct NotificationService NotificationService;

typedef struct NotificationConfig {
    uint32_t feed_kept; /* changes of a user's feed; older ones make SyncFeed answer reset */
} NotificationConfig;

/* FEED_KEPT of base/limits.h. */
extern const NotificationConfig notification_config_default;

extern const DbSchema notification_schema;
extern const OutboxQueries notification_outbox_queries;
/* What the consumer "notification" takes from the bus. */
extern const char *const notification_topics[];

/* Whether a user has a connection now; called on worker threads. */
typedef bool (*NotificationOnlineFn)(void *arg, Id user);

/* All are borrowed and outlive the service; config is copied. group: a client of the group service. Registers the
 * consumer "notification" at the bus. At start, on a worker or the main thread. */
ON_WORKER NotificationService *notification_open(Db *db, Outbox *outbox, Bus *bus, RpcClient *group,
                                                 const NotificationConfig *config);
/* Where presence comes from; until it is set everybody is offline. At start, before the first call. */
void notification_set_online(NotificationService *svc, NotificationOnlineFn is_online, void *arg);
/* After the last call has returned and the bus delivers no more. Accepts NULL. */
void notification_close(NotificationService *svc);
