#ifndef CGRPC_H
#define CGRPC_H

// First, before gRPC's headers define _GNU_SOURCE: the C library's types have to
// be the same here as in Swift's own Glibc module.
#include <features.h>

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
// header's macros for that are not visible to Swift. The pointer is valid as long
// as `slice` stays in place.
const uint8_t *cgrpc_slice_start(const grpc_slice *slice);
size_t cgrpc_slice_length(const grpc_slice *slice);

// accept(2), with close-on-exec and non-blocking set in the same step: a process
// that is spawned meanwhile must not inherit the connection.
int cgrpc_accept(int listener);

// From now on, signal `number` becomes a byte of that value in `descriptor`, the
// same for all signals. Returns 0, or -1 and errno.
int cgrpc_redirect_signal(int number, int descriptor);

#endif
