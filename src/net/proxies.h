/* The proxies in front of the server, and whom a request is from behind them: each proxy appends to X-Forwarded-For the address
 * it was called from, so the items are read from the end, and only as long as a proxy that we trust wrote them. What a client
 * sent in that header itself stands before those and counts for nothing. Pure, any thread. */
#pragma once
#include "net/http.h"
#include "net/peer.h"

#define PROXIES_HOPS_MAX     16
#define PROXIES_NETWORKS_MAX 64

typedef struct ProxyNetwork {
    Peer first;
    uint8_t prefix_bits;
} ProxyNetwork;

/* By number or by address; zeroed: nobody is trusted. */
struct Proxies {
    uint32_t hops; /* so many proxies stand in front, wherever they are; 0: those in the networks */
    size_t n_networks;
    ProxyNetwork networks[PROXIES_NETWORKS_MAX];
};

/* Empty for none; a number, 1 to PROXIES_HOPS_MAX; or a list of addresses and networks, "127.0.0.1, 10.0.0.0/8, fd00::/8". False
 * for anything else. */
bool proxies_parse(Str text, Proxies *out_proxies);
/* Whether a connection from there speaks for others. */
bool proxies_trust(const Proxies *proxies, const Peer *peer);
/* Whom a request is from that came over a connection from `peer`: the last address that no trusted proxy has, or the last
 * trusted one where the list ends or has no address. proxies may be NULL. */
Peer proxies_client(const Proxies *proxies, Peer peer, const HttpRequest *request);
