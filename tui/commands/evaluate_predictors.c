#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "commands/evaluate.h"
#include "commands/job.h"

/* The layer's position in the job's list, or -1. */
static int predictors_position(const struct job *j, int layer)
{
    for (int i = 0; i < j->report.listed_n; i++)
        if (j->report.listed[i] == layer)
            return i;
    return -1;
}

static void predictors_take(struct evaluate *v, const struct job *j)
{
    const struct table *table = j->report.table;
    double all = (double)table->rows[table->rows_n - 1].head_macs;
    struct curve_point *points = memory_new((size_t)j->report.listed_n + 1, sizeof *points);
    curve_compute(j->report.curve, j->chosen, j->report.correction, points);
    for (int i = 0; i < v->cuts_n; i++) {
        int at = predictors_position(j, v->layers[i]);
        double nats = at >= 0 && j->trapped ? j->trapped[at] : NAN;
        v->predictors[PREDICTOR_CUI][i] = at >= 0 ? points[at].cui : NAN;
        v->predictors[PREDICTOR_CORRECTED][i] = at >= 0 ? points[at].log10_corrected : NAN;
        v->predictors[PREDICTOR_DEPTH][i] = (double)table->rows[v->layers[i]].head_macs / all;
        v->predictors[PREDICTOR_TRAPPED][i] = -log10(nats + 1e-9);
    }
    free(points);
}

/* Which numbers the trapped energy of a cut is for: those of the bottleneck. */
static void predictors_rate(struct evaluate *v)
{
    const struct bottleneck *b = &v->request.bottleneck;
    v->c->options.predict.trapped = b->form != BOTTLENECK_NONE;
    v->c->options.predict.floats = b->form == BOTTLENECK_RATIO ? TRAPPED_RATIO : b->n;
}

int evaluate_predictors(struct evaluate *v)
{
    struct job j = {.c = v->c};
    const char *state;
    for (int p = 0; p < PREDICTORS; p++)
        v->predictors[p] = memory_new((size_t)v->cuts_n, sizeof **v->predictors);
    predictors_rate(v);
    int status = command_find_inputs(v->c, true, &j.inputs);
    if (status == COMMAND_DONE)
        status = job_connect(&j);
    if (status == COMMAND_DONE)
        status = job_measure_whole(&j, &state);
    if (status == COMMAND_DONE && v->c->options.predict.trapped)
        status = job_trapped(&j);
    if (status == COMMAND_DONE)
        predictors_take(v, &j);
    job_free(&j);
    return status;
}
