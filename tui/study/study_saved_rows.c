/* A study of rows that stand in a file: a store, or what one run wrote as CSV. No network, no images and no
 * worker are at hand, so nothing is measured and no image is looked at; the rest is as ever. */
#include "study/study_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "curve/order.h"

/* Of one slice: SLICE_MS of reading, or so many rows added up (some 8 ms, too). */
enum { SLICE_MS = 8, SLICE_ROWS = 40000 };
/* A store's curve is drawn when so many rows are there, as while it is measured. */
enum { FIRST_ROWS = 20000 };

struct study *study_open_saved_rows(const struct options *options, const struct study_reporter *reporter,
                                    struct error *e)
{
    struct saved_rows *a = saved_rows_open(options->from, options->study, e);
    if (!a)
        return NULL;
    struct study *s = study_new(options, reporter);
    s->saved_rows = a;
    s->run.tuning = a->tuning;
    s->inputs.cfg = memory_copy(a->cfg);
    s->inputs.weights = memory_copy(a->weights);
    s->inputs.data = memory_copy(a->data);
    s->inputs.named = memory_copy(options->from);
    s->options.from = s->inputs.named;
    s->options.engines[0] = NULL;
    s->options.measure.reduce = a->run.reduce; /* it defines a row, whatever the command line says */
    snprintf(s->doing, sizeof s->doing, "reading rows");
    return s;
}

/* Which images have a row, and which were lost. The others nobody has measured yet. */
static void study_saved_rows_settle(struct study *s)
{
    struct excluded lost = excluded_among(&s->saved_rows->excluded, s->order, study_ordered_n(s));
    excluded_free(&s->excluded);
    study_settle_rows(s);
    for (long i = 0; i < lost.n; i++)
        study_exclude(s, lost.all[i].image, lost.all[i].why);
    excluded_free(&lost);
    s->state = STUDY_DONE;
    s->doing[0] = '\0';
}

/* With a number of images, or as a command has chosen, the others are as if they had not been measured. */
static struct curve *rows_of_order(const struct study *s, struct curve *all, struct error *e)
{
    if (s->options.input.images == 0 && s->asked)
        return all;
    struct curve *some = curve_new(all->layers, all->classes, e);
    if (!some)
        return NULL;
    curve_copy_images(some, all, s->order, study_ordered_n(s));
    curve_refresh(some);
    curve_free(all);
    return some;
}

static void settle_part(struct study *s)
{
    study_settle_rows(s);
    snprintf(s->doing, sizeof s->doing, "reading rows: the curve of %ld of %ld images so far", s->settled_n,
             s->order_n);
}

/* What it was made of stays that of the saved rows. */
int study_take_curve(struct study *s, struct error *e)
{
    if (!s->saved_rows->curve) { /* the rest is read later */
        s->curve = saved_rows_take_part(s->saved_rows);
        settle_part(s);
        return 0;
    }
    struct curve *rows = rows_of_order(s, s->saved_rows->curve, e);
    if (!rows)
        return -1;
    curve_free(s->curve);
    s->curve = rows;
    s->saved_rows->curve = NULL;
    study_saved_rows_settle(s);
    return 0;
}

char *study_saved_rows_words(const struct study *s)
{
    const char *slash = strrchr(s->saved_rows->path, '/');
    char *name = text_escape(slash ? slash + 1 : s->saved_rows->path);
    char study[40] = "";
    if (s->saved_rows->study)
        snprintf(study, sizeof study, ", study %ld", s->saved_rows->study);
    char *rows = s->curve && s->settled_n < s->order_n
                     ? memory_format("rows of %ld of %ld images", s->settled_n, s->order_n)
                     : memory_copy("rows of earlier runs");
    char *words = memory_format("%s%s: %s, nothing is measured", name, study, rows);
    free(rows);
    free(name);
    return words;
}

void study_restore_saved_rows(struct study *s)
{
    memset(s->settled, 0, (size_t)s->dataset->images_n * sizeof *s->settled);
    s->settled_n = s->run.rows_seen = 0;
    s->version++;
    struct error e;
    if (study_take_curve(s, &e) < 0)
        study_fail(s, STUDY_FAILED, &e);
}

/* Whether the curve is that of all rows of the file, so that there is one of the first of them. */
static bool shows_part(const struct study *s)
{
    return s->options.input.images == 0 && s->options.measure.until_stable == 0;
}

/* The rest has come, too. */
static void end_part(struct study *s)
{
    s->saved_rows->curve = NULL;
    study_saved_rows_settle(s);
}

/* Some more rows were read. */
static void tell_part(struct study *s, long done, long of)
{
    if (!study_is_ready(s)) {
        snprintf(s->doing, sizeof s->doing, "reading rows %ld %%", 100 * done / of);
        if (shows_part(s) && saved_rows_has_part(s->saved_rows, FIRST_ROWS))
            study_begin_laying(s);
        return;
    }
    settle_part(s);
}

/* One slice of it. */
static int study_saved_rows_load(struct study *s, struct error *e)
{
    long done = 0, of = 0;
    struct saved_rows *a = s->saved_rows;
    if (s->laying)
        return study_lay_out_some(s, e);
    if (a->curve && study_is_ready(s)) {
        end_part(s);
        return 0;
    }
    if (a->curve && curve_refresh_some(a->curve, &a->class_next, SLICE_ROWS))
        study_begin_laying(s);
    if (a->curve)
        return 0;
    int status = saved_rows_step(a, SLICE_MS, &done, &of, e);
    if (status == 2 && of > 0)
        tell_part(s, done, of);
    return status < 0 ? -1 : 0;
}

bool study_step_saved_rows(struct study *s)
{
    struct error e;
    if (s->state != STUDY_LOADING)
        return false;
    if (study_saved_rows_load(s, &e) < 0)
        study_fail(s, STUDY_FAILED, &e);
    return true;
}
