/* Which web pages may open a socket (RFC 6455 section 10.2): a browser sends its page's origin, and a page of another
 * site must not act with this site's credentials. Other programs send no Origin. Pure. */
#pragma once
#include <stdbool.h>

#include "base/str.h"

/* origin, host: headers as sent, ptr NULL if absent. allowed: "https://chat.example.org", NULL-terminated list or
 * NULL. */
bool origin_is_allowed(Str origin, Str host, const char *const *allowed);
