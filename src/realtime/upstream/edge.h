/* Shared by the files of realtime: the clients of the services, and the hubs. */
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "realtime/hub/hub.h"
#include "rpc/identity.h"
#include "rpc/rpc.h"

#define REALTIME_EPOCH_MAX 64

typedef struct PresenceState PresenceState; /* realtime/presence/presence.h */

struct Realtime {
    /* fixed after open */
    RealtimeConfig config;
    Rpc *rpc;
    Identity *identity;
    Pubsub *pubsub;
    RpcClient *group, *message, *notification;
    WorkerPool *workers;
    Hub **hubs; /* hubs[loop->index] */
    int n_hubs;
    PresenceState *presence;
    /* atomic */
    atomic_size_t sockets;
    atomic_size_t jobs; /* in flight through workers and other loops */
    atomic_bool is_closed;
    atomic_uint losses; /* how often pubsub has reported possible losses */
    /* locked inside */
    OnlineCountTable online_counts;

    pthread_mutex_t lock;
    pthread_cond_t quiet; /* no sockets, or no jobs */
    /* lock */
    char epoch[REALTIME_EPOCH_MAX]; /* of the message database, as last read */
};

/* Begin and end of a job that close must wait for. Any thread. */
void edge_job_begin(Realtime *realtime);
void edge_job_done(Realtime *realtime);
/* Begins a job with fn(arg) on a worker, which must end it. False, without any effect, if too many wait already. */
ANY_THREAD MUST_CHECK bool edge_submit(Realtime *realtime, void (*fn)(void *arg), void *arg);
/* Counts a socket that was accepted, or is gone. */
void edge_socket_count(Realtime *realtime, int change);

/* Stores the epoch from a read of heads, for resumes, which read none. */
ANY_THREAD void edge_epoch_set(Realtime *realtime, const char *epoch);
/* Empty until heads have been read once. */
ANY_THREAD void edge_epoch_get(Realtime *realtime, char out_epoch[REALTIME_EPOCH_MAX]);
