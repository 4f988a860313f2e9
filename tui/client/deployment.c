#include "client/deployment.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "client/deployment_metric.h"
#include "output/device_file.h"
#include "output/features_file.h"

static struct choice_limits deployment_limits_of(const struct options *o)
{
    struct choice_limits l;
    for (int f = 0; f < CHOICE_FIGURES; f++)
        l.limit[f] = deployment_limit(o, (enum choice_figure)f);
    return l;
}

static bool deployment_asks_for(const struct options *o, enum choice_figure metric)
{
    return o->wish == (int)metric || !isnan(deployment_limit(o, metric));
}

int deployment_check_usage(const struct options *o, struct error *e)
{
    if (o->zstd && !o->features_csv)
        return error_set(e, "--zstd needs --features FILE: how far tensors can be compressed is measured");
    for (int f = CHOICE_FIGURES - 1; f >= 0; f--) {
        const struct deployment_metric *m = &deployment_metrics[f];
        if (!m->needs || !deployment_asks_for(o, (enum choice_figure)f) || m->given(o))
            continue;
        bool limited = !isnan(deployment_limit(o, (enum choice_figure)f));
        return error_set(e, "--%s%s needs %s", limited ? "" : "wish ",
                         limited ? metric_table[f].limit_option : choice_words[f], m->needs);
    }
    return 0;
}

char *deployment_assumed(const struct options *o)
{
    return memory_format("%s%s%s%s%s", o->edge ? "" : "--edge " DEPLOYMENT_EDGE,
                         !o->edge && (!o->server || !o->link) ? ", " : "",
                         o->server ? "" : "--server " DEPLOYMENT_SERVER, !o->server && !o->link ? ", " : "",
                         o->link ? "" : "--link " DEPLOYMENT_LINK);
}

static int deployment_read_parts(struct deployment *d, const struct options *o, const struct table *table,
                                 const char *cfg, struct error *e)
{
    const char *edge = o->edge ? o->edge : DEPLOYMENT_EDGE;
    const char *server = o->server ? o->server : DEPLOYMENT_SERVER;
    if (device_read(edge, table, cfg, &d->edge, e) < 0 || device_read(server, table, cfg, &d->server, e) < 0)
        return -1;
    if (link_list_open(o->links, &d->links, e) < 0 ||
        link_parse(o->link ? o->link : DEPLOYMENT_LINK, &d->links, &d->deploy.link, e) < 0)
        return -1;
    const struct link *link = &d->deploy.link;
    if (deployment_asks_for(o, CHOICE_ENERGY) && isnan(link_joules(link, 0)))
        return error_set(e,
                         "the link '%s' does not tell what sending costs the device (expected J a byte, as "
                         "in --link %s,energy=5e-6)",
                         link->name, link->name);
    return o->features_csv ? features_file_read(o->features_csv, table, cfg, &d->features, e) : 0;
}

/* All but what stands in files. */
static void deployment_begin(struct deployment *d, const struct options *o, const struct table *table)
{
    *d = (struct deployment){.deploy = deploy_default(table), .limits = deployment_limits_of(o)};
    d->wish = (enum choice_figure)o->wish;
    d->deploy.edge = &d->edge;
    d->deploy.server = &d->server;
    d->deploy.type = o->type < 0 ? FEATURE_F32 : (enum feature_type)o->type;
    d->deploy.input = o->input_bytes;
    if (o->answer_bytes)
        d->deploy.answer = o->answer_bytes;
    if (o->joule_mac > 0)
        d->deploy.joule_mac = o->joule_mac;
}

int deployment_open(struct deployment *d, const struct options *o, const struct table *table, const char *cfg,
                    struct error *e)
{
    deployment_begin(d, o, table);
    d->deploy.packed = o->zstd;
    if (deployment_read_parts(d, o, table, cfg, e) < 0) {
        deployment_free(d);
        return -1;
    }
    if (o->features_csv)
        d->deploy.features = &d->features;
    return 0;
}

void deployment_usual(struct deployment *d, const struct options *o, const struct table *table)
{
    struct error e;
    deployment_begin(d, o, table);
    if (device_read(DEPLOYMENT_EDGE, table, "", &d->edge, &e) < 0 ||
        device_read(DEPLOYMENT_SERVER, table, "", &d->server, &e) < 0 ||
        link_parse(DEPLOYMENT_LINK, NULL, &d->deploy.link, &e) < 0)
        abort(); /* texts of our own */
}

void deployment_free(struct deployment *d)
{
    device_free(&d->edge);
    device_free(&d->server);
    link_list_free(&d->links);
    features_free(&d->features);
    *d = (struct deployment){0};
}

int deployment_check(const struct options *o, struct error *e)
{
    struct link_list links;
    struct link link;
    if (link_list_open(o->links, &links, e) < 0)
        return -1;
    int status = link_parse(o->link ? o->link : DEPLOYMENT_LINK, &links, &link, e);
    link_list_free(&links);
    if (status < 0 || (o->edge && device_check(o->edge, e) < 0) ||
        (o->server && device_check(o->server, e) < 0))
        return -1;
    return deployment_check_usage(o, e);
}
