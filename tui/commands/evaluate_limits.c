#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/evaluate.h"
#include "deployment/retrained.h"

/* Why the cut is outside the limits; NULL: it is not. New string. */
static char *limits_reason(const struct evaluate *v, const struct placement *cut)
{
    char why[1024];
    long most = v->c->options.retrain.max_head_macs;
    const struct table_row *row = &v->c->connection->table->rows[cut->layer];
    int64_t macs = evaluated_head_macs(&v->request.bottleneck, row);
    planner_reason(cut, v->deployment.limits, why, sizeof why);
    if (*why)
        return memory_copy(why);
    return most > 0 && macs > most
               ? memory_format("its head has %" PRId64 " multiply-adds (at most %ld)", macs, most)
               : NULL;
}

/* As nothing would be trained; the cut that comes nearest is named. */
static int limits_refuse(const struct evaluate *v, const struct placement *cuts)
{
    struct error e;
    int nearest = planner_nearest(cuts, v->cuts_n, v->deployment.limits);
    int shown = nearest < 0 ? 0 : nearest;
    error_at(&e, v->inputs.cfg, 0, "has no cut within the limits: %s%s: %s",
             nearest < 0 ? "" : "the nearest is ", v->c->connection->table->rows[v->layers[shown]].name,
             v->why[shown]);
    return command_fail(v->c, COMMAND_BAD_INPUT, &e);
}

static bool limits_are_of_time(const struct evaluate *v)
{
    return !isnan(v->deployment.limits[METRIC_LATENCY]) || !isnan(v->deployment.limits[METRIC_ENERGY]);
}

static void limits_say_assumed(const struct evaluate *v)
{
    char *assumed = deployment_assumed(&v->c->options);
    if (*assumed && limits_are_of_time(v))
        console_note(v->c->console, "not given, so assumed: %s", assumed);
    free(assumed);
}

/* The cuts of other shares take no part either. */
static void limits_share(struct evaluate *v)
{
    const long *shard = v->c->options.input.shard;
    v->ours = memory_new((size_t)v->cuts_n, sizeof *v->ours);
    memset(v->ours, true, (size_t)v->cuts_n * sizeof *v->ours);
    if (shard[1] > 0)
        race_shard(v->ours, v->cuts_n, (int)shard[0], (int)shard[1]);
    for (int i = 0; i < v->cuts_n; i++) {
        v->allowed[i] = v->allowed[i] && v->ours[i];
        if (!v->ours[i]) {
            free(v->why[i]);
            v->why[i] = memory_copy("of another share");
        }
    }
}

int evaluate_limits(struct evaluate *v)
{
    const struct table *table = v->c->connection->table;
    const size_t room = (size_t)v->cuts_n + 1;
    struct error e;
    int allowed = 0;
    if (deployment_open(&v->deployment, &v->c->options, table, v->inputs.cfg, &e) < 0)
        return command_fail(v->c, COMMAND_BAD_INPUT, &e);
    v->deployed = true;
    limits_say_assumed(v);
    v->allowed = memory_new(room, sizeof *v->allowed);
    v->why = memory_new(room, sizeof *v->why);
    const struct cost_model *d = &v->deployment.cost_model;
    struct placement *cuts = cost_model_placements(d, table, v->layers, v->cuts_n, NULL, NULL);
    retrained_costs(d, table, &v->request.bottleneck, cuts, v->cuts_n + 2);
    planner_evaluate(cuts, v->cuts_n + 2, v->deployment.limits);
    for (int i = 0; i < v->cuts_n; i++) {
        v->why[i] = limits_reason(v, &cuts[i + 1]);
        v->allowed[i] = !v->why[i];
        allowed += v->allowed[i];
    }
    int status = allowed > 0 ? COMMAND_DONE : limits_refuse(v, cuts + 1);
    limits_share(v);
    cost_model_free(cuts, v->cuts_n + 2);
    return status;
}
