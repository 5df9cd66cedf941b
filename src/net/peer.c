/* Addresses as text, by inet_ntop(). */
#include "net/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>

Peer peer_of(const struct sockaddr_storage *socket_address)
{
    Peer peer = { .family = (uint8_t)socket_address->ss_family };
    if (peer.family == AF_INET)
        memcpy(peer.address, &((const struct sockaddr_in *)socket_address)->sin_addr, 4);
    else if (peer.family == AF_INET6)
        memcpy(peer.address, &((const struct sockaddr_in6 *)socket_address)->sin6_addr, 16);
    return peer;
}

Str peer_text(const Peer *peer, Arena *arena)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff }; /* ::ffff:0:0/96 */
    char text[INET6_ADDRSTRLEN];
    int family = peer->family;
    const uint8_t *address = peer->address;
    if (family == AF_INET6 && memcmp(address, mapped, sizeof mapped) == 0) {
        family = AF_INET;
        address += sizeof mapped;
    }
    if (!inet_ntop(family, address, text, sizeof text)) return STR("");
    return str_dup(arena, str_of(text));
}
