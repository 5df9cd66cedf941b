/* Blocking TCP on loopback. Failures end the program. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* Connected to 127.0.0.1, without Nagle's delay. */
int socket_connect(uint16_t port);
/* Listens on a free port of 127.0.0.1. */
int socket_listen(uint16_t *out_port);
/* Sends all of it, waiting when the socket is full. */
void socket_send(int fd, const void *bytes, size_t len);
