// The manager's own way: `fs subvolume create` and `fs subvolume rm`, sent through librados.
//
// usage: mgr CONF FILESYSTEM GROUP
#include <rados/librados.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker.h"

static rados_t cluster;
static const char *filesystem, *group;

static void command(struct round *round, const char *text) {
    const char *commands[] = {text};
    char *output = NULL, *status = NULL;
    size_t output_length = 0, status_length = 0;
    const int result = rados_mgr_command(cluster, commands, 1, "", 0, &output, &output_length, &status, &status_length);
    if (result < 0) bench_error(round, "%s: %.*s", strerror(-result), (int)status_length, status == NULL ? "" : status);
    rados_buffer_free(output);
    rados_buffer_free(status);
}

static void create(struct round *round, int index) {
    char name[NAME_SIZE], text[512];
    bench_name(name, round, index);
    snprintf(text, sizeof text,
             "{\"prefix\": \"fs subvolume create\", \"vol_name\": \"%s\", \"sub_name\": \"%s\", "
             "\"group_name\": \"%s\", \"size\": 1073741824, \"mode\": \"777\"}",
             filesystem, name, group);
    command(round, text);
}

static void delete(struct round *round, int index) {
    char name[NAME_SIZE], text[512];
    bench_name(name, round, index);
    snprintf(text, sizeof text,
             "{\"prefix\": \"fs subvolume rm\", \"vol_name\": \"%s\", \"sub_name\": \"%s\", \"group_name\": \"%s\"}",
             filesystem, name, group);
    command(round, text);
}

static void run(struct round *round) { bench_threads(round, strcmp(round->verb, "create") == 0 ? create : delete); }

int main(int count, char **values) {
    if (count != 4) bench_fail("usage: mgr CONF FILESYSTEM GROUP");
    filesystem = values[2], group = values[3];
    int result = rados_create(&cluster, "admin");
    if (result == 0) result = rados_conf_read_file(cluster, values[1]);
    if (result == 0) result = rados_connect(cluster);
    if (result < 0) bench_fail("can't connect: %s", strerror(-result));
    bench_serve(run);
    rados_shutdown(cluster);
}
