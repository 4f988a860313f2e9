#include "client/deployment.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "client/deployment_metric.h"
#include "output/device_file.h"
#include "output/features_file.h"

static struct choice_limits limits_of(const struct options *o)
{
    struct choice_limits l;
    for (int f = 0; f < CHOICE_FIGURES; f++)
        l.limit[f] = deployment_limit(o, (enum choice_figure)f);
    return l;
}

static bool asks_for(const struct options *o, enum choice_figure metric)
{
    return o->deploy.wish == (int)metric || !isnan(deployment_limit(o, metric));
}

int deployment_check_usage(const struct options *o, struct error *e)
{
    if (o->deploy.zstd && !o->deploy.features_csv)
        return error_set(e, "--zstd needs --features FILE: how far tensors can be compressed is measured");
    for (int f = CHOICE_FIGURES - 1; f >= 0; f--) {
        const struct deployment_metric *m = &deployment_metrics[f];
        if (!m->needs || !asks_for(o, (enum choice_figure)f) || m->given(o))
            continue;
        bool limited = !isnan(deployment_limit(o, (enum choice_figure)f));
        return error_set(e, "--%s%s needs %s", limited ? "" : "optimize ",
                         limited ? metric_table[f].limit_option : choice_words[f], m->needs);
    }
    return 0;
}

char *deployment_assumed(const struct options *o)
{
    return memory_format("%s%s%s%s%s", o->deploy.edge ? "" : "--edge " DEPLOYMENT_EDGE,
                         !o->deploy.edge && (!o->deploy.server || !o->deploy.link) ? ", " : "",
                         o->deploy.server ? "" : "--server " DEPLOYMENT_SERVER, !o->deploy.server && !o->deploy.link ? ", " : "",
                         o->deploy.link ? "" : "--link " DEPLOYMENT_LINK);
}

static int read_parts(struct deployment *d, const struct options *o, const struct table *table,
                      const char *cfg, struct error *e)
{
    const char *edge = o->deploy.edge ? o->deploy.edge : DEPLOYMENT_EDGE;
    const char *server = o->deploy.server ? o->deploy.server : DEPLOYMENT_SERVER;
    if (device_read(edge, table, cfg, &d->edge, e) < 0 || device_read(server, table, cfg, &d->server, e) < 0)
        return -1;
    if (link_list_open(o->deploy.links, &d->links, e) < 0 ||
        link_parse(o->deploy.link ? o->deploy.link : DEPLOYMENT_LINK, &d->links, &d->deploy.link, e) < 0)
        return -1;
    const struct link *link = &d->deploy.link;
    if (asks_for(o, CHOICE_ENERGY) && isnan(link_joules(link, 0)))
        return error_set(e,
                         "the link '%s' does not tell what sending costs the device (expected J a byte, as "
                         "in --link %s,energy=5e-6)",
                         link->name, link->name);
    return o->deploy.features_csv ? features_file_read(o->deploy.features_csv, table, cfg, &d->features, e) : 0;
}

/* All but what stands in files. */
static void begin(struct deployment *d, const struct options *o, const struct table *table)
{
    *d = (struct deployment){.deploy = deploy_default(table), .limits = limits_of(o)};
    d->wish = (enum choice_figure)o->deploy.wish;
    d->deploy.edge = &d->edge;
    d->deploy.server = &d->server;
    d->deploy.type = o->deploy.type < 0 ? FEATURE_F32 : (enum feature_type)o->deploy.type;
    d->deploy.input = o->deploy.input_bytes;
    if (o->deploy.answer_bytes)
        d->deploy.answer = o->deploy.answer_bytes;
    if (o->deploy.joule_mac > 0)
        d->deploy.joule_mac = o->deploy.joule_mac;
}

int deployment_open(struct deployment *d, const struct options *o, const struct table *table, const char *cfg,
                    struct error *e)
{
    begin(d, o, table);
    d->deploy.packed = o->deploy.zstd;
    if (read_parts(d, o, table, cfg, e) < 0) {
        deployment_free(d);
        return -1;
    }
    if (o->deploy.features_csv)
        d->deploy.features = &d->features;
    return 0;
}

void deployment_usual(struct deployment *d, const struct options *o, const struct table *table)
{
    struct error e;
    begin(d, o, table);
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
    if (link_list_open(o->deploy.links, &links, e) < 0)
        return -1;
    int status = link_parse(o->deploy.link ? o->deploy.link : DEPLOYMENT_LINK, &links, &link, e);
    link_list_free(&links);
    if (status < 0 || (o->deploy.edge && device_check(o->deploy.edge, e) < 0) ||
        (o->deploy.server && device_check(o->deploy.server, e) < 0))
        return -1;
    return deployment_check_usage(o, e);
}
