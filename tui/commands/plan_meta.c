#include <stdlib.h>

#include "base/memory.h"
#include "commands/plan.h"

/* Of the network alone, where no rows say more. */
static void describe_network(const struct plan *p, struct provenance *out)
{
    const struct job *j = &p->job;
    command_describe(j->c, j->study->inputs.cfg, j->study->inputs.weights, out);
    char *layers = layer_list_name(j->study->table, p->layers, p->layers_n);
    provenance_add(out, "layers", "%s", layers);
    free(layers);
    provenance_add_time(out);
}

static void describe_importance(const struct plan *p, struct provenance *out)
{
    const struct options *o = &p->job.c->options;
    const char *from = o->from ? "rows" : p->state ? "images" : p->file ? "curve" : "none";
    provenance_add(out, "importance", "%s", from);
    if (!p->file)
        return;
    provenance_add(out, "curve", "%s", curve_file_path(p->file));
    provenance_add(out, "curve_subset", "%s", o->input.subset ? o->input.subset : "");
    provenance_add(out, "curve_weights_xxh3", "%s", curve_file_weights(p->file));
    if (p->resamples)
        provenance_add(out, "curve_resamples", "%d", p->resamples);
}

struct provenance *plan_describe(const struct plan *p)
{
    struct provenance *out =
        p->state ? job_describe(&p->job, "isplit plan", p->state, false) : provenance_new();
    if (!p->state)
        describe_network(p, out);
    describe_importance(p, out);
    deployment_describe(&p->deployment, &p->job.c->options, &p->verdict, out);
    return out;
}
