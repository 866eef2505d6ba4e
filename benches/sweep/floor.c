/* What the kernel alone takes for a sweep: non-blocking connects on one epoll, nothing else.
 *
 *   floor plain|reuse TIMEOUT_MS FIRST LAST ADDRESS...   connect to every port of every address
 *   floor listen FIRST LAST                              accept and close on every port, for ever
 *
 * `plain` makes a socket for each connect; `reuse` takes one that was refused again, disconnected by
 * AF_UNSPEC (connect(2)). Prints how many were open, refused and silent. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 1024 };

static int poller;
static long open_ports, refused, silent, in_flight;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static int stream(void) {
    int file = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (file < 0) fail("socket");
    struct linger now = {1, 0}; /* a reset instead of TIME_WAIT */
    setsockopt(file, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    return file;
}

static int spare[BATCH * 64], spares, reuse;

static void done(int file, int error) {
    if (error == 0 || error == ECONNRESET) open_ports++; /* the listener closes by a reset */
    else if (error == ECONNREFUSED) refused++;
    else silent++;
    if (reuse && error == ECONNREFUSED && spares < BATCH * 64) {
        struct sockaddr none = {.sa_family = AF_UNSPEC};
        connect(file, &none, sizeof none);
        spare[spares++] = file;
    } else {
        close(file);
    }
}

static void collect(int wait_ms) {
    struct epoll_event events[BATCH];
    int count = epoll_wait(poller, events, BATCH, wait_ms);
    for (int i = 0; i < count; i++) {
        int file = events[i].data.fd, error = 0;
        socklen_t size = sizeof error;
        getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &size);
        if (reuse && error == ECONNREFUSED) epoll_ctl(poller, EPOLL_CTL_DEL, file, NULL);
        done(file, error);
        in_flight--;
    }
}

static void start(const char *address, int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, address, &to.sin_addr);
    int file = reuse && spares ? spare[--spares] : stream();
    if (connect(file, (struct sockaddr *)&to, sizeof to) == 0) return done(file, 0);
    if (errno != EINPROGRESS) return done(file, errno);
    struct epoll_event event = {.events = EPOLLOUT, .data.fd = file};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, file, &event)) fail("epoll_ctl");
    in_flight++;
}

static void sweep(double timeout, int first, int last, char **addresses, long window) {
    double until = 0;
    for (; *addresses; addresses++)
        for (int port = first; port <= last; port++) {
            start(*addresses, port);
            until = now() + timeout;
            if (port % 64 == 0) collect(0);
            while (in_flight >= window) {
                if (now() > until) exit(fprintf(stderr, "the window is too small\n"));
                collect(1);
            }
        }
    while (in_flight && now() < until) collect(1 + (until - now()) * 1e3);
    silent += in_flight;
    printf("open %ld refused %ld silent %ld\n", open_ports, refused, silent);
}

static void serve(int first, int last) {
    for (int port = first; port <= last; port++) {
        int file = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1;
        setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
        if (bind(file, (struct sockaddr *)&at, sizeof at) || listen(file, 1024)) fail("listen");
        struct epoll_event event = {.events = EPOLLIN, .data.fd = file};
        epoll_ctl(poller, EPOLL_CTL_ADD, file, &event);
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[BATCH];
        int count = epoll_wait(poller, events, BATCH, -1);
        for (int i = 0; i < count; i++) {
            int file;
            while ((file = accept(events[i].data.fd, NULL, NULL)) >= 0) {
                struct linger now = {1, 0};
                setsockopt(file, SOL_SOCKET, SO_LINGER, &now, sizeof now);
                close(file);
            }
        }
    }
}

int main(int count, char **words) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (count == 4 && !strcmp(words[1], "listen")) serve(atoi(words[2]), atoi(words[3]));
    if (count < 6) return fprintf(stderr, "see the head of floor.c\n");
    reuse = !strcmp(words[1], "reuse");
    long window = (long)files.rlim_cur - 64;
    if (window > BATCH * 64) window = BATCH * 64;
    sweep(atof(words[2]) / 1e3, atoi(words[3]), atoi(words[4]), words + 5, window);
    return 0;
}
