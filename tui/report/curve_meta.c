#include "report/curve_meta.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "study/layer_list.h"
#include "store/row_key.h"
#include "curve/stability.h"
#include "data/pixels.h"
#include "net/definition.h"
#include "wire/message_data.h"
#include "wire/message_table.h"
#include "wire/version.h"

struct curve_meta curve_meta_of_study(const struct study *s, const struct run_options *run,
                                      const struct options *options)
{
    return (struct curve_meta){
        .versions = &s->versions,
        .tuning = &s->run.tuning,
        .cfg_xxh3 = s->cfg_xxh3,
        .weights_xxh3 = s->weights_xxh3,
        .table = s->table,
        .dataset = s->dataset,
        .run = run,
        .saved_rows = s->saved_rows,
        .options = options,
        .cfg = s->inputs.cfg,
        .weights = s->inputs.weights,
        .data = s->inputs.data,
        .trapped = &s->trapped.answer,
        .trapped_floats = s->trapped.floats,
    };
}

void curve_meta_describe_labels(const struct options *o, struct provenance *p)
{
    provenance_add(p, "labels", "%s", o->input.labels ? o->input.labels : "");
    if (o->input.truth)
        provenance_add(p, "truth", "%s", o->input.truth);
    if (o->input.root)
        provenance_add(p, "root", "%s", o->input.root);
    if (o->input.names)
        provenance_add(p, "names", "%s", o->input.names);
}

static void describe_files(const struct curve_meta *m, struct provenance *p)
{
    provenance_add(p, "cfg", "%s", m->cfg);
    provenance_add(p, "cfg_xxh3", "%s", m->cfg_xxh3);
    provenance_add(p, "weights", "%s", m->weights);
    provenance_add(p, "weights_xxh3", "%s", m->weights_xxh3);
    provenance_add(p, "data", "%s", m->data);
    provenance_add(p, "layout", "%s", m->dataset->layout);
    provenance_add(p, "split", "%s", m->dataset->split);
    curve_meta_describe_labels(m->options, p);
}

/* The file that the rows were read from, and its own provenance. */
static void describe_saved_rows(const struct saved_rows *a, struct provenance *p)
{
    static const char *const of_csv[] = {"program", "version", "arguments", "labels", "time"};
    provenance_add(p, "from", "%s", a->path);
    if (a->study)
        provenance_add(p, "from_study", "%ld", a->study);
    for (size_t i = 0; i < sizeof of_csv / sizeof of_csv[0]; i++) {
        const char *value = provenance_find(a->made, of_csv[i]);
        char *key = memory_format("from_%s", of_csv[i]);
        if (value)
            provenance_add(p, key, "%s", value);
        free(key);
    }
}

void curve_meta_describe_pixels(const struct pixels_options *pixels, struct provenance *p)
{
    const float *mean = pixels->mean, *std = pixels->std;
    provenance_add(p, "fit", "%s", pixels_fit_words[pixels->fit]);
    provenance_add(p, "scale", "%d", (int)pixels->scale);
    provenance_add(p, "mean", "%.9g,%.9g,%.9g", (double)mean[0], (double)mean[1], (double)mean[2]);
    provenance_add(p, "std", "%.9g,%.9g,%.9g", (double)std[0], (double)std[1], (double)std[2]);
    provenance_add(p, "bgr", "%d", pixels->bgr);
    if (pixels->exif)
        provenance_add(p, "exif", "1");
}

void curve_meta_describe_epsilon(enum epsilon epsilon, struct provenance *p)
{
    provenance_add(p, "bn_epsilon", "%s",
                   epsilon_words[epsilon == EPSILON_FORK ? EPSILON_FORK : EPSILON_DARKNET]);
}

static void describe_definition(const struct curve_meta *m, struct provenance *p)
{
    const struct options *o = m->options;
    const struct run_options *run = m->run;
    char *layers = layer_list_name(m->table, run->layers, run->layers_n);
    provenance_add(p, "classes", "%s", m->classes ? m->classes : "");
    provenance_add(p, "subsets", "%s", o->input.subsets ? o->input.subsets : "");
    provenance_add(p, "seed", "%ld", o->input.seed);
    if (o->input.shard[1])
        provenance_add(p, "shard", "%ld/%ld", o->input.shard[0], o->input.shard[1]);
    provenance_add(p, "layers", "%s", layers);
    provenance_add(p, "score", "%s", score_words[run->score]);
    provenance_add(p, "reduce", "%s", reduce_words[run->reduce]);
    provenance_add(p, "tap", "%s", tap_words[run->tap]);
    provenance_add(p, "precision", "%s", precision_words[run->precision]);
    curve_meta_describe_epsilon(run->bn_epsilon, p);
    curve_meta_describe_pixels(&run->pixels, p);
    free(layers);
}

/* Why measuring ended before the last image. */
static void describe_stability(const struct curve_meta *m, struct provenance *p)
{
    const struct stopping *u = m->stopping;
    provenance_add(p, "resamples", "%d", STABILITY_RESAMPLES);
    if (!u)
        return;
    provenance_add(p, "until_stable", "%.9g", u->wanted);
    provenance_add(p, "until_looks", "%d of %d", u->looks, u->points_n);
    provenance_add(p, "until_share_asked", "%.9g", u->share);
    provenance_add(p, "until_resamples", "%d", u->resamples);
    provenance_add(p, "stable", "%d", u->stable);
    if (!u->stable)
        return;
    provenance_add(p, "stable_after", "%ld", stopping_images(u));
    provenance_add(p, "stable_of", "%ld", u->order_n);
    provenance_add(p, "stable_share", "%.9g", u->lowest);
}

static void describe_confirmation(const struct curve_meta *m, struct provenance *p)
{
    const struct confirmation *f = m->confirmation;
    if (m->options->measure.look == PRECISION_F32)
        return;
    provenance_add(p, "look", "%s", precision_words[m->options->measure.look]);
    if (!f || f->images == 0)
        return;
    provenance_add(p, "confirmed", "%d", f->holds);
    provenance_add(p, "confirmed_images", "%ld", f->images);
    if (!isnan(f->share))
        provenance_add(p, "confirmed_share", "%.9g", f->share);
}

static void describe_trapped(const struct curve_meta *m, struct provenance *p)
{
    if (!m->trapped || m->trapped->images == 0)
        return;
    char *code = trapped_rate_text(m->trapped_floats);
    provenance_add(p, "trapped_bottleneck", "%s", code);
    provenance_add(p, "trapped_images", "%ld", m->trapped->images);
    provenance_add(p, "trapped_draws", "%d", TRAPPED_DRAWS);
    free(code);
}

void curve_meta_describe_worker(const struct message_versions *v, struct provenance *p)
{
    provenance_add(p, "engine", "%s", v->version);
    provenance_add(p, "darknet", "%s", v->darknet);
    provenance_add(p, "onednn", "%s", v->onednn);
    provenance_add(p, "isa", "%s", v->isa);
}

void curve_meta_describe(const struct curve_meta *m, const struct curve *curve, const bool *chosen,
                         struct provenance *p)
{
    struct curve_accuracy a = curve_accuracy(curve, chosen);
    provenance_add(p, "program", "%s", m->program);
    provenance_add(p, "version", "%s", ISPLIT_VERSION);
    provenance_add_arguments(p, m->options->argc, m->options->argv);
    if (m->saved_rows)
        describe_saved_rows(m->saved_rows, p);
    describe_files(m, p);
    provenance_add(p, "state", "%s", m->state);
    provenance_add(p, "images_asked", "%ld", m->asked);
    provenance_add(p, "images", "%ld", a.images);
    provenance_add(p, "from_store", "%ld", m->cached);
    provenance_add(p, "images_undecodable", "%ld", excluded_count(m->excluded, EXCLUDED_UNDECODABLE));
    provenance_add(p, "images_not_finite", "%ld", excluded_count(m->excluded, EXCLUDED_NONFINITE));
    if (a.unknown)
        provenance_add(p, "accuracy", "%s", "");
    else
        provenance_add(p, "accuracy", "%.9g", a.images ? (double)a.correct / (double)a.images : 0);
    describe_definition(m, p);
    describe_stability(m, p);
    describe_confirmation(m, p);
    describe_trapped(m, p);
    provenance_add(p, "tuning", "%s", m->tuning->hash);
    provenance_add(p, "batch", "%d", m->tuning->batch);
    provenance_add(p, "threads", "%d", m->tuning->threads);
    curve_meta_describe_worker(m->versions, p);
    provenance_add_time(p);
}

/* "0*40 1*40 -*3": runs of images of one class, by number; '-' for none. New string. */
static char *classes_text(const struct dataset *d)
{
    size_t size;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);
    for (long i = 0, next; out && i < d->images_n; i = next) {
        int class_index = d->images[i].class_index;
        for (next = i; next < d->images_n && d->images[next].class_index == class_index;)
            next++;
        fputs(i ? " " : "", out);
        if (class_index == DATASET_NO_CLASS)
            fprintf(out, "-*%ld", next - i);
        else
            fprintf(out, "%d*%ld", class_index, next - i);
    }
    if (!out || fclose(out) != 0)
        abort(); /* no memory */
    return text;
}

/* "3 4 39". */
static void add_excluded(struct provenance *p, const char *key, const struct excluded *excluded,
                         enum exclusion why)
{
    size_t size;
    char *text = NULL;
    FILE *out = open_memstream(&text, &size);
    const char *space = "";
    for (long i = 0; out && i < excluded->n; i++)
        if (excluded->all[i].why == why) {
            fprintf(out, "%s%ld", space, excluded->all[i].image);
            space = " ";
        }
    if (!out || fclose(out) != 0)
        abort(); /* no memory */
    provenance_add(p, key, "%s", text);
    free(text);
}

static void add_json(struct provenance *p, const char *key, json_t *message)
{
    char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
    if (!text)
        abort(); /* such messages come from the worker or a file, where they were checked */
    provenance_add(p, key, "%s", text);
    free(text);
    json_decref(message);
}

void curve_meta_describe_rows(const struct curve_meta *m, struct provenance *p)
{
    uint64_t weights = strtoull(m->weights_xxh3, NULL, 16);
    char *question = row_key_of_run(m->run, m->versions);
    char *classes = classes_text(m->dataset);
    provenance_add(p, "stb", "%s", m->versions->stb);
    provenance_add(p, "question", "%s", question);
    add_json(p, "network", message_layers(m->table, strtoull(m->cfg_xxh3, NULL, 16), &weights));
    add_json(p, "dataset", message_dataset(m->dataset));
    provenance_add(p, "image_classes", "%s", classes);
    add_excluded(p, "undecodable_images", m->excluded, EXCLUDED_UNDECODABLE);
    add_excluded(p, "not_finite_images", m->excluded, EXCLUDED_NONFINITE);
    free(question);
    free(classes);
}
