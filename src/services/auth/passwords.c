/* Each job lives on the stack of the worker that waits for it. */
#include "services/auth/passwords.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/metrics.h"
#include "runtime/clock.h"
#include "runtime/worker.h"

#define BUSY_RETRY_MS 1000

struct Passwords {
    /* fixed after open */
    WorkerPool *pool;
    unsigned long long passes;
    size_t memory;
    char nobody[crypto_pwhash_STRBYTES]; /* a hash that no password matches */
};

typedef struct HashJob {
    const Passwords *passwords;
    Str password;
    const char *stored; /* to verify against; NULL: to hash */
    pthread_mutex_t lock;
    pthread_cond_t finished;
    /* lock */
    bool done;
    bool ok;
    char hash[crypto_pwhash_STRBYTES];
} HashJob;

static Metric hash_time =
    METRIC_HISTOGRAM_INIT("molva_auth_password_hash_seconds", "Time to make or check one hash", 0.001);
static Metric hash_refused = METRIC_COUNTER_INIT("molva_auth_password_busy_total", "Hashes refused: too many waited");

static bool hash_new(const Passwords *passwords, Str password, char out_hash[crypto_pwhash_STRBYTES])
{
    return crypto_pwhash_str(out_hash, password.ptr, password.len, passwords->passes, passwords->memory) == 0;
}

Passwords *passwords_new(const AuthConfig *config)
{
    unsigned char random[32];
    Passwords *passwords = calloc(1, sizeof *passwords);
    if (!passwords) abort();
    passwords->passes = config->password_passes;
    passwords->memory = config->password_memory;
    randombytes_buf(random, sizeof random);
    if (!hash_new(passwords, (Str){ (const char *)random, sizeof random }, passwords->nobody)) {
        free(passwords);
        return NULL;
    }
    passwords->pool = worker_pool_new("password", config->password_threads, config->password_queue_max);
    metric_register(&hash_time);
    metric_register(&hash_refused);
    return passwords;
}

void passwords_free(Passwords *passwords)
{
    if (!passwords) return;
    worker_pool_free(passwords->pool);
    free(passwords);
}

static void job_run(void *arg)
{
    HashJob *job = arg;
    int64_t started_ms = clock_monotonic_ms();
    bool ok = job->stored ? crypto_pwhash_str_verify(job->stored, job->password.ptr, job->password.len) == 0
                          : hash_new(job->passwords, job->password, job->hash);
    metric_observe(&hash_time, clock_monotonic_ms() - started_ms);

    pthread_mutex_lock(&job->lock);
    job->ok = ok;
    job->done = true;
    pthread_cond_signal(&job->finished); /* under the lock: the job is gone once the waiter sees `done` */
    pthread_mutex_unlock(&job->lock);
}

/* Runs the job and waits for it. */
static Err job_wait(Ctx *ctx, Passwords *passwords, HashJob *job)
{
    pthread_mutex_init(&job->lock, NULL);
    pthread_cond_init(&job->finished, NULL);
    bool submitted = worker_submit(passwords->pool, job_run, job);
    if (submitted) {
        pthread_mutex_lock(&job->lock);
        while (!job->done) pthread_cond_wait(&job->finished, &job->lock);
        pthread_mutex_unlock(&job->lock);
    }
    pthread_cond_destroy(&job->finished);
    pthread_mutex_destroy(&job->lock);
    if (submitted) return OK;

    metric_add(&hash_refused, 1);
    ctx_fail(ctx, ERR_UNAVAILABLE, "too many sign-ins at once");
    ctx->retry_after_ms = BUSY_RETRY_MS;
    return ERR_UNAVAILABLE;
}

Err password_hash(Passwords *passwords, Ctx *ctx, Str password, Str *out_hash)
{
    HashJob job = { .passwords = passwords, .password = password };
    Err err = job_wait(ctx, passwords, &job);
    if (err) return err;
    if (!job.ok) return ctx_fail(ctx, ERR_UNAVAILABLE, "no memory for a password hash");
    *out_hash = str_dup(ctx->arena, str_of(job.hash));
    return OK;
}

Err password_verify(Passwords *passwords, Ctx *ctx, Str hash, Str password, bool *out_match, bool *out_stale)
{
    const char *stored = hash.len ? str_cstr(ctx->arena, hash) : passwords->nobody;
    HashJob job = { .passwords = passwords, .password = password, .stored = stored };
    Err err = job_wait(ctx, passwords, &job);
    if (err) return err;
    *out_match = job.ok && hash.len > 0;
    *out_stale = *out_match && crypto_pwhash_str_needs_rehash(stored, passwords->passes, passwords->memory) != 0;
    return OK;
}
