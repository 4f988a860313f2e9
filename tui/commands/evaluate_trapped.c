/* Trapped Fisher energy of the cuts: measured once, and kept in DIR for when the race goes on there. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "commands/evaluate.h"
#include "csv/sheet.h"
#include "csv/sheet_rows.h"
#include "data/pixels.h"
#include "partition/partition_folder.h"
#include "study/run.h"
#include "train/parts.h"

#define EVALUATE_TRAPPED_CSV "trapped.csv"

enum { KEPT_KEY, KEPT_LAYER, KEPT_NATS, KEPT_COLUMNS };
static const char *const kept_columns[] = {"key", "layer", "nats", NULL};
static_assert(sizeof kept_columns / sizeof kept_columns[0] == KEPT_COLUMNS + 1, "a name for every column");

/* Of the layers of the network, with what decides the energies that are known. */
struct kept {
    const struct evaluate *v;
    int layers_n;
    char *path, key[CONTENT_TEXT_SIZE];
    bool *known;  /* [layers_n] */
    double *nats; /* [layers_n] NaN also where it is known that there is none */
};

/* ---- What decides it -----------------------------------------------------------------------------------
 */

static void kept_set_key(struct kept *k, const struct job *j, const struct content *images)
{
    const struct connection *n = j->c->connection;
    const struct run_options run = run_of_options(&j->c->options);
    char data[CONTENT_TEXT_SIZE], *pixels = pixels_words(&run.pixels);
    content_to_text(images, data);
    char *text = memory_format("%s %s %s %d %ld %d %ld %d %s %s", n->versions.version, n->cfg_xxh3,
                               n->weights_xxh3, (int)n->epsilon, j->study->trapped.floats, TRAPPED_DRAWS,
                               j->c->options.input.seed, run.exact, data, pixels);
    struct content key = content_of(text, strlen(text));
    content_to_text(&key, k->key);
    free(text);
    free(pixels);
}

/* The images it is measured on, which need not be those of the race, count by their contents. */
static int kept_find_key(struct kept *k, const struct job *j)
{
    const struct content nothing = {.known = true};
    long n, *images = study_trapped_images(j->study, &n);
    int status = command_hash(j->c, "looking for trapped energy", images, n);
    if (status == COMMAND_DONE) {
        struct content all = parts_hash(j->study->dataset, j->c->contents, images, n, &nothing);
        kept_set_key(k, j, &all);
    }
    free(images);
    return status;
}

/* ---- The file ------------------------------------------------------------------------------------------
 */

static int kept_take_row(void *data, char **cells, long line, struct error *e)
{
    struct kept *k = data;
    long layer;
    double nats = NAN;
    (void)line;
    if (!text_to_long(cells[KEPT_LAYER], &layer) || layer < 0 || layer >= k->layers_n ||
        (*cells[KEPT_NATS] && !text_to_double(cells[KEPT_NATS], &nats)))
        return error_set(e, "is no energy");
    if (strcmp(cells[KEPT_KEY], k->key) == 0) {
        k->known[layer] = true;
        k->nats[layer] = nats;
    }
    return 0;
}

/* A file that is damaged, or of something else, is as none: it is only measured anew. */
static void kept_read(struct kept *k)
{
    struct error unwanted;
    if (!k->v->c->options.force)
        sheet_rows_read(k->path, kept_columns, KEPT_COLUMNS, NULL, "", NULL, kept_take_row, k, &unwanted);
}

static int kept_write(const struct kept *k, struct error *e)
{
    struct file_out out;
    if (file_out_open(&out, k->path, e) < 0)
        return -1;
    struct sheet *s = sheet_new(out.stream);
    for (int i = 0; kept_columns[i]; i++)
        sheet_text(s, kept_columns[i]);
    sheet_end_row(s);
    for (int l = 0; l < k->layers_n; l++) {
        if (!k->known[l])
            continue;
        char nats[32] = "";
        if (!isnan(k->nats[l]))
            snprintf(nats, sizeof nats, "%.17g", k->nats[l]); /* what is read again is the same number */
        sheet_text(s, k->key);
        sheet_integer(s, l);
        sheet_text(s, nats);
        sheet_end_row(s);
    }
    sheet_free(s);
    return file_out_commit(&out, e);
}

/* ---- The energies --------------------------------------------------------------------------------------
 */

/* Of missing[n] layers, all of them listed. It costs most by far of what can be known without training. */
static int kept_measure(struct kept *k, struct job *j, const int *missing, int n)
{
    struct error e;
    study_trap_only(j->study, missing, n);
    int status = job_trapped(j);
    if (status != COMMAND_DONE)
        return status;
    for (int i = 0; i < n; i++) {
        k->known[missing[i]] = true;
        k->nats[missing[i]] = j->trapped[job_position(j, missing[i])];
    }
    return kept_write(k, &e) < 0 ? command_fail(j->c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
}

static int kept_complete(struct kept *k, struct job *j)
{
    const int *layers = k->v->layers;
    int n = 0, *missing = memory_new((size_t)k->v->cuts_n, sizeof *missing);
    int status = kept_find_key(k, j);
    if (status == COMMAND_DONE)
        kept_read(k);
    for (int i = 0; i < k->v->cuts_n; i++)
        if (!k->known[layers[i]] && job_position(j, layers[i]) >= 0)
            missing[n++] = layers[i];
    if (status == COMMAND_DONE && n > 0)
        status = kept_measure(k, j, missing, n);
    free(missing);
    return status;
}

int evaluate_trapped(const struct evaluate *v, struct job *j, double *nats)
{
    const size_t layers = (size_t)j->report.table->rows_n;
    struct kept k = {.v = v,
                     .layers_n = (int)layers,
                     .path = partition_folder_path(v->c->options.output.path, EVALUATE_TRAPPED_CSV),
                     .known = memory_new(layers, sizeof *k.known),
                     .nats = memory_new(layers, sizeof *k.nats)};
    int status = kept_complete(&k, j);
    for (int i = 0; i < v->cuts_n; i++)
        nats[i] = k.known[v->layers[i]] ? k.nats[v->layers[i]] : NAN;
    free(k.nats);
    free(k.known);
    free(k.path);
    return status;
}
