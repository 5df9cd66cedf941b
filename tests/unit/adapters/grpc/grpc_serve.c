/* A small gRPC server for foreign clients to try: grpc_serve_test.py drives it. It prints the port, then tokens of alice: a good
 * one, an expired one and one of a session that was ended. Reads words from standard input, answers "ok" to each, and stops when
 * the input ends:
 *   ready, busy   what health says      drain   stops the server, waits for it */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/clock.h"
#include "unit/adapters/grpc/grpc_world.h"

static void print_token(World *world, Id session, int64_t expires_in_s)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    int64_t now_s = clock_now_ms() / 1000;
    JwtClaims claims = {
        .user = alice, .session = session, .issued_at_s = now_s - 60, .expires_at_s = now_s + expires_in_s
    };
    printf("%.*s\n", STR_ARG(jwt_sign(ctx->arena, world->jwt, &claims)));
}

static void obey(World *world, const char *word)
{
    if (strcmp(word, "ready") == 0) grpc_server_ready(world->server, true);
    if (strcmp(word, "busy") == 0) grpc_server_ready(world->server, false);
    if (strcmp(word, "drain") == 0) grpc_server_drain(world->server, 5000);
    puts("ok");
    fflush(stdout);
}

int main(void)
{
    char line[64];
    static const Id ended = { { 3 } };
    if (sodium_init() < 0) return 1;
    World *world = world_open(NULL);
    identity_revoke(world->identity, ended, clock_now_ms() + 600000);
    printf("%u\n", grpc_server_port(world->server));
    print_token(world, alice_session, 600);
    print_token(world, alice_session, -1);
    print_token(world, ended, 600);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        obey(world, line);
    }
    world_close(world);
    return 0;
}
