#include "worker.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static pthread_mutex_t error_lock = PTHREAD_MUTEX_INITIALIZER;

double bench_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

void bench_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

char *bench_key(const char *path) {
    char *key = calloc(1, 256);
    FILE *file = fopen(path, "r");
    if (key == NULL || file == NULL || fgets(key, 256, file) == NULL) bench_fail("can't read the key file %s", path);
    fclose(file);
    key[strcspn(key, "\n")] = '\0';
    return key;
}

void bench_name(char name[NAME_SIZE], const struct round *round, int index) {
    snprintf(name, NAME_SIZE, "%s-%d", round->prefix, index);
}

void bench_error(struct round *round, const char *format, ...) {
    pthread_mutex_lock(&error_lock);
    if (round->failed++ == 0) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(round->error, sizeof round->error, format, arguments);
        va_end(arguments);
        for (char *c = round->error; *c != '\0'; c++)
            if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ') *c = ' ';
    }
    pthread_mutex_unlock(&error_lock);
}

struct share {
    struct round *round;
    bench_operation operation;
    atomic_int next;
};

static void *work(void *argument) {
    struct share *share = argument;
    for (int index; (index = atomic_fetch_add(&share->next, 1)) < share->round->count;) {
        const double began = bench_now();
        share->operation(share->round, index);
        share->round->ms[index] = bench_now() - began;
    }
    return NULL;
}

void bench_threads(struct round *round, bench_operation operation) {
    struct share share = {.round = round, .operation = operation};
    pthread_t threads[round->inflight];
    for (int i = 0; i < round->inflight; i++)
        if (pthread_create(&threads[i], NULL, work, &share) != 0) bench_fail("can't start a thread");
    for (int i = 0; i < round->inflight; i++) pthread_join(threads[i], NULL);
}

void bench_serve(void (*run)(struct round *round)) {
    char line[256];
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct round round = {.failed = 0};
        if (sscanf(line, "%15s %63s %d %d", round.verb, round.prefix, &round.count, &round.inflight) != 4 ||
            round.count < 1 || round.count > MAX_COUNT || round.inflight < 1 || round.inflight > 256)
            bench_fail("not a round: %s", line);
        round.ms = calloc((size_t)round.count, sizeof *round.ms);
        if (round.ms == NULL) bench_fail("out of memory");
        const double began = bench_now();
        run(&round);
        printf("{\"wall_ms\": %.3f, \"failed\": %d, \"error\": \"%s\", \"ms\": [", bench_now() - began, round.failed,
               round.error);
        for (int i = 0; i < round.count; i++) printf("%s%.4f", i == 0 ? "" : ", ", round.ms[i]);
        printf("]}\n");
        fflush(stdout);
        free(round.ms);
    }
}
