/* An auth service over a real database in a folder of its own, and people who use it. */
#pragma once
#include <pthread.h>

#include "services/auth/auth.h"
#include "support/faulty.h"
#include "support/temp_dir.h"
#include "support/test.h"

#define PASSWORD "correct horse"

typedef struct World {
    TempDir dir;
    AuthConfig config;
    Faults faults; /* of what auth asks of the database */
    Db *db;
    Pubsub *pubsub;
    Bus *bus;
    Cache *cache;
    Outbox *outbox;
    Identity *identity;
    AuthService *auth;
    int64_t now_ms;   /* of every call from here on */
    const char *peer; /* where they come from */
    Ctx *ctx;         /* of the test's thread */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* lock */
    Arena *live; /* holds what was heard; the thread that publishes puts it there */
    struct Heard {
        Str topic;
        const Envelope *event;
    } heard[64];
    size_t n_heard;
} World;

/* Open registration, cheap hashes; changed by `config` when that is not NULL. */
World *world_new(void (*config)(AuthConfig *config));
/* Over what `prepare` has made in the folder by database_in(). */
World *world_new_over(void (*prepare)(const char *dir), void (*config)(AuthConfig *config));
/* The database of a world's folder once more, by another schema or as another process has it. Release with db_free(). */
Db *database_in(const char *dir, const DbSchema *schema);
void world_free(World *world);
void world_freep(World **world);
/* Closes the service and opens it again over the same database. */
void world_restart(World *world);
/* No call fails any more, until the next round of for_each_fault(). */
void world_calm(World *world);
/* Waits for the event number `at` that was published live, counted from 0, and returns it. */
struct Heard world_hear(World *world, size_t at);

/* Somebody signed in. Texts live until the world ends. */
typedef struct Person {
    Id id, session;
    const char *name, *access, *refresh;
    const char *device; /* token; NULL after a refresh */
} Person;

/* A context at the world's time; as a person, as nobody when NULL. Release with ctx_free(). */
Ctx *ctx_of(World *world, const Person *person);

/* Each makes one call in a context of its own and answers with its outcome; out may be NULL. */
Err try_register(World *world, const char *name, const char *code, Person *out);
Err try_login(World *world, const char *name, const char *password, Person *out);
/* On a device that shows this token. */
Err try_login_on(World *world, const char *device_token, const char *name, const char *password, Person *out);
Err try_change_password(World *world, const Person *person, const char *before, const char *after);
Err try_refresh(World *world, const char *refresh_token, Person *out);
/* The same, which must be OK. */
Person registered(World *world, const char *name);
Person signed_in(World *world, const char *name);
/* The owner, by the one-time code. */
Person owner_of(World *world);
/* What the process says to the person's access token now. */
Err token_check(World *world, const Person *person);
