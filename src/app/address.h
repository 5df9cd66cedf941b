/* "127.0.0.1:8080", "[::1]:8080": the address part and the port of the listen setting. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef struct Address {
    char host[46]; /* numeric IPv4 or IPv6 */
    uint16_t port; /* 0: the system chooses */
} Address;

/* False if it does not have that form. "localhost" means 127.0.0.1. */
bool address_parse(Str text, Address *out_address);
