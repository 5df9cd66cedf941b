/* Addresses as text, by inet_ntop() and inet_pton(). */
#include "net/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static size_t address_bytes(int family)
{
    return family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;
}

static Peer peer_from(int family, const void *address)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }; /* ::ffff:0:0/96 */
    Peer peer = { 0 };
    const uint8_t *bytes = address;
    if (family == AF_INET6 && memcmp(bytes, mapped, sizeof mapped) == 0) {
        family = AF_INET;
        bytes += sizeof mapped;
    }
    peer.family = (uint8_t)family;
    memcpy(peer.address, bytes, address_bytes(family));
    return peer;
}

Peer peer_of(const struct sockaddr_storage *socket_address)
{
    switch (socket_address->ss_family) {
    case AF_INET: return peer_from(AF_INET, &((const struct sockaddr_in *)socket_address)->sin_addr);
    case AF_INET6: return peer_from(AF_INET6, &((const struct sockaddr_in6 *)socket_address)->sin6_addr);
    default: return (Peer){ 0 };
    }
}

bool peer_parse(Str text, Peer *out_peer)
{
    char cstr[INET6_ADDRSTRLEN];
    struct in6_addr address; /* room for either */
    if (text.len == 0 || text.len >= sizeof cstr || str_find(text, '\0') >= 0) return false;
    memcpy(cstr, text.ptr, text.len);
    cstr[text.len] = '\0';
    int family = str_find(text, ':') >= 0 ? AF_INET6 : AF_INET;
    if (inet_pton(family, cstr, &address) != 1) return false;
    *out_peer = peer_from(family, &address);
    return true;
}

Str peer_text(const Peer *peer, Arena *arena)
{
    char text[INET6_ADDRSTRLEN];
    if (!inet_ntop(peer->family, peer->address, text, sizeof text)) return STR("");
    return str_dup(arena, str_of(text));
}

Str peer_block(const Peer *peer, uint8_t out_bytes[PEER_BLOCK_MAX])
{
    size_t len = address_bytes(peer->family);
    if (len > PEER_BLOCK_MAX) len = PEER_BLOCK_MAX;
    memcpy(out_bytes, peer->address, len);
    return (Str){ (const char *)out_bytes, len };
}

Str peer_block_of_text(Str address, uint8_t out_bytes[PEER_BLOCK_MAX])
{
    Peer peer = { 0 };
    return peer_parse(address, &peer) ? peer_block(&peer, out_bytes) : STR("");
}
