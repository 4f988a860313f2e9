#include "client/deployment.h"

#include <math.h>

#include "output/device_file.h"
#include "output/features_file.h"

static struct choice_limits limits_of(const struct options *o)
{
    struct choice_limits l = choice_no_limits();
    const double given[CHOICE_FIGURES] = {
        [CHOICE_LATENCY] = o->max_latency,
        [CHOICE_BYTES] = (double)o->max_bytes,
        [CHOICE_MEMORY] = (double)o->max_memory,
        [CHOICE_ENERGY] = o->max_energy,
        [CHOICE_IMPORTANCE] = (double)o->min_cui_rank,
        [CHOICE_ACCURACY] = o->min_accuracy,
    };
    for (int f = 0; f < CHOICE_FIGURES; f++)
        if (given[f] > 0)
            l.limit[f] = given[f];
    return l;
}

static int read_parts(struct deployment *d, const struct options *o, const struct table *table,
                      const char *cfg, struct error *e)
{
    const char *edge = o->edge ? o->edge : DEPLOYMENT_EDGE;
    const char *server = o->server ? o->server : DEPLOYMENT_SERVER;
    if (device_read(edge, table, cfg, &d->edge, e) < 0 || device_read(server, table, cfg, &d->server, e) < 0)
        return -1;
    if (link_list_open(o->links, &d->links, e) < 0 ||
        link_parse(o->link ? o->link : DEPLOYMENT_LINK, &d->links, &d->deploy.link, e) < 0)
        return -1;
    return o->features_csv ? features_file_read(o->features_csv, table, cfg, &d->features, e) : 0;
}

int deployment_open(struct deployment *d, const struct options *o, const struct table *table, const char *cfg,
                    struct error *e)
{
    *d = (struct deployment){.deploy = deploy_default(table), .limits = limits_of(o)};
    d->wish = (enum choice_figure)o->wish;
    d->deploy.edge = &d->edge;
    d->deploy.server = &d->server;
    d->deploy.type = (enum feature_type)o->type;
    d->deploy.packed = o->zstd;
    d->deploy.input = o->input_bytes;
    if (o->answer_bytes)
        d->deploy.answer = o->answer_bytes;
    if (o->joule_mac > 0)
        d->deploy.joule_mac = o->joule_mac;
    if (read_parts(d, o, table, cfg, e) < 0) {
        deployment_free(d);
        return -1;
    }
    if (o->features_csv)
        d->deploy.features = &d->features;
    return 0;
}

void deployment_free(struct deployment *d)
{
    device_free(&d->edge);
    device_free(&d->server);
    link_list_free(&d->links);
    features_free(&d->features);
    *d = (struct deployment){0};
}
