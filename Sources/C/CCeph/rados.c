// The functions of librados that the plugin calls; cephfs.c explains the form.
#pragma GCC visibility push(hidden)
#include "rados.h"
#pragma GCC visibility pop

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

// F(result, name, parameters, arguments, result when there is no library)
#define FUNCTIONS(F) \
    F(int, rados_create, (rados_t * cluster, const char *const id), (cluster, id), -ELIBACC) \
    F(int, rados_conf_set, (rados_t cluster, const char *option, const char *value), (cluster, option, value), \
        -ELIBACC) \
    F(int, rados_connect, (rados_t cluster), (cluster), -ELIBACC) \
    F(int, rados_cluster_fsid, (rados_t cluster, char *buffer, size_t length), (cluster, buffer, length), -ELIBACC) \
    F(void, rados_shutdown, (rados_t cluster), (cluster), ) \
    F(void, rados_buffer_free, (char *buffer), (buffer), ) \
    F(int, rados_mon_command, \
        (rados_t cluster, const char **cmd, size_t cmdlen, const char *inbuf, size_t inbuflen, char **outbuf, \
            size_t *outbuflen, char **outs, size_t *outslen), \
        (cluster, cmd, cmdlen, inbuf, inbuflen, outbuf, outbuflen, outs, outslen), -ELIBACC)

#define SLOT(result, name, parameters, arguments, missing) __typeof__(&name) name;
static struct {
    FUNCTIONS(SLOT)
} library;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int loaded;
static char failure[512];

static void load(void) {
    void *handle = dlopen("librados.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        snprintf(failure, sizeof failure, "%s", dlerror());
        return;
    }
#define RESOLVE(result, function, parameters, arguments, missing) \
    library.function = (__typeof__(&function))dlsym(handle, #function); \
    if (!library.function) { \
        snprintf(failure, sizeof failure, "librados.so.2 has no function " #function); \
        return; \
    }
    FUNCTIONS(RESOLVE)
    loaded = 1;
}

int crados_load(const char **error) {
    pthread_once(&once, load);
    if (error) *error = loaded ? NULL : failure;
    return loaded ? 0 : -ELIBACC;
}

#define FORWARD(result, name, parameters, arguments, missing) \
    result name parameters { \
        if (crados_load(NULL) != 0) return missing; \
        return library.name arguments; \
    }
FUNCTIONS(FORWARD)
