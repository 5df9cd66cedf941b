/* Who is online at the other gateways, as far as they have told. Each one tells whom it has by turns, within
 * GATEWAY_ROUND_MS all of them, and every change at once; what is not told again within GATEWAY_LEASE_MS ends, so a gateway
 * that died is forgotten. The topic's order is one for all, and each hears itself too: so the first to come and the last to
 * go are known everywhere alike, and others are told once (Peers never tells; it answers questions). Any thread. */
#pragma once
#include <stdbool.h>

#include "base/attr.h"
#include "base/id.h"

#define GATEWAY_ROUND_MS  15000
#define GATEWAY_LEASE_MS  45000
#define GATEWAYS_MAX      64
#define GATEWAY_USERS_MAX 1000000 /* remembered in all; more are offline to this gateway */

typedef struct Peers Peers;

Peers *peers_new(void);
/* Accepts NULL. */
void peers_free(Peers *peers);

/* `gateway` says that the user is there, or is not any more. now_ms: monotonic. */
ANY_THREAD void peers_present(Peers *peers, Id gateway, Id user, int64_t now_ms);
ANY_THREAD void peers_gone(Peers *peers, Id gateway, Id user);
/* It has stopped. */
ANY_THREAD void peers_leave(Peers *peers, Id gateway);

ANY_THREAD bool peers_have(Peers *peers, Id user);
/* None of those that live has an id below this one: what one of them has to do, it does. */
ANY_THREAD bool peers_lead(Peers *peers, Id self);
ANY_THREAD size_t peers_count(Peers *peers);

/* This gateway received nothing for a while: nobody's lease ends for that. */
ANY_THREAD void peers_extend(Peers *peers, int64_t now_ms);
/* Forgets whose lease has ended; fills users with those whom no other gateway has either, at most max. Returns how many; again
 * when it is full. */
ANY_THREAD size_t peers_expire(Peers *peers, int64_t now_ms, Id *out_users, size_t max);
