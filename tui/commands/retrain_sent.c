#include "commands/retrain_sent.h"

#include "deployment/partition_job.h"
#include "features/sent_row.h"
#include "study/run.h"

const char retrain_uncut[] =
    "interrupted: the trained network is written, but not cut yet; the same command goes on from here";

enum { CALIBRATE = 64 };

struct retrain_range {
    enum dtype type;
    struct encode_affine affine;
};

static void retrain_on_ranges(void *data, struct sent_ranges *ranges)
{
    struct retrain_range *found = data;
    found->affine = ranges->scales[found->type][0].whole;
}

static void retrain_on_times(void *data, const struct sent_times *times)
{
    (void)data;
    (void)times;
}

static void retrain_on_row(void *data, struct sent_row *row)
{
    (void)data;
    (void)row;
}

/* The last image of those that are looked at is measured, as one must be, but asked for nothing. */
static int retrain_measure_range(struct command *c, const struct retrain_request *q, int layer,
                                 struct retrain_range *found)
{
    struct error why;
    const struct run_options run = run_of_options(&c->options);
    const struct features_listener listener = {found, retrain_on_ranges, retrain_on_times, retrain_on_row};
    long n = q->training_n - 1 < CALIBRATE ? q->training_n - 1 : CALIBRATE;
    uint32_t needs = sent_need_answer(DTYPE_F32);
    struct features_request request = {.layers = &layer,
                                       .layers_n = 1,
                                       .calibration = q->training,
                                       .calibration_n = n,
                                       .images = q->training + n,
                                       .images_n = 1,
                                       .needs = &needs,
                                       .dtypes = {[DTYPE_F32] = true},
                                       .coders = {[CODER_NONE] = true},
                                       .level = 1,
                                       .sample = 1,
                                       .pixels = run.pixels,
                                       .threads = run.threads,
                                       .exact = run.exact,
                                       .memory = run.memory};
    request.dtypes[found->type] = true;
    if (n < 1) {
        error_set(&why, "--dtype %s needs two training images, for its range", dtype_words[found->type]);
        return command_fail(c, COMMAND_BAD_INPUT, &why);
    }
    snprintf(c->what, sizeof c->what, "finding the range of the code");
    if (connection_features(c->connection, &request, &listener, &why) < 0)
        return command_fail(c, COMMAND_LOST, &why);
    return command_wait_saying(c, retrain_uncut);
}

int retrain_sent(struct command *c, const struct retrain_request *request, int layer,
                 struct frame_format *sent)
{
    *sent = partition_sent_options(&c->options);
    if (c->options.cost_model.type < 0 && request->bottleneck.form == BOTTLENECK_BYTES)
        sent->type = DTYPE_INT8;
    if (!dtype_is_affine(sent->type))
        return COMMAND_DONE;
    struct retrain_range found = {.type = sent->type, .affine = sent->affine};
    int status = retrain_measure_range(c, request, layer, &found);
    sent->affine = found.affine;
    return status;
}
