/* The address of a connection's other end, stored compactly. Pure, any thread. */
#pragma once
#include <stdint.h>
#include <sys/socket.h>

#include "base/str.h"

/* family: AF_INET or AF_INET6; anything else means no address. IPv4-mapped IPv6 (::ffff:0:0/96) is stored as IPv4. */
typedef struct Peer {
    uint8_t family;
    uint8_t address[16];
} Peer;

#define PEER_BLOCK_MAX 8 /* bytes */

Peer peer_of(const struct sockaddr_storage *socket_address);
/* Parses an address as inet_pton() does, without port, brackets or zone. False for anything else. */
bool peer_parse(Str text, Peer *out_peer);
/* Without the port. In the arena. Empty for other families. */
Str peer_text(const Peer *peer, Arena *arena);

/* The unit of every limit by address: IPv4 as it is, IPv6 as its /64, since an IPv6 customer has at least that many
 * (RFC 6177 section 2). 4 or 8 bytes in out_bytes; empty for no address. */
Str peer_block(const Peer *peer, uint8_t out_bytes[PEER_BLOCK_MAX]);
/* The same for an address as text, such as ctx->peer. */
Str peer_block_of_text(Str address, uint8_t out_bytes[PEER_BLOCK_MAX]);
