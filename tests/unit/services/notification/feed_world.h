/* The notification service on an SQLite file of its own, with memory bus and pubsub, a real outbox, and a double of group:
 * user n shares a conversation with users n - 1 and n + 1. */
#pragma once
#include "adapters/sqlite/sqlite.h"
#include "notification_client.h"
#include "notification_service.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "services/notification/notification.h"
#include "support/faulty.h"
#include "support/temp_dir.h"
#include "support/test.h"

typedef struct FeedWorld {
    NotificationService *svc;
    Bus *bus;
    Db *db;
    Faults *faults; /* of the service's database */
    int group_calls;
    size_t group_asked; /* how many others the last call named */
    /* private */
    TempDir dir;
    Pubsub *pubsub;
    Outbox *outbox;
    RpcClient group;
    pthread_mutex_t lock;
    pthread_cond_t more;
    Arena *arena;   /* lock */
    Str live[4096]; /* lock; payloads on users' topics, in order */
    int n_live;     /* lock */
} FeedWorld;

/* kept: changes of a feed; 0: the default. faults may be NULL. */
FeedWorld *feed_world_new(uint32_t kept, Faults *faults);
void feed_world_freep(FeedWorld **world);

Id user_id(int n);
Id conversation_id(int n);
Ctx *ctx_of(Id user);

/* Events as the others publish them, with ids that differ in n. */
Envelope *created_event(Ctx *ctx, int n, int conversation, int first_user, int n_users);
Envelope *member_event(Ctx *ctx, int n, const char *change, int conversation, int user);
/* Users `first_user` and on, who came together. */
Envelope *crowd_event(Ctx *ctx, int n, int conversation, int first_user, int n_users);
Envelope *read_event(Ctx *ctx, int n, int conversation, int user, uint32_t seq);
Envelope *profile_event(Ctx *ctx, int n, int user, const char *about);
/* What the bus answers. */
Err publish(FeedWorld *world, Ctx *ctx, const char *topic, const Envelope *event);

/* Fails the test when the call fails. */
SyncFeedResponse *sync_feed(FeedWorld *world, Ctx *ctx, uint32_t after, uint32_t limit);
/* Whether a client that has this may go on; asks SyncFeed and GetFeedHead, which must agree. */
bool feed_goes_on(FeedWorld *world, Ctx *ctx, uint32_t urev, const char *tag);
uint32_t feed_head(FeedWorld *world, int user);
/* Waits until n live events were published, and returns the nth, from 1. */
const Envelope *wait_live(FeedWorld *world, Ctx *ctx, int n);
