/* Notification: the feed of private changes of each user, and who is online. The generated notification_service.h
 * declares the methods of the contract; this is the interface for the host process. */
#pragma once
#include "ports/bus.h"
#include "ports/db.h"
#include "ports/outbox.h"
#include "rpc/rpc.h"

typedef struct NotificationService NotificationService;

typedef struct NotificationConfig {
    uint32_t feed_kept; /* changes in a user's feed; syncing from before them returns reset */
} NotificationConfig;

/* FEED_KEPT of base/limits.h. */
extern const NotificationConfig notification_config_default;

extern const DbSchema notification_schema;
extern const OutboxQueries notification_outbox_queries;
/* Bus topics of the consumer "notification". */
extern const char *const notification_topics[];

/* Whether a user has a connection now; called on worker threads. */
typedef bool (*NotificationOnlineFn)(void *arg, Id user);

/* All are borrowed and outlive the service; config is copied. group: a client of the group service. Registers the
 * consumer "notification" on the bus. At startup, on a worker or the main thread. */
ON_WORKER NotificationService *notification_open(Db *db, Outbox *outbox, Bus *bus, RpcClient *group,
                                                 const NotificationConfig *config);
/* Sets the source of presence; until then everybody is offline. At startup, before the first call. */
void notification_set_online(NotificationService *svc, NotificationOnlineFn is_online, void *arg);
/* After the last call has returned and the bus has stopped. Accepts NULL. */
void notification_close(NotificationService *svc);
