/* X-Forwarded-For, from its end. */
#include "net/proxies.h"

static size_t bits_of(const Peer *peer)
{
    return peer->family == AF_INET ? 32 : 128;
}

static bool network_parse(Str text, ProxyNetwork *out_network)
{
    Str rest = text, address = str_cut(&rest, '/');
    bool has_prefix = address.len < text.len;
    uint64_t bits = 0;
    if (!peer_parse(address, &out_network->first)) return false;
    size_t max = bits_of(&out_network->first);
    if (has_prefix && !str_to_u64(rest, max, &bits)) return false;
    out_network->prefix_bits = (uint8_t)(has_prefix ? bits : max);
    return true;
}

bool proxies_parse(Str text, Proxies *out_proxies)
{
    uint64_t hops;
    *out_proxies = (Proxies){ 0 };
    text = str_trim(text);
    if (text.len == 0) return true;
    if (str_to_u64(text, PROXIES_HOPS_MAX, &hops)) {
        out_proxies->hops = (uint32_t)hops;
        return hops > 0;
    }
    do {
        Str item = str_trim(str_cut(&text, ','));
        if (out_proxies->n_networks == PROXIES_NETWORKS_MAX) return false;
        if (!network_parse(item, &out_proxies->networks[out_proxies->n_networks++])) return false;
    } while (text.len);
    return true;
}

static bool network_has(const ProxyNetwork *network, const Peer *peer)
{
    size_t bytes = network->prefix_bits / 8, bits = network->prefix_bits % 8;
    if (peer->family != network->first.family) return false;
    if (memcmp(peer->address, network->first.address, bytes) != 0) return false;
    return bits == 0 || (peer->address[bytes] ^ network->first.address[bytes]) >> (8 - bits) == 0;
}

/* hop: how many proxies are known to be in front of this one. */
static bool is_trusted(const Proxies *proxies, const Peer *peer, uint32_t hop)
{
    if (proxies->hops) return hop < proxies->hops;
    for (size_t i = 0; i < proxies->n_networks; i++)
        if (network_has(&proxies->networks[i], peer)) return true;
    return false;
}

bool proxies_trust(const Proxies *proxies, const Peer *peer)
{
    return is_trusted(proxies, peer, 0);
}

/* The items of all X-Forwarded-For lines, which are one list (RFC 9110 section 5.3), backwards. */
typedef struct Backwards {
    const HttpRequest *request;
    size_t lines_left;
    Str line; /* what is left of this one */
    bool in_line;
} Backwards;

static bool line_before(Backwards *at)
{
    while (at->lines_left > 0) {
        const HttpHeader *header = &at->request->headers[--at->lines_left];
        if (!str_eq_nocase(header->name, STR("x-forwarded-for"))) continue;
        at->line = header->value;
        at->in_line = true;
        return true;
    }
    return false;
}

static bool item_before(Backwards *at, Str *out_item)
{
    if (!at->in_line && !line_before(at)) return false;
    size_t start = at->line.len;
    while (start > 0 && at->line.ptr[start - 1] != ',') start--;
    *out_item = str_trim((Str){ at->line.ptr + start, at->line.len - start });
    at->in_line = start > 0;
    if (at->in_line) at->line.len = start - 1;
    return true;
}

Peer proxies_client(const Proxies *proxies, Peer peer, const HttpRequest *request)
{
    Backwards at = { .request = request, .lines_left = request->n_headers };
    for (uint32_t hop = 0; proxies && is_trusted(proxies, &peer, hop); hop++) {
        Str item;
        if (!item_before(&at, &item) || !peer_parse(item, &peer)) break;
    }
    return peer;
}
