/* A callback that enters on a thread of the wrong role ends the program, where assertions are on. */
#include "runtime/thread.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/test.h"

static void enter_as_loop(void *arg)
{
    (void)arg;
    thread_role_assert(THREAD_LOOP);
}

static void enter_as_worker(void *arg)
{
    (void)arg;
    thread_role_assert(THREAD_WORKER);
}

static const struct {
    const char *label;
    ThreadRole thread;
    void (*callback)(void *arg);
    bool ends;
} entries[] = {
    { "for a loop, on a loop", THREAD_LOOP, enter_as_loop, false },
    { "for a loop, on a worker", THREAD_WORKER, enter_as_loop, true },
    { "for a worker, on a worker", THREAD_WORKER, enter_as_worker, false },
    { "for a worker, on a loop", THREAD_LOOP, enter_as_worker, true },
    { "for a loop, on a thread that is not ours", THREAD_ANY, enter_as_loop, false },
    { "for a worker, on a thread that is not ours", THREAD_ANY, enter_as_worker, false },
};

TEST_EACH(a_callback_enters_on_a_thread_of_its_role_only, entries, c)
{
#ifdef NDEBUG
    (void)c;
    skip();
#endif
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
        if (!freopen("/dev/null", "w", stderr)) _exit(2); /* what assert() says is for others */
        signal(SIGABRT, SIG_DFL);
        thread_role_set(c->thread);
        c->callback(NULL);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    CHECK(c->ends == (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT), c->label);
    CHECK(c->ends || (WIFEXITED(status) && WEXITSTATUS(status) == 0), c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_callback_enters_on_a_thread_of_its_role_only),
    };
    return cmocka_run_group_tests_name("runtime/thread", tests, NULL, NULL);
}
