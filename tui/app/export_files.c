#include "app/export_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "curve/order.h"
#include "report/curve_meta.h"
#include "report/report.h"
#include "study/run.h"
#include "panes/plot.h"
#include "panes/rate.h"

static const struct {
    const char *suffix;
    void (*report)(FILE *, const struct report *); /* with provenance; NULL: drawn */
} items[EXPORT_ITEMS] = {
    [EXPORT_DIFFERENCE] = {"-difference.csv", report_difference},
    [EXPORT_CURVE] = {"-curve.csv", report_curve},
    [EXPORT_CLASSES] = {"-classes.csv", report_classes},
    [EXPORT_IMAGES] = {"-images.csv", report_images},
    [EXPORT_MARKS] = {"-marks.csv", report_marks},
    [EXPORT_PLAN] = {"-plan.csv", report_plan},
    [EXPORT_EVALUATION] = {"-evaluate.csv", report_measured},
    [EXPORT_SCREEN] = {"-screen.txt", NULL},
    [EXPORT_FIGURE] = {"-figure.svg", NULL},
    [EXPORT_RATE] = {"-rate.svg", NULL},
};

/* ---- Where ---------------------------------------------------------------------------------------- */

/* The cfg's name without its ending. New string. */
static char *network_name(const struct app *a)
{
    const char *name = inputs_name(&a->study->inputs);
    size_t n = strlen(name);
    if (n > 4 && strcmp(name + n - 4, ".cfg") == 0)
        n -= 4;
    return memory_copy_n(name, n);
}

char *export_default_prefix(const struct app *a)
{
    char *name = network_name(a);
    char *prefix = memory_format("./%s", name);
    free(name);
    return prefix;
}

const char *export_suffix(enum export_item item)
{
    return items[item].suffix;
}

char *export_path(const struct app *a, const char *prefix, enum export_item item)
{
    struct stat st;
    size_t n = strlen(prefix);
    bool ends = n > 0 && prefix[n - 1] == '/';
    if (n > 0 && !ends && (stat(prefix, &st) < 0 || !S_ISDIR(st.st_mode)))
        return memory_format("%s%s", prefix, items[item].suffix);
    char *name = network_name(a);
    char *path = memory_format("%s%s%s%s", n ? prefix : ".", ends ? "" : "/", name, items[item].suffix);
    free(name);
    return path;
}

/* The file and its provenance (NULL for what has none). New strings. */
struct place {
    char *paths[2];
};

static struct place export_files_place_of(const struct app *a, const char *prefix, enum export_item item)
{
    struct place p = {{export_path(a, prefix, item), NULL}};
    if (items[item].report)
        p.paths[1] = provenance_path(p.paths[0]);
    return p;
}

static void place_free(struct place *p)
{
    free(p->paths[0]);
    free(p->paths[1]);
}

unsigned export_existing(const struct app *a, const char *prefix)
{
    unsigned existing = 0;
    for (int item = 0; item < EXPORT_ITEMS; item++) {
        struct stat st;
        struct place p = export_files_place_of(a, prefix, (enum export_item)item);
        for (int i = 0; i < 2; i++)
            if (p.paths[i] && lstat(p.paths[i], &st) == 0)
                existing |= 1u << item;
        place_free(&p);
    }
    return existing;
}

static int check_not_read(const struct app *a, const char *path, struct error *e)
{
    const struct inputs *in = &a->study->inputs;
    enum { NAMED = 5 + RUN_LABEL_FILES };
    const char *read[NAMED + DATA_FILE_PATHS] = {in->cfg, in->weights, in->data, in->named,
                                                 a->study->options.measure.tuning_file};
    run_label_files(&a->study->options, read + 5);
    for (int i = 0; i < DATA_FILE_PATHS; i++)
        read[NAMED + i] = data_file_at(in->file, (enum data_file_key)i);
    char *mine = file_resolve(path);
    int status = 0;
    for (int i = 0; i < NAMED + DATA_FILE_PATHS && status == 0; i++) {
        char *theirs = read[i] ? file_resolve(read[i]) : NULL;
        if (theirs && strcmp(mine, theirs) == 0)
            status = error_at(e, path, 0, "is the input %s: nothing is written", read[i]);
        free(theirs);
    }
    free(mine);
    return status;
}

int export_check(const struct app *a, const char *prefix, unsigned wanted, struct error *e)
{
    int status = 0;
    for (int item = 0; item < EXPORT_ITEMS && status == 0; item++) {
        if (!(wanted & 1u << item))
            continue;
        struct place p = export_files_place_of(a, prefix, (enum export_item)item);
        for (int i = 0; i < 2 && p.paths[i] && status == 0; i++)
            if (check_not_read(a, p.paths[i], e) < 0 || file_out_check(p.paths[i], e) < 0)
                status = -1;
        place_free(&p);
    }
    return status;
}

/* ---- What ----------------------------------------------------------------------------------------- */

/* The chosen classes' rows as a report, with what it borrows. */
struct source {
    struct report report;
    long *order;
    struct subset *subsets; /* with pinned curves: the chosen classes, and theirs */
    double *trapped;        /* NULL: not measured */
    struct provenance *provenance;
    struct provenance *of_rows; /* of the file of images, which can be opened again */
    struct provenance *of_plan;
    struct provenance *of_evaluation; /* NULL: there is none */
};

/* Requested images of the chosen classes, how many of them are measured or excluded, and how many of these
 * have a cached row. */
struct counts {
    long asked, settled, cached;
};

/* Whether the image is of one of the shown classes; those without a label all may be. */
static bool export_files_shows(const struct app *a, long image)
{
    int class_index = a->study->dataset->images[image].class_index;
    return class_index == DATASET_NO_CLASS || a->shown.chosen[class_index];
}

static struct counts export_files_count_images(const struct app *a)
{
    const struct study *s = a->study;
    struct counts n = {0};
    for (long i = 0; i < s->order_n; i++) {
        long image = s->order[i];
        if (!export_files_shows(a, image))
            continue;
        n.asked++;
        n.settled += s->settled[image];
        bool stored = s->saved_rows ? s->saved_rows->study > 0 : s->run.found[image];
        n.cached += stored && curve_find(s->curve, image) >= 0;
    }
    return n;
}

/* The excluded ones of those images. */
static struct excluded excluded_images(const struct app *a)
{
    const struct study *s = a->study;
    struct excluded shown = {0}, all = excluded_among(&s->excluded, s->order, s->order_n);
    for (long i = 0; i < all.n; i++)
        if (export_files_shows(a, all.all[i].image))
            excluded_add(&shown, all.all[i].image, all.all[i].why);
    excluded_free(&all);
    return shown;
}

static void describe_plan(const struct app *a, struct provenance *p)
{
    const struct planning *w = &a->planning;
    const struct options given = planning_given(a);
    provenance_add(p, "importance", "%s", a->study->saved_rows ? "rows" : "images");
    deployment_describe(&w->deployment, &given, &w->verdict, p);
}

static void describe_each(const struct app *a, const struct curve_meta *meta, struct source *source)
{
    struct provenance **all[] = {&source->provenance, &source->of_rows, &source->of_plan};
    for (int i = 0; i < 3; i++) {
        *all[i] = provenance_new();
        curve_meta_describe(meta, a->study->curve, a->shown.chosen, *all[i]);
    }
    curve_meta_describe_rows(meta, source->of_rows);
    describe_plan(a, source->of_plan);
}

static void export_files_describe(const struct app *a, struct source *source)
{
    const struct study *s = a->study;
    const struct subset_names names = {
        .classes = s->dataset->classes, .classes_n = s->dataset->classes_n, .outputs = s->table->classes};
    const struct counts n = export_files_count_images(a);
    const struct run_options run = study_run_options(s);
    struct excluded lost = excluded_images(a);
    char *classes = subsets_expression_among(a->shown.chosen, &names);
    bool all = a->shown.classes_n == s->table->classes;
    /* The stopping rule applied to the curve of the requested classes. */
    bool stable = study_stopped_early(s) &&
                  memcmp(a->shown.chosen, s->asked, (size_t)s->table->classes * sizeof *s->asked) == 0;
    struct curve_meta meta = curve_meta_of_study(s, &run, &s->options);
    meta.program = "isplit";
    meta.classes = all ? NULL : classes;
    meta.state = stable                   ? "stable"
                 : n.settled == n.asked   ? "complete"
                 : s->saved_rows          ? "incomplete"
                 : s->state == STUDY_LOST ? "worker lost"
                                          : "interrupted";
    meta.asked = n.asked;
    meta.cached = n.cached;
    meta.excluded = &lost;
    meta.stopping = stable ? study_rule(s) : NULL;
    describe_each(a, &meta, source);
    excluded_free(&lost);
    free(classes);
}

/* The chosen curve and the pinned ones, each once; *n is 0 where nothing is pinned. Borrows names and
 * classes. */
static struct subset *export_files_subsets(const struct app *a, int *n)
{
    struct subset *subsets = memory_new(1 + PINS, sizeof *subsets);
    subsets[0] = (struct subset){.name = a->shown.name, .chosen = a->shown.chosen};
    *n = 1;
    for (int i = 0; i < a->pins.n; i++) {
        const struct shown *pin = &a->pins.curves[i];
        if (memcmp(pin->chosen, a->shown.chosen, (size_t)a->study->table->classes) != 0)
            subsets[(*n)++] = (struct subset){.name = pin->name, .chosen = pin->chosen};
    }
    *n = *n > 1 ? *n : 0;
    return subsets;
}

static void source_fill(const struct app *a, struct source *source)
{
    const struct study *s = a->study;
    long n;
    *source = (struct source){0};
    source->order = order_make(s->dataset->images, s->dataset->images_n, a->shown.chosen, s->table->classes,
                               (uint64_t)s->options.input.seed, &n);
    int subsets_n;
    source->subsets = export_files_subsets(a, &subsets_n);
    source->trapped = s->trapped.answer.images > 0 ? study_trapped_list(s) : NULL;
    source->report = (struct report){
        .table = s->table,
        .listed = s->layer_list.layers,
        .listed_n = s->layer_list.n,
        .cde = s->layer_list.cde,
        .dataset = s->dataset,
        .curve = s->curve,
        .correction = s->layer_list.correction,
        .trapped = source->trapped,
        .chosen = a->shown.chosen,
        .subsets = source->subsets,
        .subsets_n = subsets_n,
        .shares = shares_current(a),
        .order = source->order,
        .order_n = n,
        .marks = marks_all(a->marks),
        .marks_n = marks_n(a->marks),
        .verdict = &a->planning.verdict,
        .measured = evaluating_measured(a),
    };
    export_files_describe(a, source);
    source->of_evaluation = source->report.measured ? evaluating_describe(a) : NULL;
}

static void source_free(struct source *source)
{
    free(source->order);
    free(source->subsets);
    free(source->trapped);
    provenance_free(source->provenance);
    provenance_free(source->of_rows);
    provenance_free(source->of_plan);
    provenance_free(source->of_evaluation);
}

/* ---- Writing --------------------------------------------------------------------------------------- */

/* The screen as it is when the dialog is closed. */
static void print_screen(struct app *a, FILE *out)
{
    struct canvas *c = canvas_new(a->screen.rows, a->screen.columns, a->settings.glyphs);
    a->dialog = NULL;
    app_draw(a, c);
    canvas_print(c, out);
    canvas_free(c);
    a->dirty = true;
}

static int write_drawn(struct app *a, const char *path, enum export_item item, struct error *e)
{
    struct file_out f;
    if (file_out_open(&f, path, e) < 0)
        return -1;
    if (item == EXPORT_SCREEN)
        print_screen(a, f.stream);
    else if (item == EXPORT_RATE)
        rate_figure(a, f.stream);
    else
        plot_figure(a, f.stream);
    return file_out_commit(&f, e);
}

int export_write(struct app *a, const char *prefix, unsigned wanted, unsigned *written, struct error *e)
{
    struct source source;
    int status = 0;
    planning_refresh(a);
    source_fill(a, &source);
    *written = 0;
    a->dialog = NULL;
    for (int item = 0; item < EXPORT_ITEMS && status == 0; item++) {
        if (!(wanted & 1u << item))
            continue;
        char *path = export_path(a, prefix, (enum export_item)item);
        const struct provenance *p = item == EXPORT_IMAGES       ? source.of_rows
                                     : item == EXPORT_PLAN       ? source.of_plan
                                     : item == EXPORT_EVALUATION ? source.of_evaluation
                                                                 : source.provenance;
        status = items[item].report ? provenance_write(p, path, items[item].report, &source.report, e)
                                    : write_drawn(a, path, (enum export_item)item, e);
        if (status == 0)
            *written |= 1u << item;
        free(path);
    }
    source_free(&source);
    return status;
}
