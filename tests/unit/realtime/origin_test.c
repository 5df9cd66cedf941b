/* Which pages may open a socket. */
#include "realtime/origin.h"

#include "support/test.h"

static const char *const allowed[] = { "https://chat.example.org", "https://other.example.org/", NULL };
static const struct {
    const char *label, *origin, *host;
    const char *const *allowed;
    bool want;
} cases[] = {
    { "no browser", NULL, "chat.example.org", NULL, true },
    { "same host", "https://chat.example.org", "chat.example.org", NULL, true },
    { "same host and port", "http://localhost:8080", "localhost:8080", NULL, true },
    { "in another case", "https://Chat.Example.org", "chat.example.org", NULL, true },
    { "listed", "https://chat.example.org", "internal:8080", allowed, true },
    { "listed with a slash", "https://other.example.org", "internal:8080", allowed, true },
    { "another host", "https://evil.example.org", "chat.example.org", allowed, false },
    { "another port", "http://localhost:9090", "localhost:8080", NULL, false },
    { "a longer name", "https://chat.example.org.evil.net", "chat.example.org", allowed, false },
    { "opaque", "null", "chat.example.org", allowed, false },
    { "empty", "", "chat.example.org", allowed, false },
    { "no host to compare to", "https://", NULL, NULL, false },
    { "another scheme", "ftp://chat.example.org", "chat.example.org", NULL, false },
};
TEST_EACH(only_pages_of_this_site_may_connect, cases, c)
{
    CHECK(origin_is_allowed(str_of(c->origin), str_of(c->host), c->allowed) == c->want, c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(only_pages_of_this_site_may_connect) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
