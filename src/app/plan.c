/* Checks settings that depend on each other together. See plan.h. */
#include "app/plan.h"

#include <stdarg.h>

#include "app/address.h"
#include "app/secret.h"

static const char *const names[SERVICES] = {
#define SERVICE(name, NAME, calls, copies) #name,
#include "app/services.def"
#undef SERVICE
};

/* The services that each service calls, as bits: bit SERVICE_AUTH for auth. */
#define CALLS_NONE  0U
#define CALLS(NAME) (1U << SERVICE_##NAME)
#define CALLS_ALL   ((1U << SERVICES) - 1)

static const unsigned calls_of[SERVICES] = {
#define SERVICE(name, NAME, calls, copies) calls,
#include "app/services.def"
#undef SERVICE
};

/* Services are opened in the order of their rows, so the clients of earlier ones exist. */
#define SERVICE(name, NAME, calls, copies)                        \
    _Static_assert((calls) == CALLS_ALL || (calls) < CALLS(NAME), \
                   #name " calls a service whose row stands below its own");
#include "app/services.def"
#undef SERVICE

const char *service_name(ServiceId service)
{
    return names[service];
}

bool plan_is_whole(const Plan *plan)
{
    for (int i = 0; i < SERVICES; i++)
        if (!plan->hosts[i]) return false;
    return true;
}

/* Writes the line: "molva: redis: takes ..., not "..."". */
static bool refuse(FILE *err, const char *setting, const char *fmt, ...) PRINTF_LIKE(3, 4);
static bool refuse(FILE *err, const char *setting, const char *fmt, ...)
{
    va_list args;
    fprintf(err, "molva: %s ", setting);
    va_start(args, fmt);
    vfprintf(err, fmt, args);
    va_end(args);
    fputc('\n', err);
    return false;
}

/* --- services --- */

static const char unknown_service[] = "takes all, or a list of "
#define SERVICE(name, NAME, calls, copies) #name ", "
#include "app/services.def"
#undef SERVICE
                                      "not \"%.*s\"";

static bool read_services(Plan *plan, FILE *err)
{
    Str rest = str_of(plan->settings->services);
    if (str_eq(rest, STR("all"))) {
        for (int i = 0; i < SERVICES; i++) plan->hosts[i] = true;
        return true;
    }
    do {
        Str name = str_trim(str_cut(&rest, ','));
        int found = 0;
        while (found < SERVICES && !str_eq(name, str_of(names[found]))) found++;
        if (found == SERVICES) return refuse(err, "services", unknown_service, STR_ARG(name));
        plan->hosts[found] = true;
    } while (rest.len);
    return true;
}

static const char *address_setting(const Settings *settings, int service)
{
    const char *const addresses[SERVICES] = {
#define SERVICE(name, NAME, calls, copies) settings->name##_address,
#include "app/services.def"
#undef SERVICE
    };
    return addresses[service];
}

static bool needs(const Plan *plan, int wanted)
{
    for (int i = 0; i < SERVICES; i++)
        if (plan->hosts[i] && calls_of[i] & 1U << wanted) return true;
    return false;
}

static bool read_targets(Plan *plan, FILE *err)
{
    for (int i = 0; i < SERVICES; i++) {
        const char *target = address_setting(plan->settings, i);
        if (plan->hosts[i] || !needs(plan, i)) continue;
        char setting[32];
        snprintf(setting, sizeof setting, "%s_address", names[i]);
        if (!*target)
            return refuse(err, setting,
                          "is needed: %s does not run in this process; set it to where it does, such as "
                          "dns:///%s:7001",
                          names[i], names[i]);
        if (!strrchr(target, ':') || strchr(target, ' '))
            return refuse(err, setting, "takes a gRPC target such as dns:///%s:7001, not \"%s\"", names[i], target);
        plan->targets[i] = target;
    }
    return true;
}

/* --- files with secrets --- */

static bool read_secret(Arena *arena, const char *setting, const char *path, FILE *err, Str *out_secret)
{
    const char *why;
    return secret_read(arena, path, out_secret, &why) || refuse(err, setting, "%s", why);
}

static bool read_password(Arena *arena, const char *setting, const char *path, FILE *err, const char **out_password)
{
    Str secret = { 0 };
    *out_password = NULL;
    if (!*path) return true;
    if (!read_secret(arena, setting, path, err, &secret)) return false;
    secret = str_trim(secret);
    if (!secret.len || memchr(secret.ptr, '\0', secret.len)) return refuse(err, setting, "holds no text: %s", path);
    *out_password = str_cstr(arena, secret);
    return true;
}

/* Rejects guessable keys. 32 random bytes contain fewer distinct ones than this only with negligible probability; so do
 * 64 random hexadecimal digits. */
#define KEY_DIFFERENT_MIN 8

static size_t count_different(Str bytes)
{
    bool seen[256] = { 0 };
    size_t n = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        n += !seen[(unsigned char)bytes.ptr[i]];
        seen[(unsigned char)bytes.ptr[i]] = true;
    }
    return n;
}

static bool read_service_key(Arena *arena, Plan *plan, FILE *err)
{
    const Settings *settings = plan->settings;
    if (plan_is_whole(plan) && !*settings->grpc_listen) return true;
    if (!*settings->service_key_file)
        return refuse(err, "service_key_file",
                      "is needed: processes prove with it that they belong together; make it once with `head -c 32 "
                      "/dev/urandom >service.key` and give it to each");
    if (!read_secret(arena, "service_key_file", settings->service_key_file, err, &plan->service_key)) return false;
    if (plan->service_key.len < SERVICE_KEY_MIN)
        return refuse(err, "service_key_file", "holds %zu bytes, at least %d are needed: %s", plan->service_key.len,
                      SERVICE_KEY_MIN, settings->service_key_file);
    if (count_different(plan->service_key) < KEY_DIFFERENT_MIN)
        return refuse(err, "service_key_file",
                      "holds the same few bytes over and over: %s; make it with `head -c 32 /dev/urandom >service.key`",
                      settings->service_key_file);
    return true;
}

/* --- external servers --- */

/* scheme://[user@]host...; a password in a URL would be visible in lists of processes and settings. */
static bool check_url(Arena *arena, FILE *err, const char *setting, const char *password_setting, const char *url,
                      size_t scheme_len)
{
    Str rest = { url + scheme_len, strlen(url) - scheme_len };
    Str authority = str_cut(&rest, '/');
    ptrdiff_t at = str_find(authority, '@');
    Str host = { authority.ptr + at + 1, authority.len - (size_t)(at + 1) }; /* at is -1 when nobody is named */
    if (strcmp(secret_masked_url(arena, url), url) != 0)
        return refuse(err, setting, "must not hold a password; put it into a file and name that in %s",
                      password_setting);
    if (!host.len || host.ptr[0] == ':') return refuse(err, setting, "names no host: \"%s\"", url);
    return true;
}

static bool has_scheme(const char *url, const char *scheme, size_t *out_len)
{
    *out_len = strlen(scheme);
    return strncmp(url, scheme, *out_len) == 0;
}

/* Replaces every "{service}". */
static const char *for_service(Arena *arena, const char *text, const char *service)
{
    static const char mark[] = "{service}";
    StrBuf out;
    strbuf_init(&out, arena);
    for (const char *at; (at = strstr(text, mark)); text = at + sizeof mark - 1) {
        strbuf_add(&out, (Str){ text, (size_t)(at - text) });
        strbuf_add(&out, str_of(service));
    }
    strbuf_add(&out, str_of(text));
    return str_cstr(arena, strbuf_str(&out));
}

static bool read_database(Arena *arena, Plan *plan, FILE *err)
{
    const Settings *settings = plan->settings;
    const char *url = settings->database;
    int n_hosted = 0;
    size_t len;
    if (!*url) return true;
    if (!has_scheme(url, "postgresql://", &len) && !has_scheme(url, "postgres://", &len))
        return refuse(err, "database", "takes postgresql://user@host:5432/name, or nothing for SQLite, not \"%s\"",
                      secret_masked_url(arena, url));
    if (!check_url(arena, err, "database", "database_password_file", url, len)) return false;

    plan->db = DB_POSTGRES;
    for (int i = 0; i < SERVICES; i++) n_hosted += plan->hosts[i];
    if (n_hosted > 1 && !strstr(url, "{service}"))
        return refuse(err, "database", "must contain {service}: each service has a database and a role of its own");
    for (int i = 0; i < SERVICES; i++) {
        if (!plan->hosts[i]) continue;
        plan->database_urls[i] = for_service(arena, url, names[i]);
        /* Drivers read it at every connect, so that it can change; this only checks that it is readable. */
        const char *path = for_service(arena, settings->database_password_file, names[i]), *password;
        if (!read_password(arena, "database_password_file", path, err, &password)) return false;
        plan->database_password_files[i] = *path ? path : NULL;
    }
    return true;
}

static bool read_redis(Arena *arena, Plan *plan, FILE *err)
{
    const char *url = plan->settings->redis;
    size_t len;
    if (!*url) return true;
    if (!has_scheme(url, "redis://", &len) && !has_scheme(url, "rediss://", &len))
        return refuse(err, "redis", "takes redis://[user@]host:6379/0, or nothing for memory, not \"%s\"",
                      secret_masked_url(arena, url));
    if (!check_url(arena, err, "redis", "redis_password_file", url, len)) return false;
    plan->cache = CACHE_REDIS;
    return read_password(arena, "redis_password_file", plan->settings->redis_password_file, err, &plan->redis_password);
}

static bool read_bus(Arena *arena, Plan *plan, FILE *err)
{
    const char *url = plan->settings->bus;
    size_t len;
    if (!*url) return true;
    if (has_scheme(url, "amqp://", &len) || has_scheme(url, "amqps://", &len))
        plan->bus = BUS_RABBITMQ;
    else if (has_scheme(url, "kafka://", &len))
        plan->bus = BUS_KAFKA;
    else
        return refuse(err, "bus",
                      "takes amqp://user@host:5672/vhost or kafka://host:9092, or nothing for memory, not \"%s\"",
                      secret_masked_url(arena, url));
    if (!check_url(arena, err, "bus", "bus_password_file", url, len)) return false;
    return read_password(arena, "bus_password_file", plan->settings->bus_password_file, err, &plan->bus_password);
}

/* Whether another process calls any of the services here. */
static bool is_called(const Plan *plan)
{
    for (int i = 0; i < SERVICES; i++)
        for (int caller = 0; caller < SERVICES; caller++)
            if (plan->hosts[i] && caller != i && calls_of[caller] & 1U << i) return true;
    return false;
}

/* Running only some services requires a shared database, bus and cache. */
static bool check_split(const Plan *plan, FILE *err)
{
    if (plan_is_whole(plan)) return true;
    const char *missing = plan->db == DB_SQLITE ? "database" : plan->cache == CACHE_MEMORY ? "redis" : "bus";
    if (plan->db == DB_SQLITE || plan->cache == CACHE_MEMORY || plan->bus == BUS_MEMORY)
        return refuse(err, missing,
                      "is needed: a process that runs only %s shares database, redis and bus with the others; with "
                      "services = all nothing of that is needed",
                      plan->settings->services);
    if (is_called(plan) && !*plan->settings->grpc_listen)
        return refuse(err, "grpc_listen", "is needed: without it the other services cannot call %s",
                      plan->settings->services);
    return true;
}

static bool check_address(const char *name, const char *text, FILE *err)
{
    Address address;
    if (address_parse(str_of(text), &address)) return true;
    return refuse(err, name, "takes ADDRESS:PORT with a numeric address, not \"%s\"", text);
}

static bool check_addresses(const Plan *plan, FILE *err)
{
    const Settings *settings = plan->settings;
    return check_address("listen", settings->listen, err) &&
           (!*settings->metrics_listen || check_address("metrics_listen", settings->metrics_listen, err)) &&
           (!*settings->grpc_listen || check_address("grpc_listen", settings->grpc_listen, err));
}

static bool read_proxies(Plan *plan, FILE *err)
{
    const char *text = plan->settings->trusted_proxies;
    if (proxies_parse(str_of(text), &plan->proxies)) return true;
    return refuse(err, "trusted_proxies",
                  "takes the number of proxies in front, 1 to %d, or up to %d addresses and networks such as "
                  "192.0.2.7, 10.0.0.0/8, not \"%s\"",
                  PROXIES_HOPS_MAX, PROXIES_NETWORKS_MAX, text);
}

bool plan_read(Arena *arena, const Settings *settings, FILE *err, Plan *out_plan)
{
    *out_plan = (Plan){ .settings = settings };
    return read_services(out_plan, err) && check_addresses(out_plan, err) && read_proxies(out_plan, err) &&
           read_database(arena, out_plan, err) && read_redis(arena, out_plan, err) && read_bus(arena, out_plan, err) &&
           check_split(out_plan, err) && read_targets(out_plan, err) && read_service_key(arena, out_plan, err);
}
