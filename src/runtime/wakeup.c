/* An eventfd that is written only once until the thread has seen it, so many wake-ups cost one system call. */
#include "runtime/wakeup.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "runtime/clock.h"

void wakeup_init(Wakeup *self)
{
    *self = (Wakeup){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
    if (self->fd < 0) abort();
}

void wakeup_done(Wakeup *self)
{
    close(self->fd);
}

void wakeup_wake(Wakeup *self)
{
    if (atomic_exchange(&self->is_woken, true)) return;
    if (eventfd_write(self->fd, 1) != 0) abort();
}

void wakeup_stop(Wakeup *self)
{
    atomic_store(&self->is_stopping, true);
    wakeup_wake(self);
}

bool wakeup_is_stopping(Wakeup *self)
{
    return atomic_load(&self->is_stopping);
}

/* In this order: a wake between the two writes nothing, but we look for work only after both. */
static void see(Wakeup *self)
{
    eventfd_t ignored;
    (void)!eventfd_read(self->fd, &ignored);
    atomic_store(&self->is_woken, false);
}

int wakeup_wait(Wakeup *self, int fd, int64_t within_ms)
{
    struct pollfd fds[] = { { .fd = self->fd, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
    int n = poll(fds, 2, (int)(within_ms > 0 ? within_ms : 0));
    if (n < 0 && errno != EINTR) abort();
    if (n <= 0) return 0;
    if (fds[0].revents) see(self);
    return (fds[0].revents ? WAKEUP_WOKEN : 0) | (fds[1].revents ? WAKEUP_READY : 0);
}

void wakeup_pause(Wakeup *self, int64_t for_ms)
{
    int64_t until_ms = clock_monotonic_ms() + for_ms, left_ms = for_ms;
    while (left_ms > 0 && !wakeup_is_stopping(self)) {
        (void)wakeup_wait(self, -1, left_ms); /* poll() passes over -1 */
        left_ms = until_ms - clock_monotonic_ms();
    }
}
