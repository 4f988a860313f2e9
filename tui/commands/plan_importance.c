/* Where the importance of a plan comes from: images, a curve, rows, or nowhere. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/plan.h"
#include "curve/stability.h"

/* What only measuring makes use of, where nothing is measured; NULL where it was not given. */
static const char *option_of_rows(const struct options *o)
{
    return o->input.classes              ? "-c"
           : o->input.images             ? "-n"
           : o->measure.until_stable > 0 ? "--until-stable"
                                         : NULL;
}

int plan_check_usage(struct plan *p)
{
    struct command *c = p->job.c;
    const struct options *o = &c->options;
    struct error e;
    const char *rows = option_of_rows(o);
    bool measured = o->from || o->input.data || (p->job.inputs.data && !o->input.curve_csv);
    if (o->input.curve_csv && (o->from || o->input.data))
        error_set(&e, "--curve and %s exclude each other: both tell the importance",
                  o->from ? "--from" : "-d");
    else if (o->input.subset && !o->input.curve_csv)
        error_set(&e, "--subset says which curve of --curve FILE");
    else if (o->input.curve_csv && o->measure.layers)
        error_set(&e, "--layers does not go with --curve, which has its own");
    else if (rows && !measured)
        error_set(&e, "%s chooses among what is measured: it needs -d DATA or --from", rows);
    else if (o->cost_model.min_cui_rank && !measured && !o->input.curve_csv)
        error_set(&e, "--min-cui-rank needs importance: -d DATA, --curve FILE or --from FILE");
    else if (deployment_check_usage(o, &e) == 0)
        return COMMAND_DONE;
    return command_usage(c, e.text);
}

/* ---- Rows -------------------------------------------------------------------------------------------- */

static void plan_importance_take_rows(struct plan *p)
{
    struct job *j = &p->job;
    const struct options *o = &j->c->options;
    p->layers_n = j->study->layer_list.n;
    p->layers = memory_new((size_t)p->layers_n, sizeof *p->layers);
    memcpy(p->layers, j->study->layer_list.layers, (size_t)p->layers_n * sizeof *p->layers);
    p->points = memory_new((size_t)p->layers_n, sizeof *p->points);
    curve_compute(j->study->curve, j->chosen, j->study->layer_list.correction, p->points);
    struct stability *s = stability_compute(j->study->curve, j->chosen);
    p->pick_share = memory_new((size_t)p->layers_n, sizeof *p->pick_share);
    memcpy(p->pick_share, stability_picks(s), (size_t)p->layers_n * sizeof *p->pick_share);
    p->resamples = stability_resamples(s);
    stability_free(s);
    job_accuracy(j, !o->output.path, p->accuracy);
}

static int plan_importance_measure(struct plan *p)
{
    int status = job_measure_whole(&p->job, &p->state);
    if (status == COMMAND_DONE)
        plan_importance_take_rows(p);
    return status;
}

/* ---- A curve ----------------------------------------------------------------------------------------- */

static void take_curve(struct plan *p)
{
    p->layers_n = curve_file_points(p->file, &p->layers, &p->points, &p->pick_share);
    p->resamples = curve_file_resamples(p->file);
    for (int i = 0; i < p->layers_n; i++) {
        struct curve_point *point = &p->points[i];
        if (isnan(point->log10_cui) && point->cui > 0)
            point->log10_cui = log10(point->cui);
    }
}

static int read_curve(struct plan *p)
{
    p->file = job_read_curve(&p->job);
    if (!p->file)
        return COMMAND_BAD_INPUT;
    take_curve(p);
    return COMMAND_DONE;
}

/* ---- All of them ------------------------------------------------------------------------------------- */

int plan_open(struct plan *p)
{
    struct job *j = &p->job;
    const struct options *o = &j->c->options;
    if (o->from)
        return job_open_saved_rows(j);
    if (o->input.curve_csv) {
        free(j->inputs.data); /* of a .data file: not looked at */
        j->inputs.data = NULL;
    }
    return job_connect(j);
}

int plan_find_importance(struct plan *p)
{
    const struct job *j = &p->job;
    const struct options *o = &j->c->options;
    if (o->input.curve_csv)
        return read_curve(p);
    if (j->study->inputs.data)
        return plan_importance_measure(p);
    p->layers = table_listed(j->study->table, (enum table_list)o->measure.layers, &p->layers_n);
    return COMMAND_DONE;
}

void plan_free_importance(struct plan *p)
{
    curve_file_free(p->file);
    free(p->layers);
    free(p->points);
    free(p->pick_share);
}
