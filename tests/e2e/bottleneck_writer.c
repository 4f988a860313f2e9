/* For tests: puts a bottleneck into a network, untrained.
 *
 * bottleneck_writer CFG WEIGHTS LAYER FORM SEED DIR
 *     whole.cfg, whole.weights, rest.cfg and rest.weights in DIR, which exists; and joined.weights, made of
 * the original's head and the rest. An error is one line, and exit status 1. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/memory.h"
#include "net/params.h"
#include "net/weights.h"
#include "partition/bottleneck_weights.h"
#include "partition/partition.h"

struct made {
    struct cfg *cfg;
    struct net *net, *whole, *rest;
    struct weights_info info, trained_info;
    struct params *params, *trained;
    struct bottleneck b;
    int layer;
    const char *folder;
    struct error e;
};

static FILE *create(struct made *m, const char *name, char **path)
{
    *path = memory_format("%s/%s", m->folder, name);
    FILE *out = fopen(*path, "wb");
    if (!out)
        error_at(&m->e, *path, 0, "cannot write it");
    return out;
}

typedef int write_function(FILE *, const struct cfg *, const struct net *, int, const struct bottleneck *,
                           struct error *);

static struct net *make_cfg(struct made *m, const char *name, write_function *write)
{
    char *path;
    FILE *out = create(m, name, &path);
    int status = out ? write(out, m->cfg, m->net, m->layer, &m->b, &m->e) : -1;
    if (out)
        fclose(out);
    struct net *net = status == 0 ? net_read(path, &m->e) : NULL;
    free(path);
    return net;
}

static int make_weights(struct made *m, const char *name, const struct net *net, uint64_t seed)
{
    char *path;
    FILE *out = create(m, name, &path);
    int status =
        out ? bottleneck_write_weights(out, net, m->net, m->layer, m->params, &m->info, seed, &m->e) : -1;
    if (out)
        fclose(out);
    free(path);
    return status;
}

static int join(struct made *m)
{
    char *path, *trained = memory_format("%s/rest.weights", m->folder);
    FILE *out = create(m, "joined.weights", &path);
    int status = out && weights_check(trained, m->rest, &m->trained_info, &m->e) == 0 ? 0 : -1;
    m->trained = status == 0 ? params_open(trained, m->rest, &m->trained_info, &m->e) : NULL;
    status = m->trained ? bottleneck_join_weights(out, m->whole, m->rest, m->layer, m->params, m->trained,
                                                  &m->info, &m->e)
                        : -1;
    if (out)
        fclose(out);
    params_close(m->trained);
    free(trained);
    free(path);
    return status;
}

static int make_all(struct made *m, char **argv)
{
    size_t length;
    uint64_t seed = strtoull(argv[5], NULL, 10);
    char *text = file_read(argv[1], CFG_BYTES_MAX, &length, &m->e);
    m->cfg = text ? cfg_parse(text, length, argv[1], &m->e) : NULL;
    m->net = m->cfg ? net_read(argv[1], &m->e) : NULL;
    free(text);
    if (!m->net || weights_check(argv[2], m->net, &m->info, &m->e) < 0 ||
        !(m->params = params_open(argv[2], m->net, &m->info, &m->e)) ||
        bottleneck_read(argv[4], &m->b, &m->e) < 0 || bottleneck_possible(m->net, m->layer, &m->b, &m->e) < 0)
        return -1;
    if (!(m->whole = make_cfg(m, "whole.cfg", partition_write_whole)) ||
        !(m->rest = make_cfg(m, "rest.cfg", partition_write_rest)) ||
        make_weights(m, "whole.weights", m->whole, seed) < 0 ||
        make_weights(m, "rest.weights", m->rest, seed) < 0)
        return -1;
    return join(m);
}

int main(int argc, char **argv)
{
    struct made m = {.layer = argc == 7 ? atoi(argv[3]) : 0, .folder = argc == 7 ? argv[6] : NULL};
    if (argc != 7) {
        fprintf(stderr, "usage: bottleneck_writer CFG WEIGHTS LAYER FORM SEED DIR\n");
        return 2;
    }
    int status = make_all(&m, argv);
    if (status < 0)
        fprintf(stderr, "%s\n", m.e.text);
    params_close(m.params);
    net_free(m.net);
    net_free(m.whole);
    net_free(m.rest);
    cfg_free(m.cfg);
    return status < 0;
}
