/* The address of a connection's other end, in as little memory as it takes. Pure, any thread. */
#pragma once
#include <stdint.h>
#include <sys/socket.h>

#include "base/str.h"

typedef struct Peer {
    uint8_t family;
    uint8_t address[16];
} Peer;

Peer peer_of(const struct sockaddr_storage *socket_address);
/* Without the port; IPv4 that came over an IPv6 socket is written as IPv4. In the arena. Empty for other families. */
Str peer_text(const Peer *peer, Arena *arena);
