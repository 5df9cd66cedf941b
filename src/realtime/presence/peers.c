/* One map of users per gateway; there are few gateways. See peers.h. */
#include "realtime/presence/peers.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/map.h"

typedef struct Seen {
    Id user;
    int64_t until_ms;
} Seen;

typedef struct Gateway {
    Id id;
    int64_t until_ms;
    Map users; /* -> Seen */
} Gateway;

struct Peers {
    pthread_mutex_t lock;
    /* lock */
    Gateway list[GATEWAYS_MAX];
    size_t n_gateways, n_users;
};

Peers *peers_new(void)
{
    Peers *peers = calloc(1, sizeof *peers);
    if (!peers) abort();
    pthread_mutex_init(&peers->lock, NULL);
    return peers;
}

static void remove_seen(Peers *peers, Gateway *gateway, Seen *seen)
{
    map_remove(&gateway->users, id_key(&seen->user));
    free(seen);
    peers->n_users--;
}

/* Removes a gateway; the last one moves into its slot. */
static void remove_gateway(Peers *peers, Gateway *gateway)
{
    size_t at = 0;
    for (Seen *seen; (seen = map_next(&gateway->users, &at));) free(seen);
    peers->n_users -= gateway->users.count;
    map_done(&gateway->users);
    *gateway = peers->list[--peers->n_gateways];
    peers->list[peers->n_gateways] = (Gateway){ 0 };
}

void peers_free(Peers *peers)
{
    if (!peers) return;
    while (peers->n_gateways) remove_gateway(peers, &peers->list[0]);
    pthread_mutex_destroy(&peers->lock);
    free(peers);
}

static Gateway *find(Peers *peers, Id id)
{
    for (size_t i = 0; i < peers->n_gateways; i++)
        if (id_eq(peers->list[i].id, id)) return &peers->list[i];
    return NULL;
}

static Gateway *get(Peers *peers, Id id)
{
    Gateway *gateway = find(peers, id);
    if (gateway || peers->n_gateways == GATEWAYS_MAX) return gateway;
    gateway = &peers->list[peers->n_gateways++];
    *gateway = (Gateway){ .id = id };
    return gateway;
}

static void see(Peers *peers, Gateway *gateway, Id user, int64_t until_ms)
{
    Seen *seen = map_get(&gateway->users, id_key(&user));
    if (!seen) {
        if (peers->n_users >= GATEWAY_USERS_MAX) return;
        seen = calloc(1, sizeof *seen);
        if (!seen) abort();
        seen->user = user;
        map_put(&gateway->users, id_key(&seen->user), seen);
        peers->n_users++;
    }
    seen->until_ms = until_ms;
}

void peers_present(Peers *peers, Id id, Id user, int64_t now_ms)
{
    pthread_mutex_lock(&peers->lock);
    Gateway *gateway = get(peers, id);
    if (gateway) {
        gateway->until_ms = now_ms + GATEWAY_LEASE_MS;
        if (!id_is_none(user)) see(peers, gateway, user, gateway->until_ms);
    }
    pthread_mutex_unlock(&peers->lock);
}

void peers_gone(Peers *peers, Id id, Id user)
{
    pthread_mutex_lock(&peers->lock);
    Gateway *gateway = find(peers, id);
    Seen *seen = gateway ? map_get(&gateway->users, id_key(&user)) : NULL;
    if (seen) remove_seen(peers, gateway, seen);
    pthread_mutex_unlock(&peers->lock);
}

void peers_leave(Peers *peers, Id id)
{
    pthread_mutex_lock(&peers->lock);
    Gateway *gateway = find(peers, id);
    if (gateway) remove_gateway(peers, gateway);
    pthread_mutex_unlock(&peers->lock);
}

static bool have(const Peers *peers, Id user)
{
    for (size_t i = 0; i < peers->n_gateways; i++)
        if (map_get(&peers->list[i].users, id_key(&user))) return true;
    return false;
}

bool peers_have(Peers *peers, Id user)
{
    pthread_mutex_lock(&peers->lock);
    bool found = have(peers, user);
    pthread_mutex_unlock(&peers->lock);
    return found;
}

bool peers_lead(Peers *peers, Id self)
{
    bool leads = true;
    pthread_mutex_lock(&peers->lock);
    for (size_t i = 0; i < peers->n_gateways; i++)
        if (id_cmp(peers->list[i].id, self) < 0) leads = false;
    pthread_mutex_unlock(&peers->lock);
    return leads;
}

size_t peers_count(Peers *peers)
{
    pthread_mutex_lock(&peers->lock);
    size_t count = peers->n_gateways;
    pthread_mutex_unlock(&peers->lock);
    return count;
}

void peers_extend(Peers *peers, int64_t now_ms)
{
    pthread_mutex_lock(&peers->lock);
    for (size_t i = 0; i < peers->n_gateways; i++) {
        size_t at = 0;
        peers->list[i].until_ms = now_ms + GATEWAY_LEASE_MS;
        for (Seen *seen; (seen = map_next(&peers->list[i].users, &at));) seen->until_ms = now_ms + GATEWAY_LEASE_MS;
    }
    pthread_mutex_unlock(&peers->lock);
}

/* A user of the gateway whose lease has expired, or NULL. */
static Seen *any_ended(const Gateway *gateway, size_t *at, int64_t now_ms)
{
    for (Seen *seen; (seen = map_next(&gateway->users, at));)
        if (seen->until_ms <= now_ms) return seen;
    return NULL;
}

/* Removal moves entries, perhaps behind the cursor: the next pass finds those. */
static size_t expire_users(Peers *peers, Gateway *gateway, int64_t now_ms, Id *out_users, size_t max)
{
    size_t n = 0, at = 0;
    for (Seen *seen; n < max && (seen = any_ended(gateway, &at, now_ms));) {
        Id user = seen->user;
        remove_seen(peers, gateway, seen);
        at = at ? at - 1 : 0;
        if (!have(peers, user)) out_users[n++] = user;
    }
    return n;
}

size_t peers_expire(Peers *peers, int64_t now_ms, Id *out_users, size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&peers->lock);
    for (size_t i = peers->n_gateways; i-- > 0;) {
        Gateway *gateway = &peers->list[i];
        n += expire_users(peers, gateway, now_ms, out_users + n, max - n);
        if (gateway->until_ms <= now_ms && !gateway->users.count) remove_gateway(peers, gateway);
    }
    pthread_mutex_unlock(&peers->lock);
    return n;
}
