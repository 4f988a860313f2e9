/* What a worker is sent: lines, each read as the request that it says it is. */
#include <stdlib.h>

#include "fuzz.h"
#include "wire/message.h"
#include "wire/message_data.h"
#include "wire/message_features.h"
#include "wire/message_hash.h"
#include "wire/message_heatmap.h"
#include "wire/message_hello.h"
#include "wire/message_partition.h"
#include "wire/message_profile.h"
#include "wire/message_retrain.h"
#include "wire/message_run.h"
#include "wire/message_trapped.h"

/* What was read can be sent, and is read again. */
#define CHECK_READ(type, name, end)                                                                          \
    do {                                                                                                     \
        struct type read, again;                                                                             \
        if (name##_read(m, &read, e) == 0) {                                                                 \
            json_t *made = name(&read);                                                                      \
            FUZZ_CHECK(made &&name##_read(made, &again, e) == 0);                                            \
            json_decref(made);                                                                               \
            end(&again);                                                                                     \
            end(&read);                                                                                      \
        }                                                                                                    \
    } while (0)

static void read_open(const json_t *m, struct error *e)
{
    char *cfg, *weights;
    enum epsilon epsilon;
    if (message_open_read(m, &cfg, &weights, &epsilon, e) < 0)
        return;
    free(cfg);
    free(weights);
}

static void read_hash(const json_t *m, struct error *e)
{
    long *images, n;
    if (message_hash_read(m, &images, &n, e) == 0)
        free(images);
}

static void read_profile(const json_t *m, struct error *e)
{
    enum profile_runtime runtime;
    int threads, runs;
    message_profile_request_read(m, &runtime, &threads, &runs, e);
}

static void read_trapped(const json_t *m, struct error *e)
{
    struct run_options run;
    long floats;
    uint64_t seed;
    if (message_trapped_request_read(m, &run, &floats, &seed, e) < 0)
        return;
    json_decref(message_trapped_request(&run, floats, seed));
    run_options_free(&run);
}

static void read_message(enum message_type type, const json_t *m, struct error *e)
{
    int protocol;
    if (type == MESSAGE_HELLO)
        message_hello_read(m, &protocol, e);
    else if (type == MESSAGE_OPEN)
        read_open(m, e);
    else if (type == MESSAGE_IMAGES)
        CHECK_READ(images_request, message_images_request, images_request_free);
    else if (type == MESSAGE_RUN)
        CHECK_READ(run_options, message_run, run_options_free);
    else if (type == MESSAGE_HEATMAP)
        CHECK_READ(heatmap_request, message_heatmap_request, heatmap_request_free);
    else if (type == MESSAGE_HASH)
        read_hash(m, e);
    else if (type == MESSAGE_PARTITION)
        CHECK_READ(partition_request, message_partition_request, partition_request_free);
    else if (type == MESSAGE_PROFILE)
        read_profile(m, e);
    else if (type == MESSAGE_FEATURES)
        CHECK_READ(features_request, message_features_request, features_request_free);
    else if (type == MESSAGE_RETRAIN)
        CHECK_READ(retrain_request, message_retrain, retrain_request_free);
    else if (type == MESSAGE_TRAPPED)
        read_trapped(m, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_part left = {data, size};
    size_t length;
    for (char *line; (line = fuzz_line(&left, &length)); free(line)) {
        enum message_type type;
        struct error e = {""};
        json_t *m = message_parse(line, length, &type, &e);
        if (m)
            read_message(type, m, &e);
        fuzz_taken(&e);
        json_decref(m);
    }
    return 0;
}
