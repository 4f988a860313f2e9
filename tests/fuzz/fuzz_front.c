/* What a front end is sent: lines, each read as the answer that it says it is. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "fuzz.h"
#include "wire/message.h"
#include "wire/message_data.h"
#include "wire/message_features.h"
#include "wire/message_pictures.h"
#include "wire/message_hash.h"
#include "wire/message_heatmap.h"
#include "wire/message_hello.h"
#include "wire/message_partition.h"
#include "wire/message_profile.h"
#include "wire/message_result.h"
#include "wire/message_retrain.h"
#include "wire/message_table.h"
#include "wire/message_trapped.h"

static void read_layers(const json_t *m, struct error *e)
{
    char cfg[17], weights[17];
    table_free(message_layers_read(m, cfg, weights, e));
}

static void read_results(enum message_type type, const json_t *m, struct error *e)
{
    struct curve_row result;
    struct message_tuning tuning;
    struct content content;
    float row[3];
    long n;
    int layer;
    const char *text;
    bool warning, diverged;
    if (type == MESSAGE_RESULT)
        message_result_read(m, &result, &content, row, 3, e);
    else if (type == MESSAGE_TUNING)
        message_tuning_read(m, &tuning, e);
    else if (type == MESSAGE_SKIPPED)
        message_skipped_read(m, &n, &text, &content, e);
    else if (type == MESSAGE_NONFINITE)
        message_nonfinite_read(m, &n, &layer, &content, e);
    else if (type == MESSAGE_DONE)
        message_done_read(m, &n, e);
    else if (type == MESSAGE_HASHED)
        message_hashed_read(m, &n, e);
    else if (type == MESSAGE_LOG)
        message_log_read(m, &warning, &text, e);
    else if (type == MESSAGE_PROGRESS)
        message_progress_read(m, &text, e);
    else if (type == MESSAGE_ERROR)
        message_error_read(m, &text, &diverged, e);
}

/* Of isplit features at two cuts, and of the pictures. */
static void read_features(enum message_type type, const json_t *m, struct error *e)
{
    enum { CUTS = 2 };
    struct sent_ranges ranges;
    struct sent_row row;
    struct sent_times times;
    struct picture_row picture;
    long n;
    if (type == MESSAGE_RANGES && message_ranges_read(m, CUTS, &ranges, e) == 0)
        sent_ranges_free(&ranges);
    else if (type == MESSAGE_SENT && message_sent_read(m, CUTS, &row, e) == 0)
        sent_row_free(&row);
    else if (type == MESSAGE_TIMES && message_times_read(m, CUTS, &times, e) == 0)
        sent_times_free(&times);
    else if (type == MESSAGE_FEATURES)
        message_features_read(m, &n, e);
    else if (type == MESSAGE_PICTURE)
        message_picture_read(m, &picture, e);
    else if (type == MESSAGE_PICTURES)
        message_pictures_read(m, &n, e);
}

static void read_answers(enum message_type type, const json_t *m, struct error *e)
{
    struct message_versions versions;
    struct heatmap heatmap;
    struct partition_answer split;
    struct profile profile;
    struct content *contents;
    double *lambda;
    int layer, layers;
    long *images, n;
    if (type == MESSAGE_HELLO)
        message_versions_read(m, &versions, e);
    else if (type == MESSAGE_HEATMAP && message_heatmap_read(m, &heatmap, e) == 0)
        heatmap_free(&heatmap);
    else if (type == MESSAGE_TRAPPED && message_trapped_read(m, &layer, &lambda, &layers, e) == 0)
        free(lambda);
    else if (type == MESSAGE_PARTITION)
        message_partition_read(m, &split, e);
    else if (type == MESSAGE_PROFILE && message_profile_read(m, &profile, e) == 0)
        profile_free(&profile);
    else if (type == MESSAGE_CONTENTS && message_contents_read(m, &images, &contents, &n, e) == 0) {
        free(images);
        free(contents);
    }
}

static void read_training(enum message_type type, const json_t *m, struct error *e)
{
    long done, of, images;
    double x;
    struct retrain_check check;
    if (type == MESSAGE_STEP)
        message_step_read(m, &done, &of, &x, e);
    else if (type == MESSAGE_RETRAINED)
        message_retrained_read(m, &done, &of, &x, &images, e);
    else if (type == MESSAGE_CHECK && message_check_read(m, &check, e) == 0) {
        json_t *made = message_check(&check);
        FUZZ_CHECK(made && check.correct <= check.images && (long)strlen(check.right) >= check.images);
        json_decref(made);
        free(check.right);
    }
}

/* Portions add up to one data set, which the message `dataset` completes. */
static struct dataset *read_images(struct dataset *d, enum message_type type, const json_t *m,
                                   struct error *e)
{
    if (type != MESSAGE_IMAGES && type != MESSAGE_DATASET)
        return d;
    d = d ? d : memory_new(1, sizeof *d);
    if (type == MESSAGE_IMAGES && message_portion_read(m, d, true, e) == 0)
        return d;
    if (type == MESSAGE_DATASET)
        message_dataset_read(m, d, e);
    dataset_free(d);
    return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dataset *d = NULL;
    struct fuzz_part left = {data, size};
    size_t length;
    for (char *line; (line = fuzz_line(&left, &length)); free(line)) {
        enum message_type type;
        struct error e = {""};
        json_t *m = message_parse(line, length, &type, &e);
        if (m) {
            if (type == MESSAGE_LAYERS)
                read_layers(m, &e);
            read_results(type, m, &e);
            read_answers(type, m, &e);
            read_features(type, m, &e);
            read_training(type, m, &e);
            d = read_images(d, type, m, &e);
        }
        fuzz_taken(&e);
        json_decref(m);
    }
    dataset_free(d);
    return 0;
}
