#define _GNU_SOURCE
#include "CGRPC.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const uint8_t *cgrpc_slice_start(const grpc_slice *slice) {
    return GRPC_SLICE_START_PTR(*slice);
}

size_t cgrpc_slice_length(const grpc_slice *slice) {
    return GRPC_SLICE_LENGTH(*slice);
}

int cgrpc_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

// Atomic: a handler runs in any thread.
static _Atomic int signal_destination = -1;

// A handler may call next to nothing (signal-safety(7)); write(2) is allowed.
static void forward_signal(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t ignored = write(signal_destination, &byte, 1);
    (void)ignored;
    errno = saved;
}

int cgrpc_redirect_signal(int number, int descriptor) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    signal_destination = descriptor;
    action.sa_handler = forward_signal;
    action.sa_flags = SA_RESTART;
    return sigaction(number, &action, NULL);
}
