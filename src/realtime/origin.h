/* Which web pages may open a socket here (RFC 6455 section 10.2): a browser says where a page is from, and a page of another
 * site must not act with what this site's user has. Other programs send no Origin. Pure. */
#pragma once
#include <stdbool.h>

#include "base/str.h"

/* origin, host: headers as sent, ptr NULL when absent. allowed: "https://chat.example.org", NULL-terminated list or NULL. */
bool origin_is_allowed(Str origin, Str host, const char *const *allowed);
