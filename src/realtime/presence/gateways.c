/* A map of users for each gateway; there are few gateways. See gateways.h. */
#include "realtime/presence/gateways.h"

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

struct Gateways {
    pthread_mutex_t lock;
    /* lock */
    Gateway list[GATEWAYS_MAX];
    size_t n_gateways, n_users;
};

Gateways *gateways_new(void)
{
    Gateways *gateways = calloc(1, sizeof *gateways);
    if (!gateways) abort();
    pthread_mutex_init(&gateways->lock, NULL);
    return gateways;
}

static void remove_seen(Gateways *gateways, Gateway *gateway, Seen *seen)
{
    map_remove(&gateway->users, id_key(&seen->user));
    free(seen);
    gateways->n_users--;
}

/* The last one takes its place. */
static void remove_gateway(Gateways *gateways, Gateway *gateway)
{
    size_t at = 0;
    for (Seen *seen; (seen = map_next(&gateway->users, &at));) free(seen);
    gateways->n_users -= gateway->users.count;
    map_done(&gateway->users);
    *gateway = gateways->list[--gateways->n_gateways];
    gateways->list[gateways->n_gateways] = (Gateway){ 0 };
}

void gateways_free(Gateways *gateways)
{
    if (!gateways) return;
    while (gateways->n_gateways) remove_gateway(gateways, &gateways->list[0]);
    pthread_mutex_destroy(&gateways->lock);
    free(gateways);
}

static Gateway *find(Gateways *gateways, Id id)
{
    for (size_t i = 0; i < gateways->n_gateways; i++)
        if (id_eq(gateways->list[i].id, id)) return &gateways->list[i];
    return NULL;
}

static Gateway *get(Gateways *gateways, Id id)
{
    Gateway *gateway = find(gateways, id);
    if (gateway || gateways->n_gateways == GATEWAYS_MAX) return gateway;
    gateway = &gateways->list[gateways->n_gateways++];
    *gateway = (Gateway){ .id = id };
    return gateway;
}

static void see(Gateways *gateways, Gateway *gateway, Id user, int64_t until_ms)
{
    Seen *seen = map_get(&gateway->users, id_key(&user));
    if (!seen) {
        if (gateways->n_users >= GATEWAY_USERS_MAX) return;
        seen = calloc(1, sizeof *seen);
        if (!seen) abort();
        seen->user = user;
        map_put(&gateway->users, id_key(&seen->user), seen);
        gateways->n_users++;
    }
    seen->until_ms = until_ms;
}

void gateways_present(Gateways *gateways, Id id, Id user, int64_t now_ms)
{
    pthread_mutex_lock(&gateways->lock);
    Gateway *gateway = get(gateways, id);
    if (gateway) {
        gateway->until_ms = now_ms + GATEWAY_LEASE_MS;
        if (!id_is_none(user)) see(gateways, gateway, user, gateway->until_ms);
    }
    pthread_mutex_unlock(&gateways->lock);
}

void gateways_gone(Gateways *gateways, Id id, Id user)
{
    pthread_mutex_lock(&gateways->lock);
    Gateway *gateway = find(gateways, id);
    Seen *seen = gateway ? map_get(&gateway->users, id_key(&user)) : NULL;
    if (seen) remove_seen(gateways, gateway, seen);
    pthread_mutex_unlock(&gateways->lock);
}

void gateways_leave(Gateways *gateways, Id id)
{
    pthread_mutex_lock(&gateways->lock);
    Gateway *gateway = find(gateways, id);
    if (gateway) remove_gateway(gateways, gateway);
    pthread_mutex_unlock(&gateways->lock);
}

static bool have(const Gateways *gateways, Id user)
{
    for (size_t i = 0; i < gateways->n_gateways; i++)
        if (map_get(&gateways->list[i].users, id_key(&user))) return true;
    return false;
}

bool gateways_have(Gateways *gateways, Id user)
{
    pthread_mutex_lock(&gateways->lock);
    bool found = have(gateways, user);
    pthread_mutex_unlock(&gateways->lock);
    return found;
}

bool gateways_lead(Gateways *gateways, Id self)
{
    bool leads = true;
    pthread_mutex_lock(&gateways->lock);
    for (size_t i = 0; i < gateways->n_gateways; i++)
        if (id_cmp(gateways->list[i].id, self) < 0) leads = false;
    pthread_mutex_unlock(&gateways->lock);
    return leads;
}

size_t gateways_count(Gateways *gateways)
{
    pthread_mutex_lock(&gateways->lock);
    size_t count = gateways->n_gateways;
    pthread_mutex_unlock(&gateways->lock);
    return count;
}

void gateways_extend(Gateways *gateways, int64_t now_ms)
{
    pthread_mutex_lock(&gateways->lock);
    for (size_t i = 0; i < gateways->n_gateways; i++) {
        size_t at = 0;
        gateways->list[i].until_ms = now_ms + GATEWAY_LEASE_MS;
        for (Seen *seen; (seen = map_next(&gateways->list[i].users, &at));) seen->until_ms = now_ms + GATEWAY_LEASE_MS;
    }
    pthread_mutex_unlock(&gateways->lock);
}

/* One of the gateway's whose lease has ended, or NULL. */
static Seen *any_ended(const Gateway *gateway, size_t *at, int64_t now_ms)
{
    for (Seen *seen; (seen = map_next(&gateway->users, at));)
        if (seen->until_ms <= now_ms) return seen;
    return NULL;
}

/* Removing moves others into the place, perhaps behind the cursor: those are found at the next look. */
static size_t expire_users(Gateways *gateways, Gateway *gateway, int64_t now_ms, Id *out_users, size_t max)
{
    size_t n = 0, at = 0;
    for (Seen *seen; n < max && (seen = any_ended(gateway, &at, now_ms));) {
        Id user = seen->user;
        remove_seen(gateways, gateway, seen);
        at = at ? at - 1 : 0;
        if (!have(gateways, user)) out_users[n++] = user;
    }
    return n;
}

size_t gateways_expire(Gateways *gateways, int64_t now_ms, Id *out_users, size_t max)
{
    size_t n = 0;
    pthread_mutex_lock(&gateways->lock);
    for (size_t i = gateways->n_gateways; i-- > 0;) {
        Gateway *gateway = &gateways->list[i];
        n += expire_users(gateways, gateway, now_ms, out_users + n, max - n);
        if (gateway->until_ms <= now_ms && !gateway->users.count) remove_gateway(gateways, gateway);
    }
    pthread_mutex_unlock(&gateways->lock);
    return n;
}
