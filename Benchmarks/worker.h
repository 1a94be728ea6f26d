// What the benchmark's workers share: rounds asked for on standard input, latencies answered on standard output.
//
// A round is a line `VERB PREFIX COUNT INFLIGHT`; the answer is a line
// `{"wall_ms": …, "failed": …, "error": "…", "ms": […]}` with one latency for each of the COUNT operations.
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include <stddef.h>

enum { MAX_COUNT = 100000, NAME_SIZE = 128, ERROR_SIZE = 256 };

/// One round's work: `verb` is "create", "delete" or "purge".
struct round {
    char verb[16];
    char prefix[64];
    int count;
    int inflight;
    double *ms;
    int failed;
    char error[ERROR_SIZE];
};

/// Milliseconds of the monotonic clock.
double bench_now(void);
/// Ends the program with a message on standard error.
_Noreturn void bench_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// The bare key of a 0600 key file, to be freed by the caller.
char *bench_key(const char *path);
/// The name of a round's volume.
void bench_name(char name[NAME_SIZE], const struct round *round, int index);
/// Counts a failure and keeps its text when it is the round's first.
void bench_error(struct round *round, const char *format, ...) __attribute__((format(printf, 2, 3)));

/// Does one operation of a round; a failure is reported with `bench_error`.
typedef void (*bench_operation)(struct round *round, int index);
/// Spreads a round over `inflight` threads that call `operation`, and times each call.
void bench_threads(struct round *round, bench_operation operation);
/// Answers rounds until standard input ends.
void bench_serve(void (*run)(struct round *round));

#endif
