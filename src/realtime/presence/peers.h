/* Users online at other gateways, as announced by them. Each gateway announces every change at once, and all of its
 * users every GATEWAY_ROUND_MS; an entry not renewed within GATEWAY_LEASE_MS expires, so a dead gateway is forgotten.
 * The topic has one order for all, and each gateway receives its own messages too, so all agree on the first to connect
 * and the last to leave, and each change is published once (Peers itself publishes nothing). Any thread. */
#pragma once
#include <stdbool.h>

#include "base/attr.h"
#include "base/id.h"

#define GATEWAY_ROUND_MS  15000
#define GATEWAY_LEASE_MS  45000
#define GATEWAYS_MAX      64
#define GATEWAY_USERS_MAX 1000000 /* in total; users beyond that count as offline here */

typedef struct Peers Peers;

Peers *peers_new(void);
/* Accepts NULL. */
void peers_free(Peers *peers);

/* `gateway` has announced that the user is connected there, or no longer is. now_ms: monotonic. */
ANY_THREAD void peers_present(Peers *peers, Id gateway, Id user, int64_t now_ms);
ANY_THREAD void peers_gone(Peers *peers, Id gateway, Id user);
/* The gateway has stopped. */
ANY_THREAD void peers_leave(Peers *peers, Id gateway);

ANY_THREAD bool peers_have(Peers *peers, Id user);
/* Whether this gateway has the lowest id of those alive: it then does what only one may do. */
ANY_THREAD bool peers_lead(Peers *peers, Id self);
ANY_THREAD size_t peers_count(Peers *peers);

/* Extends all leases: this gateway received nothing for a while, which says nothing about the others. */
ANY_THREAD void peers_extend(Peers *peers, int64_t now_ms);
/* Removes expired entries; fills `users` with those that no other gateway has either, at most max. Returns their
 * number; call it again if that equals max. */
ANY_THREAD size_t peers_expire(Peers *peers, int64_t now_ms, Id *out_users, size_t max);
