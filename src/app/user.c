/* molva user: accounts from the command line, directly on auth's database. */
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "adapters/disk/data_dir.h"
#include "adapters/memory/bus.h"
#include "adapters/memory/cache.h"
#include "adapters/memory/pubsub.h"
#include "app/command.h"
#include "app/hosts.h"
#include "base/limits.h"
#include "rpc/transcode.h"
#include "runtime/clock.h"
#include "services/auth/auth.h"

typedef struct Desk {
    Db *db;
    Pubsub *pubsub;
    Bus *bus;
    Cache *cache;
    Outbox *outbox;
    Identity *identity;
    AuthService *auth;
} Desk;

static int fail(const Ctx *ctx, const char *what)
{
    fprintf(stderr, "molva: %s: %s\n", what, ctx->err_text ? ctx->err_text : err_info(ctx->err)->text);
    return 1;
}

/* The outbox is not started: a running server, or the next start, publishes its events. With SQLite the server is
 * signalled, with PostgreSQL it polls. */
ON_WORKER static Err desk_open(Desk *desk, Ctx *ctx, const Plan *plan)
{
    const Settings *settings = plan->settings;
    if (!plan->hosts[SERVICE_AUTH])
        return ctx_fail(ctx, ERR_PRECONDITION, "services leaves out auth, whose accounts these are");
    if (plan->db == DB_SQLITE && access(settings->data, F_OK) != 0)
        return ctx_fail(ctx, ERR_NOT_FOUND, "there is no data folder %s; start the server once, or name it with --data",
                        settings->data);
    AuthConfig config = auth_config_of(settings);
    Err err = drivers_open_db(ctx, plan, SERVICE_AUTH, &auth_schema, &desk->db);
    if (err) return err;
    desk->pubsub = memory_pubsub_new();
    desk->bus = memory_bus_new();
    desk->cache = memory_cache_new(0);
    desk->identity = identity_new();
    desk->outbox = outbox_open("auth", desk->db, &auth_outbox_queries, desk->pubsub, desk->bus);
    return auth_open(ctx, desk->db, desk->outbox, desk->cache, desk->identity, &config, &desk->auth);
}

static void desk_close(Desk *desk)
{
    auth_close(desk->auth);
    outbox_close(desk->outbox);
    identity_free(desk->identity);
    cache_free(desk->cache);
    bus_free(desk->bus);
    pubsub_free(desk->pubsub);
    db_free(desk->db);
}

/* The first line of standard input; or generated: 16 characters, over 80 bits. */
static bool get_password(bool from_stdin, char out_password[PASSWORD_TYPED_MAX + 2])
{
    static const char letters[] = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    if (from_stdin) {
        if (!fgets(out_password, PASSWORD_TYPED_MAX + 2, stdin)) return false;
        out_password[strcspn(out_password, "\r\n")] = '\0';
        return true;
    }
    for (int i = 0; i < 16; i++) out_password[i] = letters[randombytes_uniform(sizeof letters - 1)];
    out_password[16] = '\0';
    return true;
}

typedef struct Options {
    const char *name, *display_name;
    bool admin, password_stdin;
} Options;

static bool parse_options(int argc, char **argv, Options *out)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--admin") == 0)
            out->admin = true;
        else if (strcmp(argv[i], "--password-stdin") == 0)
            out->password_stdin = true;
        else if (strcmp(argv[i], "--display-name") == 0 && i + 1 < argc)
            out->display_name = argv[++i];
        else if (argv[i][0] != '-' && !out->name)
            out->name = argv[i];
        else
            return false;
    }
    return out->name != NULL;
}

ON_WORKER static int add(Desk *desk, Ctx *ctx, const Options *options)
{
    char password[PASSWORD_TYPED_MAX + 2];
    Id user;
    if (!get_password(options->password_stdin, password)) {
        fputs("molva: no password on standard input\n", stderr);
        return 1;
    }
    AccountRole role = options->admin ? ACCOUNT_ROLE__ADMIN_ACCOUNT : ACCOUNT_ROLE__MEMBER_ACCOUNT;
    Err err = auth_account_add(desk->auth, ctx, str_of(options->name), str_of(password),
                               str_of(options->display_name ? options->display_name : ""), role, &user);
    if (!err && !options->password_stdin) printf("%s\n", password);
    sodium_memzero(password, sizeof password);
    if (err) return fail(ctx, options->name);
    fprintf(stderr, "molva: added %s\n", options->name);
    return 0;
}

ON_WORKER static int reset_password(Desk *desk, Ctx *ctx, const Options *options)
{
    char password[PASSWORD_TYPED_MAX + 2];
    if (!get_password(options->password_stdin, password)) {
        fputs("molva: no password on standard input\n", stderr);
        return 1;
    }
    Err err = auth_account_set_password(desk->auth, ctx, str_of(options->name), str_of(password));
    if (!err && !options->password_stdin) printf("%s\n", password);
    sodium_memzero(password, sizeof password);
    if (err) return fail(ctx, options->name);
    fprintf(stderr, "molva: new password set, all sessions of %s ended\n", options->name);
    return 0;
}

static void print_account(const Account *account)
{
    static const char *const roles[] = { "member", "admin", "owner" };
    char day[16];
    time_t created = (time_t)(timestamp_ms(account->user->created_at) / 1000);
    struct tm utc;
    gmtime_r(&created, &utc);
    strftime(day, sizeof day, "%Y-%m-%d", &utc);
    printf("%s  %-6s  %-8s  %s  %-32s  %s\n", account->user->id, roles[account->role % 3],
           account->disabled ? "disabled" : "open", day, account->user->username, account->user->display_name);
}

ON_WORKER static int list(Desk *desk, Ctx *ctx)
{
    char after_id[ID_TEXT_LEN + 1] = "";
    ctx->actor.kind = ACTOR_SERVICE;
    for (bool more = true; more;) {
        ListAccountsRequest request = LIST_ACCOUNTS_REQUEST__INIT;
        ListAccountsResponse response = LIST_ACCOUNTS_RESPONSE__INIT;
        request.after_id = after_id;
        request.limit = 100;
        if (auth_list_accounts(desk->auth, ctx, &request, &response)) return fail(ctx, "cannot list accounts");
        for (size_t i = 0; i < response.n_accounts; i++) print_account(response.accounts[i]);
        more = response.has_more && response.n_accounts > 0;
        if (more) snprintf(after_id, sizeof after_id, "%s", response.accounts[response.n_accounts - 1]->user->id);
    }
    return 0;
}

int command_user(const Settings *settings, int argc, char **argv)
{
    thread_role_assert(THREAD_WORKER);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("user", clock_now_ms());
    const char *verb = argc > 0 ? argv[0] : "";
    Options options = { 0 };
    bool is_list = strcmp(verb, "list") == 0 && argc == 1;
    bool is_add = strcmp(verb, "add") == 0, is_reset = strcmp(verb, "reset-password") == 0;
    if (!is_list && (!(is_add || is_reset) || !parse_options(argc - 1, argv + 1, &options))) {
        fputs("molva: usage: molva user add NAME | reset-password NAME | list; see `molva help user`\n", stderr);
        return 2;
    }
    Desk desk = { 0 };
    Plan plan;
    if (!plan_read(ctx->arena, settings, stderr, &plan)) return 2;
    int code = desk_open(&desk, ctx, &plan) ? fail(ctx, "cannot open the accounts")
               : is_list                    ? list(&desk, ctx)
               : is_add                     ? add(&desk, ctx, &options)
                                            : reset_password(&desk, ctx, &options);
    desk_close(&desk);
    if (code == 0 && !is_list && plan.db == DB_SQLITE) data_dir_signal_holder(settings->data, SIGHUP);
    return code;
}
