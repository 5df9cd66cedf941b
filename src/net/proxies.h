/* The trusted proxies in front of the server, and the client behind them. Each proxy appends the address of its peer to
 * X-Forwarded-For, so the items are read from the end, and only as long as a trusted proxy wrote them. Items that the
 * client itself sent come before those and are ignored. Pure, any thread. */
#pragma once
#include "net/http.h"
#include "net/peer.h"

#define PROXIES_HOPS_MAX     16
#define PROXIES_NETWORKS_MAX 64

typedef struct ProxyNetwork {
    Peer first;
    uint8_t prefix_bits;
} ProxyNetwork;

/* By number or by address; zeroed: no proxy is trusted. */
struct Proxies {
    uint32_t hops; /* this many proxies stand in front, at any address; 0: use the networks */
    size_t n_networks;
    ProxyNetwork networks[PROXIES_NETWORKS_MAX];
};

/* Parses a number from 1 to PROXIES_HOPS_MAX, or a list of addresses and networks: "127.0.0.1, 10.0.0.0/8, fd00::/8".
 * Empty text trusts no proxy. False for anything else. */
bool proxies_parse(Str text, Proxies *out_proxies);
/* Whether a peer is a trusted proxy, which forwards for others. */
bool proxies_trust(const Proxies *proxies, const Peer *peer);
/* The client of a request that arrived from `peer`: the last address that is not a trusted proxy's, or the last trusted
 * one if the list ends or an item is not an address. proxies may be NULL. */
Peer proxies_client(const Proxies *proxies, Peer peer, const HttpRequest *request);
