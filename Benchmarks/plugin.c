// The plugin as its sidecars use it: CreateVolume and DeleteVolume over gRPC on its Unix socket.
//
// One thread keeps all calls of a round in flight, so that the client takes as little of the machine as it can.
//
// usage: plugin SOCKET CLUSTER USER KEYFILE
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/alloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker.h"

enum { MESSAGE_SIZE = 2048, ID_SIZE = 256, DEADLINE_SECONDS = 120 };

static grpc_channel *channel;
static grpc_completion_queue *queue;
static const char *cluster, *user;
static char *key;
// The volumes of the last creating round, by their index: what the deleting round names.
static char (*ids)[ID_SIZE];

// --- protobuf, as much as two requests and one answer need ---------------------------------------------------------

struct message {
    unsigned char bytes[MESSAGE_SIZE];
    size_t size;
};

static void put_number(struct message *m, unsigned long long value) {
    for (; value >= 0x80; value >>= 7) m->bytes[m->size++] = (unsigned char)(value | 0x80);
    m->bytes[m->size++] = (unsigned char)value;
}

static void put_integer(struct message *m, unsigned field, unsigned long long value) {
    put_number(m, field << 3);
    put_number(m, value);
}

static void put_bytes(struct message *m, unsigned field, const void *bytes, size_t size) {
    if (m->size + size + 16 > MESSAGE_SIZE) bench_fail("a message is too long");
    put_number(m, field << 3 | 2);
    put_number(m, size);
    memcpy(m->bytes + m->size, bytes, size);
    m->size += size;
}

static void put_text(struct message *m, unsigned field, const char *text) { put_bytes(m, field, text, strlen(text)); }

static void put_message(struct message *m, unsigned field, const struct message *inner) {
    put_bytes(m, field, inner->bytes, inner->size);
}

static void put_entry(struct message *m, unsigned field, const char *name, const char *value) {
    struct message entry = {.size = 0};
    put_text(&entry, 1, name);
    put_text(&entry, 2, value);
    put_message(m, field, &entry);
}

static void put_secrets(struct message *m, unsigned field) {
    put_entry(m, field, "adminID", user);
    put_entry(m, field, "adminKey", key);
}

static struct message create_request(const char *name) {
    struct message m = {.size = 0}, range = {.size = 0}, capability = {.size = 0}, mode = {.size = 0};
    put_text(&m, 1, name);
    put_integer(&range, 1, 1ULL << 30);
    put_message(&m, 2, &range);
    put_bytes(&capability, 2, "", 0);  // mount, with nothing set
    put_integer(&mode, 1, 5);          // MULTI_NODE_MULTI_WRITER
    put_message(&capability, 3, &mode);
    put_message(&m, 3, &capability);
    put_entry(&m, 4, "cluster", cluster);
    put_secrets(&m, 5);
    return m;
}

static struct message delete_request(const char *id) {
    struct message m = {.size = 0};
    put_text(&m, 1, id);
    put_secrets(&m, 2);
    return m;
}

static unsigned long long take_number(const unsigned char **at, const unsigned char *end) {
    unsigned long long value = 0;
    for (int shift = 0; *at < end && shift < 64; shift += 7) {
        const unsigned char byte = *(*at)++;
        value |= (unsigned long long)(byte & 0x7f) << shift;
        if (byte < 0x80) break;
    }
    return value;
}

// Narrows `at` and `end` to the first field `wanted` that has a length; 0 when there is none.
static int find_field(unsigned wanted, const unsigned char **at, const unsigned char **end) {
    while (*at < *end) {
        const unsigned long long tag = take_number(at, *end), value = take_number(at, *end);
        if ((tag & 7) == 0) continue;
        if ((tag & 7) != 2 || value > (unsigned long long)(*end - *at)) return 0;
        if (tag >> 3 == wanted) {
            *end = *at + value;
            return 1;
        }
        *at += value;
    }
    return 0;
}

static int take_id(char id[ID_SIZE], grpc_byte_buffer *answer) {
    grpc_byte_buffer_reader reader;
    if (answer == NULL || !grpc_byte_buffer_reader_init(&reader, answer)) return 0;
    grpc_slice slice = grpc_byte_buffer_reader_readall(&reader);
    const unsigned char *at = GRPC_SLICE_START_PTR(slice), *end = at + GRPC_SLICE_LENGTH(slice);
    const int found = find_field(1, &at, &end) && find_field(2, &at, &end) && end - at < ID_SIZE;
    if (found) {
        memcpy(id, at, (size_t)(end - at));
        id[end - at] = '\0';
    }
    grpc_slice_unref(slice);
    grpc_byte_buffer_reader_destroy(&reader);
    return found;
}

// --- calls ----------------------------------------------------------------------------------------------------------

struct call {
    grpc_call *call;
    grpc_byte_buffer *request, *answer;
    grpc_metadata_array first, last;
    grpc_slice details;
    grpc_status_code status;
    int index;
    double began;
};

static void start(struct call *call, const struct round *round, int index) {
    const int creating = strcmp(round->verb, "create") == 0;
    char name[NAME_SIZE];
    bench_name(name, round, index);
    call->index = index;
    call->began = bench_now();
    const struct message message = creating ? create_request(name) : delete_request(ids[index]);
    grpc_slice body = grpc_slice_from_copied_buffer((const char *)message.bytes, message.size);
    call->request = grpc_raw_byte_buffer_create(&body, 1);
    grpc_slice_unref(body);
    call->answer = NULL;
    grpc_metadata_array_init(&call->first);
    grpc_metadata_array_init(&call->last);
    const grpc_slice method = grpc_slice_from_static_string(creating ? "/csi.v1.Controller/CreateVolume"
                                                                     : "/csi.v1.Controller/DeleteVolume");
    const gpr_timespec deadline =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(DEADLINE_SECONDS, GPR_TIMESPAN));
    call->call = grpc_channel_create_call(channel, NULL, 0, queue, method, NULL, deadline, NULL);
    const grpc_op operations[] = {
        {.op = GRPC_OP_SEND_INITIAL_METADATA},
        {.op = GRPC_OP_SEND_MESSAGE, .data.send_message.send_message = call->request},
        {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT},
        {.op = GRPC_OP_RECV_INITIAL_METADATA, .data.recv_initial_metadata.recv_initial_metadata = &call->first},
        {.op = GRPC_OP_RECV_MESSAGE, .data.recv_message.recv_message = &call->answer},
        {.op = GRPC_OP_RECV_STATUS_ON_CLIENT,
         .data.recv_status_on_client = {.trailing_metadata = &call->last,
                                        .status = &call->status,
                                        .status_details = &call->details}},
    };
    if (grpc_call_start_batch(call->call, operations, 6, call, NULL) != GRPC_CALL_OK) bench_fail("a batch is refused");
}

static void finish(struct call *call, struct round *round) {
    round->ms[call->index] = bench_now() - call->began;
    if (call->status != GRPC_STATUS_OK) {
        char *text = grpc_slice_to_c_string(call->details);
        bench_error(round, "status %d: %s", call->status, text);
        gpr_free(text);
    } else if (strcmp(round->verb, "create") == 0 && !take_id(ids[call->index], call->answer)) {
        bench_error(round, "the answer holds no volume id");
    }
    grpc_slice_unref(call->details);
    grpc_metadata_array_destroy(&call->first);
    grpc_metadata_array_destroy(&call->last);
    grpc_byte_buffer_destroy(call->request);
    if (call->answer != NULL) grpc_byte_buffer_destroy(call->answer);
    grpc_call_unref(call->call);
}

static void run(struct round *round) {
    struct call calls[round->inflight];
    int next = 0;
    if (strcmp(round->verb, "create") == 0) {
        free(ids);
        ids = calloc((size_t)round->count, sizeof *ids);
        if (ids == NULL) bench_fail("out of memory");
    }
    while (next < round->inflight && next < round->count) {
        start(&calls[next], round, next);
        next++;
    }
    for (int done = 0; done < round->count; done++) {
        const grpc_event event = grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        struct call *call = event.tag;
        finish(call, round);
        if (next < round->count) start(call, round, next++);
    }
}

int main(int count, char **values) {
    if (count != 5) bench_fail("usage: plugin SOCKET CLUSTER USER KEYFILE");
    cluster = values[2], user = values[3], key = bench_key(values[4]);
    char target[256];
    snprintf(target, sizeof target, "unix:%s", values[1]);
    grpc_init();
    grpc_channel_credentials *plain = grpc_insecure_credentials_create();
    channel = grpc_channel_create(target, plain, NULL);
    grpc_channel_credentials_release(plain);
    queue = grpc_completion_queue_create_for_next(NULL);
    bench_serve(run);
    grpc_channel_destroy(channel);
    grpc_completion_queue_shutdown(queue);
    while (grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type != GRPC_QUEUE_SHUTDOWN) {}
    grpc_completion_queue_destroy(queue);
    grpc_shutdown();
    free(key);
    free(ids);
}
