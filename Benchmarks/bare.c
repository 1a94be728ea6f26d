// The floor: the libcephfs calls that a volume's creation and deletion come down to, and nothing else.
//
// usage: bare MON_HOST FILESYSTEM ROOT GROUP USER KEYFILE [STEPS]
// STEPS is the order of the calls of a creation, one letter each (see `step` below), to study what an order costs; the
// default is the fastest one known. Benchmarks/volumes sees to it that the effect is the plugin's.
#define _FILE_OFFSET_BITS 64
#include <cephfs/libcephfs.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker.h"

enum { PATH_SIZE = 512 };

static struct ceph_mount_info *mount;
static const char *root, *group;
static const char *steps = "?msdlWRuMxqFCr";
static const char quota[] = "1073741824";
static char record[400];

struct names {
    char name[NAME_SIZE];
    char identity[40];
    char staged[PATH_SIZE];
    char data[PATH_SIZE];
    char published[PATH_SIZE];
    int meta;
    int check;
};

static void identify(char identity[40], const char *name) {
    // As long as a UUID, and the same for a name's creation and deletion.
    unsigned long long hash = 14695981039346656037ULL;
    for (const char *c = name; *c != '\0'; c++) hash = (hash ^ (unsigned char)*c) * 1099511628211ULL;
    snprintf(identity, 40, "%08llx-0000-4000-8000-%012llx", hash >> 32, hash & 0xffffffffffffULL);
}

static int write_meta(struct names *n) {
    char path[PATH_SIZE + 8], text[PATH_SIZE + 128];
    snprintf(path, sizeof path, "%s/.meta", n->staged);
    const int length = snprintf(text, sizeof text,
                                "[GLOBAL]\nversion = 2\ntype = subvolume\npath = %s/%s/%s/%s\nstate = complete\n\n",
                                root, group, n->name, n->identity);
    n->meta = ceph_open(mount, path, O_WRONLY | O_CREAT | O_EXCL, 0640);
    if (n->meta < 0) return n->meta;
    const int written = ceph_write(mount, n->meta, text, length, 0);
    return written < 0 ? written : 0;
}

// The file that shows that the data can be written and read; `flags` 0 or O_DIRECT.
static int write_check(struct names *n, int flags) {
    char path[PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/.cephfs-csi-check", n->data);
    n->check = ceph_open(mount, path, O_WRONLY | O_CREAT | O_EXCL | flags, 0600);
    if (n->check < 0) return n->check;
    const int written = ceph_write(mount, n->check, "cephfs-csi", 10, 0);
    return written < 0 ? written : 0;
}

static int read_check(struct names *n) {
    char path[PATH_SIZE + 32], text[64];
    snprintf(path, sizeof path, "%s/.cephfs-csi-check", n->data);
    int result = ceph_fsync(mount, n->check, 1);
    if (result < 0) return result;
    const int reading = ceph_open(mount, path, O_RDONLY | O_DIRECT, 0);
    if (reading < 0) return reading;
    result = ceph_read(mount, reading, text, sizeof text, 0);
    ceph_close(mount, reading);
    return result < 0 ? result : result == 10 ? 0 : -EIO;
}

static int remove_check(struct names *n) {
    char path[PATH_SIZE + 32];
    snprintf(path, sizeof path, "%s/.cephfs-csi-check", n->data);
    ceph_close(mount, n->check);
    n->check = -1;
    return ceph_unlink(mount, path);
}

static int step(char letter, struct names *n) {
    switch (letter) {
    case '?': {
        char found[1024];
        const int result = ceph_getxattr(mount, n->published, "user.csi.volume", found, sizeof found);
        return result == -ENOENT ? 0 : result >= 0 ? -EEXIST : result;
    }
    case 'm': return ceph_mkdir(mount, n->staged, 0711);
    case 'd': return ceph_mkdir(mount, n->data, 0777);
    case 'x': return ceph_setxattr(mount, n->staged, "user.csi.volume", record, sizeof record, 0);
    case 'M': return write_meta(n);
    case 'l': {
        char space[64];
        snprintf(space, sizeof space, "cephfs-csi-%s", n->identity);
        return ceph_setxattr(mount, n->data, "ceph.dir.layout.pool_namespace", space, strlen(space), 0);
    }
    case 'w': return write_check(n, 0);
    case 'W': return write_check(n, O_DIRECT);
    case 'R': return read_check(n);
    case 'u': return remove_check(n);
    case 'q': return ceph_setxattr(mount, n->data, "ceph.quota.max_bytes", quota, strlen(quota), 0);
    case 's': return ceph_setxattr(mount, n->staged, "ceph.dir.subvolume", "1", 1, 0);
    case 'r': return ceph_rename(mount, n->staged, n->published);
    case 'F': return ceph_fsync(mount, n->meta, 1);
    case 'C': {
        const int result = ceph_close(mount, n->meta);
        n->meta = -1;
        return result;
    }
    default: bench_fail("'%c' is no step", letter);
    }
}

static void create(struct round *round, int index) {
    struct names n = {.meta = -1, .check = -1};
    bench_name(n.name, round, index);
    identify(n.identity, n.name);
    snprintf(n.staged, sizeof n.staged, "/_staging/%s.%s", n.name, n.identity);
    snprintf(n.data, sizeof n.data, "/_staging/%s.%s/%s", n.name, n.identity, n.identity);
    snprintf(n.published, sizeof n.published, "/%s/%s", group, n.name);
    for (const char *letter = steps; *letter != '\0'; letter++) {
        const int result = step(*letter, &n);
        if (result < 0) {
            bench_error(round, "%s: step %c: %s", n.name, *letter, strerror(-result));
            break;
        }
    }
    if (n.meta >= 0) ceph_close(mount, n.meta);
}

static void delete(struct round *round, int index) {
    char name[NAME_SIZE], published[PATH_SIZE], trashed[PATH_SIZE], value[1024];
    bench_name(name, round, index);
    snprintf(published, sizeof published, "/%s/%s", group, name);
    snprintf(trashed, sizeof trashed, "/_trash/0.%s", name);
    int result = ceph_getxattr(mount, published, "user.csi.volume", value, sizeof value);
    if (result >= 0) result = ceph_rename(mount, published, trashed);
    if (result < 0) bench_error(round, "%s: %s", name, strerror(-result));
}

static void purge(struct round *round, int index) {
    char name[NAME_SIZE], identity[40], path[PATH_SIZE];
    bench_name(name, round, index);
    identify(identity, name);
    snprintf(path, sizeof path, "/_trash/0.%s/.meta", name);
    ceph_unlink(mount, path);
    snprintf(path, sizeof path, "/_trash/0.%s/%s", name, identity);
    ceph_rmdir(mount, path);
    snprintf(path, sizeof path, "/_trash/0.%s", name);
    const int result = ceph_rmdir(mount, path);
    if (result < 0) bench_error(round, "%s: %s", path, strerror(-result));
}

static void run(struct round *round) {
    bench_threads(round, strcmp(round->verb, "create") == 0   ? create
                         : strcmp(round->verb, "delete") == 0 ? delete
                                                              : purge);
}

static void make(const char *path, int mode) {
    const int result = ceph_mkdir(mount, path, mode);
    if (result < 0 && result != -EEXIST) bench_fail("%s: %s", path, strerror(-result));
}

int main(int count, char **values) {
    if (count < 7) bench_fail("usage: bare MON_HOST FILESYSTEM ROOT GROUP USER KEYFILE [STEPS]");
    root = values[3], group = values[4];
    if (count > 7) steps = values[7];
    memset(record, 'r', sizeof record);
    char *key = bench_key(values[6]), path[PATH_SIZE];
    int result = ceph_create(&mount, values[5]);
    if (result == 0) result = ceph_conf_set(mount, "mon_host", values[1]);
    if (result == 0) result = ceph_conf_set(mount, "key", key);
    if (result == 0) result = ceph_conf_set(mount, "keyring", "/dev/null");
    if (result == 0) result = ceph_conf_set(mount, "client_mount_timeout", "10");
    // As in the plugin: what is written is on its way at once, and nobody asks an OSD beforehand.
    if (result == 0) result = ceph_conf_set(mount, "client_oc_target_dirty", "0");
    if (result == 0) result = ceph_conf_set(mount, "client_check_pool_perm", "false");
    if (result == 0) result = ceph_init(mount);
    if (result == 0) result = ceph_select_filesystem(mount, values[2]);
    if (result == 0) result = ceph_mount(mount, root);
    if (result < 0) bench_fail("can't mount %s: %s", root, strerror(-result));
    free(key);
    make("/_staging", 0700);
    make("/_trash", 0700);
    snprintf(path, sizeof path, "/%s", group);
    make(path, 0711);
    result = ceph_setxattr(mount, "/_staging", "ceph.dir.layout.pool_namespace", "cephfs-csi-meta", 15, 0);
    if (result < 0) bench_fail("layout of /_staging: %s", strerror(-result));
    bench_serve(run);
    ceph_unmount(mount);
    ceph_release(mount);
}
