/* Listen addresses. */
#include "app/address.h"

#include <arpa/inet.h>

bool address_parse(Str text, Address *out_address)
{
    Str host, port;
    unsigned char binary[16];
    uint64_t number;
    bool v6 = text.len && text.ptr[0] == '[';

    if (v6) {
        ptrdiff_t end = str_find(text, ']');
        if (end < 0 || (size_t)end + 1 >= text.len || text.ptr[end + 1] != ':') return false;
        host = (Str){ text.ptr + 1, (size_t)end - 1 };
        port = (Str){ text.ptr + end + 2, text.len - (size_t)end - 2 };
    } else {
        port = text;
        host = str_cut(&port, ':');
    }
    if (str_eq(host, STR("localhost"))) host = STR("127.0.0.1");
    if (!str_to_u64(port, 65535, &number) || host.len >= sizeof out_address->host) return false;
    memcpy(out_address->host, host.ptr, host.len);
    out_address->host[host.len] = '\0';
    out_address->port = (uint16_t)number;
    return inet_pton(v6 ? AF_INET6 : AF_INET, out_address->host, binary) == 1;
}
