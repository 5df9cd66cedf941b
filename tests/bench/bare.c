/* The bare sender: accept, then one blocking send() per socket for each byte that arrives on the control socket. */
#include "bare.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"
#include "options.h"
#include "socket.h"

#define BYTES_MAX 65536

static int *accept_all(int listener, int sockets)
{
    int *fds = calloc((size_t)sockets, sizeof *fds);
    if (!fds) abort();
    for (int i = 0; i < sockets; i++) {
        fds[i] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fds[i] < 0) fail("accept: %s", strerror(errno));
        setsockopt(fds[i], IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    }
    return fds;
}

static _Noreturn void sender_main(int control, int listener, int sockets)
{
    int *fds = accept_all(listener, sockets);
    static char bytes[BYTES_MAX];
    ssize_t len = recv(control, bytes, sizeof bytes, 0);
    char go = 'k';
    if (len <= 0 || send(control, &go, 1, 0) != 1) exit(1);

    while (recv(control, &go, 1, 0) == 1) {
        for (int i = 0; i < sockets; i++) socket_send(fds[i], bytes, (size_t)len);
    }
    exit(0);
}

Bare bare_start(int sockets, bool pinned)
{
    int pair[2];
    uint16_t port;
    int listener = socket_listen(&port);
    /* Packets, so that the bytes to send arrive whole. */
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) fail("socketpair: %s", strerror(errno));

    pid_t pid = fork();
    if (pid < 0) fail("fork: %s", strerror(errno));
    if (pid == 0) {
        close(pair[0]);
        if (pinned) cores_take_server();
        sender_main(pair[1], listener, sockets);
    }
    close(pair[1]);
    close(listener);
    return (Bare){ .pid = pid, .port = port, .control = pair[0] };
}

void bare_load(Bare *bare, const void *bytes, size_t len)
{
    char ready;
    if (len > BYTES_MAX || send(bare->control, bytes, len, MSG_NOSIGNAL) != (ssize_t)len ||
        recv(bare->control, &ready, 1, 0) != 1)
        fail("the bare sender did not start");
}

void bare_send(Bare *bare)
{
    if (send(bare->control, "g", 1, MSG_NOSIGNAL) != 1) fail("the bare sender is gone");
}

void bare_stop(Bare *bare)
{
    close(bare->control);
    waitpid(bare->pid, NULL, 0);
}
