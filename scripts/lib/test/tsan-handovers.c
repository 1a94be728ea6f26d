// Shows the thread sanitizer where one thread hands memory to another in libraries that are not built with it: without
// that it would report all that is handed over. Preloaded by scripts/sanitize.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <grpc/grpc.h>
#include <stdint.h>

// Weak: programs that a test starts have no sanitizer.
__attribute__((weak)) void __tsan_acquire(void *);
__attribute__((weak)) void __tsan_release(void *);

static void acquire(void *what) {
    if (__tsan_acquire) __tsan_acquire(what);
}

static void release(void *what) {
    if (__tsan_release) __tsan_release(what);
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// Swift's Mutex when two threads want it at once: _MutexHandle._lockSlow(UInt32) and _unlockSlow() of Synchronization. Its
// quick path is compiled into the caller, and seen.

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *self
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void lock_slow(uint32_t thread, SELF) __asm__(LOCK);
SWIFT void unlock_slow(SELF) __asm__(UNLOCK);

SWIFT void lock_slow(uint32_t thread, SELF) {
    ((__typeof__(&lock_slow))dlsym(RTLD_NEXT, LOCK))(thread, self);
    acquire(self);
}

SWIFT void unlock_slow(SELF) {
    release(self);
    ((__typeof__(&unlock_slow))dlsym(RTLD_NEXT, UNLOCK))(self);
}

// gRPC's completion queues: whoever gets an event sees what was done before the operation with its tag began.

grpc_call_error grpc_call_start_batch(
    grpc_call *call, const grpc_op *operations, size_t count, void *tag, void *reserved) {
    release(tag);
    return NEXT(grpc_call_start_batch)(call, operations, count, tag, reserved);
}

grpc_call_error grpc_server_request_call(
    grpc_server *server, grpc_call **call, grpc_call_details *details, grpc_metadata_array *metadata,
    grpc_completion_queue *bound, grpc_completion_queue *notified, void *tag) {
    release(tag);
    return NEXT(grpc_server_request_call)(server, call, details, metadata, bound, notified, tag);
}

void grpc_server_shutdown_and_notify(grpc_server *server, grpc_completion_queue *queue, void *tag) {
    release(tag);
    NEXT(grpc_server_shutdown_and_notify)(server, queue, tag);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue *queue, gpr_timespec deadline, void *reserved) {
    grpc_event event = NEXT(grpc_completion_queue_next)(queue, deadline, reserved);
    if (event.type == GRPC_OP_COMPLETE) acquire(event.tag);
    return event;
}

// Swift's continuations: who awaits one sees what was done before it was resumed. The runtime is meant to show that by
// itself, but does not on Linux. An awaiting function gives its frame back after it, which is where this looks.

void *swift_task_getCurrent(void);
SWIFT void swift_task_dealloc(void *frame);
SWIFT void swift_continuation_resume(void *task);
SWIFT void swift_continuation_throwingResume(void *task);
SWIFT void swift_continuation_throwingResumeWithError(void *task, void *error);

SWIFT void swift_continuation_resume(void *task) {
    release(task);
    NEXT(swift_continuation_resume)(task);
}

SWIFT void swift_continuation_throwingResume(void *task) {
    release(task);
    NEXT(swift_continuation_throwingResume)(task);
}

SWIFT void swift_continuation_throwingResumeWithError(void *task, void *error) {
    release(task);
    NEXT(swift_continuation_throwingResumeWithError)(task, error);
}

SWIFT void swift_task_dealloc(void *frame) {
    static __typeof__(&swift_task_getCurrent) current;
    static __typeof__(&swift_task_dealloc) real;
    if (!current) current = NEXT(swift_task_getCurrent);
    if (!real) real = NEXT(swift_task_dealloc);
    acquire(current());
    real(frame);
}
