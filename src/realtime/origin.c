/* Origin check. See origin.h. */
#include "realtime/origin.h"

static Str without_slash(Str url)
{
    return url.len && url.ptr[url.len - 1] == '/' ? (Str){ url.ptr, url.len - 1 } : url;
}

bool origin_is_allowed(Str origin, Str host, const char *const *allowed)
{
    if (!origin.ptr) return true;
    for (; allowed && *allowed; allowed++) {
        if (str_eq_nocase(origin, without_slash(str_of(*allowed)))) return true;
    }
    /* "https://" host [":" port]: the rest must equal the request's Host. */
    Str scheme = str_starts_with(origin, STR("https://")) ? STR("https://") : STR("http://");
    if (!str_starts_with(origin, scheme) || !host.len) return false;
    return str_eq_nocase((Str){ origin.ptr + scheme.len, origin.len - scheme.len }, host);
}
