#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "deployment/deployment.h"
#include "report/verdict.h"

static void add_real(struct provenance *out, const char *key, double value)
{
    if (isnan(value))
        provenance_add(out, key, "%s", "");
    else
        provenance_add(out, key, "%.9g", value);
}

static void describe_link(const struct link *l, struct provenance *out)
{
    provenance_add(out, "link", "%s", l->name);
    provenance_add(out, "link_bandwidth_mbit_s", "%.9g", l->mbit_s);
    provenance_add(out, "link_rtt_ms", "%.9g", l->rtt_ms);
    provenance_add(out, "link_loss", "%.9g", l->loss);
    provenance_add(out, "link_mtu", "%d", l->mtu);
    provenance_add(out, "link_header", "%d", l->header);
    provenance_add(out, "link_transport", "%s", link_transport_words[l->transport]);
    provenance_add(out, "link_slow_start", "%d", l->slow_start);
    add_real(out, "link_joule_byte", l->joule_byte > 0 ? l->joule_byte : NAN);
    provenance_add(out, "link_source", "%s", l->source);
}

/* Speed factors of the devices, as set by keys of the screen. */
static void add_speed(struct provenance *out, const char *key, double speed)
{
    if (speed != 1)
        provenance_add(out, key, "%.9g", speed);
}

static void describe_devices(const struct cost_model *d, struct provenance *out)
{
    provenance_add(out, "edge", "%s", d->edge->source);
    add_speed(out, "edge_speed", d->edge_speed);
    provenance_add(out, "server", "%s", d->server->source);
    add_speed(out, "server_speed", d->server_speed);
}

/* Under the option's name, spelled as a key. */
static void add_limit(struct provenance *out, const char *option, double limit)
{
    char *key = memory_copy(option);
    for (char *p = key; (p = strchr(p, '-'));)
        *p = '_';
    add_real(out, key, limit);
    free(key);
}

void deployment_describe_limits(const struct deployment *d, struct provenance *out)
{
    describe_devices(&d->cost_model, out);
    describe_link(&d->cost_model.link, out);
    add_real(out, "joule_mac", d->cost_model.joule_mac);
    for (int f = 0; f <= METRIC_ENERGY; f++)
        add_limit(out, metric_table[f].limit_option, d->limits[f]);
}

static void describe_objective(const struct verdict *v, struct provenance *out)
{
    for (int f = 0; f < METRICS; f++)
        add_limit(out, metric_table[f].limit_option, v->limits[f]);
    provenance_add(out, "objective", "%s", metric_words[v->objective]);
    provenance_add(out, "recommended", "%s", v->pick.best < 0 ? "" : verdict_name(v, &v->cuts[v->pick.best]));
    provenance_add(out, "runner_up", "%s",
                   v->pick.second < 0 ? "" : verdict_name(v, &v->cuts[v->pick.second]));
}

void deployment_describe(const struct deployment *deployment, const struct options *o,
                         const struct verdict *v, struct provenance *out)
{
    const struct cost_model *d = &deployment->cost_model;
    char *assumed = deployment_assumed(o);
    provenance_add(out, "assumed", "%s", assumed);
    free(assumed);
    describe_devices(d, out);
    describe_link(&d->link, out);
    bool chosen = !isnan(d->max_drop);
    provenance_add(out, "dtype", "%s", chosen ? dtype_choices[DTYPES] : dtype_words[d->type]);
    provenance_add(out, "coder", "%s", chosen ? dtype_choices[DTYPES] : coder_words[d->coder]);
    add_real(out, "max_drop", d->max_drop);
    provenance_add(out, "features", "%s", o->cost_model.features_csv ? o->cost_model.features_csv : "");
    provenance_add(out, "evaluation", "%s", v->evaluation ? v->evaluation : "");
    provenance_add(out, "accuracy_from", "%s",
                   v->evaluation                ? "evaluation"
                   : o->cost_model.features_csv ? "features"
                                                : "");
    provenance_add(out, "answer_bytes", "%lld", (long long)d->answer);
    enum input_from from;
    cost_model_input(d, v->table, &from);
    provenance_add(out, "input_bytes", "%lld", (long long)v->cuts[0].bytes);
    provenance_add(out, "input_from", "%s", input_from_words[from]);
    provenance_add(out, "head_dtype", "%s", dtype_words[d->head_type]);
    add_real(out, "joule_mac", d->joule_mac);
    describe_objective(v, out);
}
