#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "commands/evaluate.h"
#include "commands/job.h"

static void predictors_take(struct evaluate *v, const struct job *j, const double *nats)
{
    struct curve_point *points = memory_new((size_t)j->report.listed_n + 1, sizeof *points);
    curve_compute(j->report.curve, j->chosen, j->report.correction, points);
    for (int i = 0; i < v->cuts_n; i++) {
        int at = job_position(j, v->layers[i]);
        double values[PREDICTORS];
        evaluated_predict(j->report.table, v->layers[i], at >= 0 ? &points[at] : NULL, nats[i], values);
        for (int p = 0; p < PREDICTORS; p++)
            v->predictors[p][i] = values[p];
    }
    free(points);
}

/* What was told of images is not told again when they are trained on. */
static void predictors_take_excluded(struct evaluate *v, const struct job *j)
{
    for (long i = 0; i < j->told.n; i++)
        excluded_add(&v->c->excluded, j->told.all[i].image, j->told.all[i].why);
}

/* The code that trapped energy is of: as many numbers as the bottleneck sends. */
static char *predictors_code(const struct evaluate *v)
{
    const struct bottleneck *b = &v->request.bottleneck;
    return trapped_rate_text(b->form == BOTTLENECK_RATIO ? TRAPPED_RATIO : b->n);
}

/* What is distilled needs no labels: each image without one belongs to the class that the network predicts.
 */
static int predictors_connect(struct evaluate *v, struct job *j)
{
    struct options *o = &v->c->options;
    if (o->retrain.loss == RETRAIN_DISTILL)
        o->measure.score = SCORE_TOP;
    int status = job_connect(j);
    if (status == COMMAND_DONE && !dataset_is_unlabelled(j->study->dataset))
        o->measure.score = j->study->options.measure.score = SCORE_TRUTH;
    return status;
}

static int predictors_measure(struct evaluate *v, struct job *j, double *nats)
{
    const char *state;
    int status = predictors_connect(v, j);
    if (status == COMMAND_DONE)
        status = job_measure_whole(j, &state);
    return status == COMMAND_DONE && v->request.bottleneck.form != BOTTLENECK_NONE
               ? evaluate_trapped(v, j, nats)
               : status;
}

int evaluate_predictors(struct evaluate *v)
{
    struct job j = {.c = v->c};
    double *nats = memory_new((size_t)v->cuts_n, sizeof *nats); /* NaN: there is none */
    for (int i = 0; i < v->cuts_n; i++)
        nats[i] = NAN;
    for (int p = 0; p < PREDICTORS; p++)
        v->predictors[p] = memory_new((size_t)v->cuts_n, sizeof **v->predictors);
    const char *asked = v->c->options.bottleneck;
    char *code = v->request.bottleneck.form == BOTTLENECK_NONE ? NULL : predictors_code(v);
    v->c->options.bottleneck = code;
    int status = command_find_inputs(v->c, true, &j.inputs);
    if (status == COMMAND_DONE)
        status = predictors_measure(v, &j, nats);
    if (status == COMMAND_DONE)
        predictors_take(v, &j, nats);
    predictors_take_excluded(v, &j);
    job_free(&j);
    v->c->options.bottleneck = asked;
    free(nats);
    free(code);
    return status;
}
