#include "deployment/deployment.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text_list.h"
#include "deployment/deployment_metric.h"
#include "features/holds.h"
#include "report/device_file.h"
#include "report/features_file.h"

static bool asks_for(const struct options *o, enum metric metric)
{
    return o->cost_model.objective == (int)metric || !isnan(deployment_limit(o, metric));
}

int deployment_check_usage(const struct options *o, struct error *e)
{
    if (o->cost_model.coder != CODER_NONE && !o->cost_model.features_csv)
        return error_set(e, "--coder %s needs --features FILE: how far tensors can be compressed is measured",
                         coder_words[o->cost_model.coder]);
    bool chosen = o->cost_model.type == DTYPES;
    if ((o->cost_model.coder != CODER_NONE || chosen) && o->screen.evaluation)
        return error_set(e,
                         "--%s %s and --evaluation exclude each other: it is tensors without a bottleneck "
                         "whose compression is measured",
                         chosen ? "dtype" : "coder",
                         chosen ? dtype_choices[DTYPES] : coder_words[o->cost_model.coder]);
    if (chosen && !o->cost_model.features_csv)
        return error_set(e, "--dtype auto needs --features FILE: what dtypes lose is measured");
    if (!chosen && o->cost_model.max_drop > 0)
        return error_set(e, "--max-drop goes with --dtype auto");
    for (int f = METRICS - 1; f >= 0; f--) {
        const struct deployment_metric *m = &deployment_metrics[f];
        if (!m->needs || !asks_for(o, (enum metric)f) || m->given(o))
            continue;
        bool limited = !isnan(deployment_limit(o, (enum metric)f));
        return error_set(e, "--%s%s needs %s", limited ? "" : "optimize ",
                         limited ? metric_table[f].limit_option : metric_words[f], m->needs);
    }
    return 0;
}

char *deployment_assumed(const struct options *o)
{
    char *text = memory_copy("");
    if (!o->cost_model.edge)
        text_list_append(&text, "--edge %s", DEPLOYMENT_EDGE);
    if (!o->cost_model.server)
        text_list_append(&text, "--server %s", DEPLOYMENT_SERVER);
    if (!o->cost_model.link)
        text_list_append(&text, "--link %s", DEPLOYMENT_LINK);
    return text;
}

static int read_parts(struct deployment *d, const struct options *o, const struct table *table,
                      const char *cfg, struct error *e)
{
    const char *edge = o->cost_model.edge ? o->cost_model.edge : DEPLOYMENT_EDGE;
    const char *server = o->cost_model.server ? o->cost_model.server : DEPLOYMENT_SERVER;
    if (device_read(edge, table, cfg, &d->edge, e) < 0 || device_read(server, table, cfg, &d->server, e) < 0)
        return -1;
    d->links = link_list_open(o->cost_model.links, e);
    if (!d->links || link_parse(o->cost_model.link ? o->cost_model.link : DEPLOYMENT_LINK, d->links,
                                &d->cost_model.link, e) < 0)
        return -1;
    const struct link *link = &d->cost_model.link;
    if (asks_for(o, METRIC_ENERGY) && isnan(link_joules(link, 0)))
        return error_set(e,
                         "the link '%s' does not tell what sending costs the device (expected J a byte, as "
                         "in --link %s,energy=5e-6)",
                         link->name, link->name);
    return o->cost_model.features_csv
               ? features_file_read(o->cost_model.features_csv, table, cfg, &d->features, e)
               : 0;
}

/* Everything but the files. */
static void deployment_begin(struct deployment *d, const struct options *o, const struct table *table)
{
    *d = (struct deployment){.cost_model = cost_model_default(table)};
    for (int f = 0; f < METRICS; f++)
        d->limits[f] = deployment_limit(o, (enum metric)f);
    d->objective = (enum metric)o->cost_model.objective;
    d->cost_model.edge = &d->edge;
    d->cost_model.server = &d->server;
    d->cost_model.head_type = o->cost_model.head_int8 ? DTYPE_INT8 : DTYPE_F32;
    enum dtype usual = table->int8 || o->cost_model.head_int8 ? DTYPE_INT8 : DTYPE_F32;
    bool chosen = o->cost_model.type == DTYPES;
    d->cost_model.type = o->cost_model.type < 0 || chosen ? usual : (enum dtype)o->cost_model.type;
    if (chosen)
        d->cost_model.max_drop = o->cost_model.max_drop > 0 ? o->cost_model.max_drop : HOLDS_MAX_DROP;
    d->cost_model.input = o->cost_model.input_bytes;
    if (o->cost_model.answer_bytes)
        d->cost_model.answer = o->cost_model.answer_bytes;
    if (o->cost_model.joule_mac > 0)
        d->cost_model.joule_mac = o->cost_model.joule_mac;
}

int deployment_open(struct deployment *d, const struct options *o, const struct table *table, const char *cfg,
                    struct error *e)
{
    deployment_begin(d, o, table);
    d->cost_model.coder = (enum coder)o->cost_model.coder;
    if (read_parts(d, o, table, cfg, e) < 0) {
        deployment_free(d);
        return -1;
    }
    if (o->cost_model.features_csv)
        d->cost_model.features = &d->features;
    return 0;
}

void deployment_usual(struct deployment *d, const struct options *o, const struct table *table)
{
    struct error e;
    deployment_begin(d, o, table);
    if (device_read(DEPLOYMENT_EDGE, table, "", &d->edge, &e) < 0 ||
        device_read(DEPLOYMENT_SERVER, table, "", &d->server, &e) < 0 ||
        link_parse(DEPLOYMENT_LINK, NULL, &d->cost_model.link, &e) < 0)
        abort(); /* texts of our own */
}

void deployment_free(struct deployment *d)
{
    device_free(&d->edge);
    device_free(&d->server);
    link_list_free(d->links);
    features_free(&d->features);
    *d = (struct deployment){0};
}

int deployment_check(const struct options *o, struct error *e)
{
    struct link link;
    struct link_list *links = link_list_open(o->cost_model.links, e);
    if (!links)
        return -1;
    int status = link_parse(o->cost_model.link ? o->cost_model.link : DEPLOYMENT_LINK, links, &link, e);
    link_list_free(links);
    if (status < 0 || (o->cost_model.edge && device_check(o->cost_model.edge, e) < 0) ||
        (o->cost_model.server && device_check(o->cost_model.server, e) < 0))
        return -1;
    return deployment_check_usage(o, e);
}
