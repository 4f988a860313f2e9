/* A whole conversation: a front end that asks for everything in turn, and a worker that answers with the
 * input's lines. The worker is no process: these functions stand for study/child.c. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "curve/run_options.h"
#include "fuzz.h"
#include "study/connection.h"

struct child {
    struct channel *channel;
    int ends[2]; /* the pipe; the second one -1 when all is sent */
    int null;
};

static struct fuzz_part lines; /* not sent yet */

struct child *child_start(const char *command, struct error *e)
{
    (void)command, (void)e;
    struct child *w = memory_new(1, sizeof *w);
    FUZZ_CHECK(pipe2(w->ends, O_NONBLOCK) == 0);
    w->null = open("/dev/null", O_WRONLY);
    w->channel = channel_new(w->ends[0], w->null, 1 << 20);
    return w;
}

struct channel *child_channel(const struct child *w)
{
    return w->channel;
}

pid_t child_process(const struct child *w)
{
    (void)w;
    return 1;
}

int child_polls(const struct child *w, struct pollfd fds[3])
{
    (void)w, (void)fds;
    return 0;
}

/* A line each time, so that answers come after what they answer; then the end. */
int child_pump(struct child *w, int timeout_ms, struct error *e)
{
    (void)timeout_ms;
    size_t length;
    char *line = fuzz_line(&lines, &length);
    if (line) {
        line[length] = '\n';
        FUZZ_CHECK(write(w->ends[1], line, length + 1) == (ssize_t)length + 1);
    } else if (w->ends[1] >= 0) {
        close(w->ends[1]);
        w->ends[1] = -1;
    }
    free(line);
    return channel_flush(w->channel, e) < 0 || channel_fill(w->channel, e) < 0 ? -1 : 0;
}

bool child_is_stuck(struct child *w)
{
    (void)w;
    return false;
}

int child_explain(struct child *w, struct error *e)
{
    (void)w;
    return error_set(e, "the worker is gone");
}

void child_free(struct child *w, bool gently)
{
    (void)gently;
    if (w->ends[1] >= 0)
        close(w->ends[1]);
    close(w->ends[0]);
    close(w->null);
    channel_free(w->channel);
    free(w);
}

/* Rows are freed by whom they come from. */
static void pass_ranges(void *data, struct sent_ranges *ranges)
{
    (void)data;
    (void)ranges;
}

static void pass_times(void *data, const struct sent_times *times)
{
    (void)data;
    (void)times;
}

static void pass_row(void *data, struct sent_row *row)
{
    (void)data;
    (void)row;
}

/* The requests of seeds/session/all. */
static int ask(struct connection *n, int turn, struct run_options *run, struct curve *curve, struct error *e)
{
    long some[] = {0, 1, 6}, two[] = {0, 3}, calibration[] = {1, 4};
    int layers[] = {0, 1};
    struct images_request images = {.data = memory_copy("data"), .stamps = true};
    struct heatmap_request heatmap = {*run, 1, 2};
    struct features_request features = {.layers = layers,
                                        .layers_n = 2,
                                        .images = two,
                                        .images_n = 2,
                                        .calibration = calibration,
                                        .calibration_n = 2,
                                        .dtypes = {[DTYPE_F32] = true, [DTYPE_INT4] = true},
                                        .coders = {[CODER_NONE] = true, [CODER_ZSTD] = true},
                                        .level = 1,
                                        .sample = 2,
                                        .pixels = run->pixels,
                                        .batch = 2,
                                        .threads = 1,
                                        .exact = true};
    const struct features_listener passing = {NULL, pass_ranges, pass_times, pass_row};
    struct run_options trapped = *run;
    trapped.layers = layers;
    trapped.layers_n = 2;
    struct partition_request split = {
        .layer = 1, .folder = images.data, .inputs = 1, .images = some, .images_n = 1, .pixels = run->pixels};
    long others[] = {3};
    struct retrain_request retrain = {.layer = 1,
                                      .temperature = 2,
                                      .rate = 0.1,
                                      .steps = 2,
                                      .stages = 1,
                                      .batch = 2,
                                      .training = two,
                                      .training_n = 1,
                                      .validation = others,
                                      .validation_n = 1,
                                      .pixels = run->pixels};
    int status = turn == 0   ? connection_open(n, "net.cfg", "net.weights", EPSILON_HEADER, e)
                 : turn == 1 ? connection_list(n, &images, e)
                 : turn == 2 ? connection_hash(n, some, 3, e)
                 : turn == 3 ? connection_run(n, run, curve, e)
                 : turn == 4 ? connection_features(n, &features, &passing, e)
                 : turn == 5 ? connection_trapped(n, &trapped, 3, 0, e)
                 : turn == 6 ? connection_profile(n, PROFILE_ONEDNN, 1, 1, e)
                 : turn == 7 ? connection_partition(n, &split, e)
                             : connection_retrain(n, &retrain, false, e);
    if (status == 0 && turn == 3)
        status = connection_heatmap(n, &heatmap, e);
    free(images.data);
    return status;
}

/* What isplit itself never asks for: images and layers that there are not. */
static bool may_go_on(const struct connection *n, int turn)
{
    return (turn < 1 || n->table) && (turn < 2 || (n->dataset && n->dataset->images_n == 7)) &&
           (turn < 3 || n->table->rows_n == 6);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error e;
    int layers[] = {0, 1, 3};
    long images[] = {0, 3, 1, 6};
    struct run_options run = run_options_default();
    lines = (struct fuzz_part){data, size};
    run.layers = layers;
    run.layers_n = 3;
    run.images = images;
    run.images_n = 4;
    struct connection *n = connection_start(NULL, NULL, &e);
    struct curve *curve = NULL;
    FUZZ_CHECK(n);
    for (int turn = 0; turn < 9 && n->state != CONNECTION_LOST; turn++) {
        while (n->state == CONNECTION_WAITS)
            connection_step(n, 0, &e);
        if (n->state == CONNECTION_LOST || !may_go_on(n, turn))
            break;
        if (n->table && !curve)
            curve = curve_new(3, n->table->classes, NULL);
        if (ask(n, turn, &run, curve, &e) < 0)
            break;
    }
    while (n->state == CONNECTION_WAITS)
        connection_step(n, 0, &e);
    connection_free(n);
    curve_free(curve);
    return 0;
}
