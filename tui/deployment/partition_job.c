#include "deployment/partition_job.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/text.h"
#include "study/run.h"
#include "csv/provenance.h"
#include "curve/order.h"
#include "data/pixels.h"
#include "report/curve_meta.h"
#include "report/report.h"
#include "partition/partition_folder.h"
#include "wire/version.h"

long *partition_job_images(const struct connection *connection, const struct partition_job *h, long *n,
                           struct error *e)
{
    int classes = connection->table->classes;
    bool *chosen = memory_new((size_t)classes, sizeof *chosen);
    memset(chosen, true, (size_t)classes * sizeof *chosen);
    long *images = order_make(connection->dataset->images, connection->dataset->images_n, chosen, classes,
                              (uint64_t)h->options->input.seed, n);
    free(chosen);
    if (*n > 0)
        return images;
    free(images);
    error_at(e, h->data, 0, "holds no image of a class of the network");
    return NULL;
}

int partition_job_ask(struct connection *connection, const struct partition_job *h, int layer, bool force,
                      const long *images, long images_n, struct error *e)
{
    const struct options *o = h->options;
    struct partition_request r = {
        .layer = layer,
        .folder = memory_copy(h->folder),
        .onnx = o->onnx,
        .force = force,
        .inputs = o->compared ? (int)o->compared : PARTITION_JOB_INPUTS,
        .images = (long *)images, /* only read */
        .images_n = images_n,
        .pixels = run_of_options(o).pixels,
    };
    int status = connection_partition(connection, &r, e);
    free(r.folder);
    return status;
}

static void describe_data(const struct connection *connection, const struct partition_job *h,
                          struct provenance *p)
{
    const struct pixels_options pixels = run_of_options(h->options).pixels;
    provenance_add(p, "split", "%s", connection->dataset->split);
    provenance_add(p, "seed", "%ld", h->options->input.seed);
    curve_meta_describe_pixels(&pixels, p);
}

static void partition_job_describe(const struct connection *connection, const struct partition_job *h,
                                   struct provenance *p)
{
    provenance_add(p, "program", "%s", h->program);
    provenance_add(p, "version", "%s", ISPLIT_VERSION);
    provenance_add_arguments(p, h->options->argc, h->options->argv);
    provenance_add(p, "cfg", "%s", h->cfg);
    provenance_add(p, "cfg_xxh3", "%s", connection->cfg_xxh3);
    provenance_add(p, "weights", "%s", h->weights);
    provenance_add(p, "weights_xxh3", "%s", connection->weights_xxh3);
    curve_meta_describe_epsilon(connection->epsilon, p);
    provenance_add(p, "chosen_by", "%s", h->chosen_by);
    provenance_add(p, "data", "%s", h->data ? h->data : "");
    if (h->data)
        describe_data(connection, h, p);
    provenance_add(p, "engine", "%s", connection->versions.version);
    provenance_add(p, "darknet", "%s", connection->versions.darknet);
    provenance_add_time(p);
}

/* The worker may have created the folder on another machine. */
int partition_job_write_csv(const struct connection *connection, const struct partition_job *h,
                            struct error *e)
{
    struct provenance *p = provenance_new();
    const struct pixels_options pixels = run_of_options(h->options).pixels;
    const struct report r = {.table = connection->table,
                             .split = connection_split_answer(connection),
                             .sent = &h->sent,
                             .pixels = &pixels};
    char *path = partition_folder_path(h->folder, PARTITION_CSV);
    partition_job_describe(connection, h, p);
    mkdir(h->folder, 0777);
    int status = provenance_write(p, path, report_partition, &r, e);
    provenance_free(p);
    free(path);
    return status;
}

/* What else there is to know of the halves. New string. */
static char *words_on_darknets(const struct partition_answer *split)
{
    if (split->lacking[0][0] || split->lacking[1][0])
        return memory_format(", in isplit: stock Darknet cannot run the %s%s",
                             !split->lacking[1][0]   ? "head"
                             : !split->lacking[0][0] ? "tail"
                                                     : "head, nor the tail",
                             split->fork ? ", and the variances are for a fork's batch norm" : "");
    if (split->folded < 0)
        return memory_copy("");
    return memory_format(", a fork's variances folded for stock Darknet: its scores are within %.1e of the "
                         "largest of those measured",
                         split->folded);
}

char *partition_job_proof(const struct connection *connection, const struct partition_job *h)
{
    const struct partition_answer *split = connection_split_answer(connection);
    char *data = text_escape(h->data ? h->data : ""), *more = words_on_darknets(split);
    char *text =
        memory_format("head then tail match the whole network bit for bit on %d %s%s%s", split->inputs,
                      split->images ? "images of " : "made-up inputs", split->images ? data : "", more);
    free(data);
    free(more);
    return text;
}
