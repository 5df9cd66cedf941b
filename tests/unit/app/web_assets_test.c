#include "app/web_assets.h"

#include "support/test.h"

static const WebFile files[] = {
    { STR("/assets/index-AbCdEfGh.js"), STR("text/javascript; charset=utf-8"), STR("h1"), true, STR("plain js"),
      STR("gzip js"), STR("br js") },
    { STR("/icon.png"), STR("image/png"), STR("h2"), false, STR("png"), { NULL, 0 }, { NULL, 0 } },
    { STR("/index.html"),
      STR("text/html; charset=utf-8"),
      STR("h3"),
      false,
      STR("page"),
      STR("gzip page"),
      { NULL, 0 } },
};
static const WebFiles with_client = { files, ARRAY_LEN(files) };
static const WebFiles without_client = { 0 };

#define NO_HEADER ((Str){ NULL, 0 })

typedef struct Ask {
    Str path, accept, encoding, if_none_match;
} Ask;

static bool ask(const WebFiles *web, Arena *arena, const Ask *ask, HttpReply *out_reply)
{
    HttpHeader *headers = arena_new_array(arena, HttpHeader, 3);
    size_t n = 0;
    if (ask->accept.ptr) headers[n++] = (HttpHeader){ STR("Accept"), ask->accept };
    if (ask->encoding.ptr) headers[n++] = (HttpHeader){ STR("Accept-Encoding"), ask->encoding };
    if (ask->if_none_match.ptr) headers[n++] = (HttpHeader){ STR("If-None-Match"), ask->if_none_match };
    HttpRequest request = { .method = STR("GET"), .path = ask->path, .headers = headers, .n_headers = n };
    return web_assets_reply(web, &request, arena, out_reply);
}

static Str header_of(const HttpReply *reply, Str name)
{
    for (size_t i = 0; i < reply->n_headers; i++)
        if (str_eq_nocase(reply->headers[i].name, name)) return reply->headers[i].value;
    return (Str){ NULL, 0 };
}

#define BROWSER STR("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")

static const struct {
    const char *label;
    Str path, accept;
    Str body; /* empty: not found */
} paths[] = {
    { "the root", STR("/"), BROWSER, STR("page") },
    { "the root for a program", STR("/"), STR("*/*"), STR("page") },
    { "the first file", STR("/assets/index-AbCdEfGh.js"), STR("*/*"), STR("plain js") },
    { "a file between others", STR("/icon.png"), STR("image/*"), STR("png") },
    { "a deep link", STR("/chat/0190"), BROWSER, STR("page") },
    { "a deep link with dots", STR("/u/ann.lee"), BROWSER, STR("page") },
    { "what only begins like the API", STR("/v10"), BROWSER, STR("page") },
    { "a deep link for a program", STR("/chat/0190"), STR("*/*"), STR("") },
    { "a page that is not wanted", STR("/chat"), STR("text/html;q=0, */*"), STR("") },
    { "no Accept", STR("/chat"), NO_HEADER, STR("") },
    { "a missing asset", STR("/assets/gone-AbCdEfGh.js"), BROWSER, STR("") },
    { "the folder of assets", STR("/assets"), BROWSER, STR("") },
    { "a missing method of the API", STR("/v1/nothing"), BROWSER, STR("") },
    { "the API itself", STR("/v1"), BROWSER, STR("") },
    { "a missing well-known", STR("/.well-known/x"), BROWSER, STR("") },
    { "a prefix of a file", STR("/icon.pn"), STR("image/*"), STR("") },
    { "a file and more", STR("/icon.png/"), STR("image/*"), STR("") },
};

TEST_EACH(a_path_names_a_file_or_the_first_page_or_nothing, paths, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    HttpReply reply = { 0 };
    bool found = ask(&with_client, arena, &(Ask){ .path = c->path, .accept = c->accept }, &reply);
    CHECK(found == (c->body.len > 0), c->label);
    if (!found) return;
    CHECK_STR(reply.body, c->body, c->label);
    CHECK(reply.status == 200, c->label);
}

static const struct {
    const char *label;
    Str accepts;
    Str path, body, coding;
} codings[] = {
    { "brotli before gzip", STR("gzip, deflate, br"), STR("/assets/index-AbCdEfGh.js"), STR("br js"), STR("br") },
    { "gzip alone", STR("gzip"), STR("/assets/index-AbCdEfGh.js"), STR("gzip js"), STR("gzip") },
    { "any case, any space", STR(" GZip ;q=0.5 "), STR("/assets/index-AbCdEfGh.js"), STR("gzip js"), STR("gzip") },
    { "brotli refused", STR("br;q=0, gzip"), STR("/assets/index-AbCdEfGh.js"), STR("gzip js"), STR("gzip") },
    { "refused with decimals", STR("br;q=0.00, gzip;q=0.001"), STR("/assets/index-AbCdEfGh.js"), STR("gzip js"),
      STR("gzip") },
    { "anything", STR("*"), STR("/assets/index-AbCdEfGh.js"), STR("br js"), STR("br") },
    { "anything but brotli", STR("*, br;q=0"), STR("/assets/index-AbCdEfGh.js"), STR("gzip js"), STR("gzip") },
    { "nothing named", NO_HEADER, STR("/assets/index-AbCdEfGh.js"), STR("plain js"), NO_HEADER },
    { "others only", STR("zstd, deflate"), STR("/assets/index-AbCdEfGh.js"), STR("plain js"), NO_HEADER },
    { "a longer name", STR("brx"), STR("/assets/index-AbCdEfGh.js"), STR("plain js"), NO_HEADER },
    { "a form that is not there", STR("br, gzip"), STR("/"), STR("gzip page"), STR("gzip") },
    { "what does not shrink", STR("br, gzip"), STR("/icon.png"), STR("png"), NO_HEADER },
};

TEST_EACH(the_smallest_form_that_is_accepted_is_sent, codings, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    HttpReply reply;
    CHECK(ask(&with_client, arena, &(Ask){ .path = c->path, .encoding = c->accepts }, &reply), c->label);
    CHECK_STR(reply.body, c->body, c->label);
    CHECK_STR(header_of(&reply, STR("Content-Encoding")), c->coding, c->label);
    CHECK_STR(header_of(&reply, STR("Vary")), STR("Accept-Encoding"), c->label);
}

static const struct {
    const char *label;
    Str known;
    int status;
} tags[] = {
    { "nothing known", NO_HEADER, 200 },
    { "the same", STR("\"h3-gzip\""), 304 },
    { "made weak by a proxy", STR("W/\"h3-gzip\""), 304 },
    { "one of several", STR("\"old\", \"h3-gzip\""), 304 },
    { "anything", STR("*"), 304 },
    { "another form", STR("\"h3\""), 200 },
    { "another build", STR("\"h4-gzip\""), 200 },
    { "without quotes", STR("h3-gzip"), 200 },
};

TEST_EACH(what_the_browser_has_is_not_sent_again, tags, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    HttpReply reply;
    Ask page = { .path = STR("/"), .encoding = STR("gzip"), .if_none_match = c->known };
    CHECK(ask(&with_client, arena, &page, &reply), c->label);
    CHECK(reply.status == c->status, c->label);
    CHECK(reply.body.len == (c->status == 304 ? 0 : strlen("gzip page")), c->label);
    CHECK_STR(header_of(&reply, STR("ETag")), STR("\"h3-gzip\""), c->label);
    CHECK_STR(header_of(&reply, STR("Cache-Control")), STR("no-cache"), c->label);
    bool typed = header_of(&reply, STR("Content-Type")).ptr != NULL;
    CHECK(typed == (c->status == 200), c->label);
}

TEST(only_files_that_change_their_name_are_kept_forever)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    HttpReply reply;
    assert_true(ask(&with_client, arena, &(Ask){ .path = STR("/assets/index-AbCdEfGh.js") }, &reply));
    CHECK_STR(header_of(&reply, STR("Cache-Control")), STR("public, max-age=31536000, immutable"), "hashed");
    assert_true(ask(&with_client, arena, &(Ask){ .path = STR("/icon.png") }, &reply));
    CHECK_STR(header_of(&reply, STR("Cache-Control")), STR("no-cache"), "fixed name");
}

TEST(every_answer_carries_the_policies)
{
    static const char *const names[] = { "Content-Security-Policy", "X-Frame-Options", "Referrer-Policy",
                                         "Permissions-Policy", "Cross-Origin-Opener-Policy" };
    const Str asked[] = { STR("/"), STR("/icon.png") };
    _cleanup_(arena_freep) Arena *arena = arena_new();
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        HttpReply reply;
        assert_true(ask(&with_client, arena, &(Ask){ .path = asked[i], .if_none_match = STR("*") }, &reply));
        for (size_t k = 0; k < ARRAY_LEN(names); k++) CHECK(header_of(&reply, str_of(names[k])).len, names[k]);
    }
}

TEST(a_build_without_the_client_says_so_at_the_root_only)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    HttpReply reply;
    assert_true(ask(&without_client, arena, &(Ask){ .path = STR("/"), .accept = BROWSER }, &reply));
    assert_int_equal(reply.status, 200);
    assert_non_null(memmem(reply.body.ptr, reply.body.len, "without the web client", 22));
    CHECK_STR(header_of(&reply, STR("Content-Type")), STR("text/plain; charset=utf-8"), "plain");
    assert_false(ask(&without_client, arena, &(Ask){ .path = STR("/chat/0190"), .accept = BROWSER }, &reply));
    assert_false(ask(&without_client, arena, &(Ask){ .path = STR("/index.html"), .accept = BROWSER }, &reply));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_names_a_file_or_the_first_page_or_nothing),
        cmocka_unit_test(the_smallest_form_that_is_accepted_is_sent),
        cmocka_unit_test(what_the_browser_has_is_not_sent_again),
        cmocka_unit_test(only_files_that_change_their_name_are_kept_forever),
        cmocka_unit_test(every_answer_carries_the_policies),
        cmocka_unit_test(a_build_without_the_client_says_so_at_the_root_only),
    };
    return cmocka_run_group_tests_name("app/web_assets", tests, NULL, NULL);
}
