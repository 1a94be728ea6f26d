// First, before gRPC's headers define _GNU_SOURCE: the C library's types have to
// be the same here as in Swift's own Glibc module.
#include <features.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <grpc/support/log.h>
#include <grpc/support/time.h>

// grpc_slice keeps short contents inline and long ones behind a pointer; the
// header's macros for that are not visible to Swift, so they are functions
// here. The pointer is valid as long as `slice` stays in place.
static inline const uint8_t *cgrpc_slice_start(const grpc_slice *slice) {
    return GRPC_SLICE_START_PTR(*slice);
}

static inline size_t cgrpc_slice_length(const grpc_slice *slice) {
    return GRPC_SLICE_LENGTH(*slice);
}

// GNU functions, which those features hide.
extern int pthread_setname_np(pthread_t thread, const char *name);
extern int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags);

// accept(2) with both flags in one step: a process that is spawned meanwhile must
// not inherit the connection.
static inline int cgrpc_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

// Names the calling thread; at most 15 bytes.
static inline int cgrpc_name_thread(const char *name) {
    return pthread_setname_np(pthread_self(), name);
}

// Where the signal handler writes. One source file of the Swift module uses this,
// so there is one copy.
static volatile int cgrpc_signal_destination = -1;

// A handler may call next to nothing (signal-safety(7)); write(2) is allowed.
static void cgrpc_forward_signal(int number) {
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t ignored = write(cgrpc_signal_destination, &byte, 1);
    (void)ignored;
    errno = saved;
}

// From now on, signal `number` becomes a byte of that value in `descriptor`.
static inline int cgrpc_redirect_signal(int number, int descriptor) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    cgrpc_signal_destination = descriptor;
    action.sa_handler = cgrpc_forward_signal;
    action.sa_flags = SA_RESTART;
    return sigaction(number, &action, NULL);
}
