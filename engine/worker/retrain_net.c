#include "worker/retrain_net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "graph/allowance.h"
#include "net/cfg.h"
#include "net/weights.h"
#include "partition/bottleneck_weights.h"
#include "partition/partition.h"
#include "partition/partition_folder.h"

struct retrain_net {
    const struct net *original;
    const char *original_weights;
    struct weights_info original_info; /* with the formula of batch norm that it is computed with */
    int cut;
    char *whole_cfg;          /* its text */
    struct net *whole, *rest; /* rest NULL: the whole is trained */
    FILE *weights;            /* of what is trained, without a name; */
    char path[32];            /* this is one */
    struct weights_info info;
    bool *trains, *by_batch;
};

enum retrain_file { RETRAIN_NET_CFG, RETRAIN_NET_WEIGHTS, RETRAIN_NET_FILES };
static const char *const retrain_net_files[RETRAIN_NET_FILES] = {PARTITION_WHOLE_CFG,
                                                                 PARTITION_WHOLE_WEIGHTS};

const struct net *retrain_net_of(const struct retrain_net *n)
{
    return n->rest ? n->rest : n->whole;
}

struct graph *retrain_net_compile(const struct retrain_net *n, const struct net *part,
                                  const struct retrain_request *request, struct error *e)
{
    bool *listed = memory_new((size_t)part->layers_n, sizeof *listed);
    const struct graph_options options = {
        .batch = request->batch,
        .threads = request->threads,
        .listed = listed,
        .algorithms = request->exact ? GRAPH_EXACT : GRAPH_BY_SHAPE,
        .memory = request->memory,
        .held = allowance_heap(),
    };
    struct params *params = retrain_net_params(n, e);
    struct graph *graph = params ? graph_make(part, params, &options, e) : NULL;
    params_close(params);
    free(listed);
    return graph;
}

const bool *retrain_net_trains(const struct retrain_net *n)
{
    return n->trains;
}

const bool *retrain_net_by_batch(const struct retrain_net *n)
{
    return n->by_batch;
}

void retrain_net_free(struct retrain_net *n)
{
    if (!n)
        return;
    if (n->weights)
        fclose(n->weights);
    net_free(n->whole);
    net_free(n->rest);
    free(n->whole_cfg);
    free(n->trains);
    free(n->by_batch);
    free(n);
}

/* ---- Layers that learn ----------------------------------------------------------------------------------
 */

static bool retrain_net_is_inserted(const struct net *net, int layer)
{
    return net->inserted.n > 0 && layer >= net->inserted.first && layer <= net->inserted.last;
}

static bool retrain_net_learns(const struct retrain_net *n, const struct retrain_request *r, int layer)
{
    const struct net *net = retrain_net_of(n);
    bool inserted = r->bottleneck.form != BOTTLENECK_NONE && retrain_net_is_inserted(net, layer);
    bool tail = n->rest || layer > n->cut;
    return net->layers[layer].params > 0 &&
           (r->trains == RETRAIN_ALL || inserted || (r->trains == RETRAIN_TAIL && tail));
}

static int retrain_net_choose(struct retrain_net *n, const struct retrain_request *r, struct error *e)
{
    const struct net *net = retrain_net_of(n);
    int learning = 0;
    n->trains = memory_new((size_t)net->layers_n, sizeof *n->trains);
    n->by_batch = memory_new((size_t)net->layers_n, sizeof *n->by_batch);
    for (int l = 0; l < net->layers_n; l++) {
        const struct net_layer *layer = &net->layers[l];
        bool normalises = layer->batch_normalize || layer->kind == NET_BATCHNORM;
        bool follows = r->norm == RETRAIN_FOLLOW ||
                       (r->bottleneck.form != BOTTLENECK_NONE && retrain_net_is_inserted(net, l));
        n->trains[l] = retrain_net_learns(n, r, l);
        n->by_batch[l] = n->trains[l] && normalises && follows;
        learning += n->trains[l];
    }
    return learning > 0
               ? 0
               : error_at(e, n->original->path, 0,
                          "no layer would learn with --train %s and the bottleneck none (expected tail, "
                          "all, or another bottleneck)",
                          retrain_trains_words[r->trains]);
}

/* ---- Making ---------------------------------------------------------------------------------------------
 */

typedef int retrain_net_writer(FILE *out, const struct cfg *cfg, const struct net *net, int layer,
                               const struct bottleneck *b, struct error *e);

/* Writes the cfg and reads it back. *text is a new string, also after an error. */
static struct net *retrain_net_build(const struct retrain_net *n, const struct cfg *cfg,
                                     const struct bottleneck *b, retrain_net_writer *write, char **text,
                                     struct error *e)
{
    size_t length;
    FILE *out = memory_stream(text, &length);
    int status = write(out, cfg, n->original, n->cut, b, e);
    fclose(out);
    struct net *net = status < 0 ? NULL : net_parse(*text, length, n->original->path, e);
    if (net)
        bottleneck_take_names(net, n->original, n->cut);
    return net;
}

static int retrain_net_read_cfg(struct retrain_net *n, const struct retrain_request *r, struct error *e)
{
    size_t length;
    char *rest = NULL, *text = file_read(n->original->path, CFG_BYTES_MAX, &length, e);
    struct cfg *cfg = text ? cfg_parse(text, length, n->original->path, e) : NULL;
    if (cfg)
        n->whole = retrain_net_build(n, cfg, &r->bottleneck, partition_write_whole, &n->whole_cfg, e);
    if (n->whole && r->trains != RETRAIN_ALL)
        n->rest = retrain_net_build(n, cfg, &r->bottleneck, partition_write_rest, &rest, e);
    cfg_free(cfg);
    free(text);
    free(rest);
    return n->whole && (n->rest || r->trains == RETRAIN_ALL) ? 0 : -1;
}

/* As a disk that is full. Call right after writing, while errno is valid. */
static int retrain_net_wrote(FILE *out, const char *what, struct error *e)
{
    return fflush(out) == 0 && !ferror(out) ? 0 : error_set(e, "cannot write %s: %s", what, strerror(errno));
}

int retrain_net_begin(struct retrain_net *n, const struct session *s, const struct retrain_request *request,
                      struct error *e)
{
    static const char what[] = "the network's first numbers to a file without a name in /tmp";
    if (session_check_sources(s, request->cfg_xxh3, request->weights_xxh3, &n->original_info, e) < 0)
        return -1;
    if (!n->weights)
        n->weights = tmpfile();
    if (!n->weights)
        return error_set(e, "cannot write %s: %s", what, strerror(errno));
    rewind(n->weights); /* another seed's are as many */
    snprintf(n->path, sizeof n->path, "/proc/self/fd/%d", fileno(n->weights));
    struct params *original = params_open(n->original_weights, n->original, &n->original_info, e);
    int status = original ? bottleneck_write_weights(n->weights, retrain_net_of(n), n->original, n->cut,
                                                     original, &n->original_info, (uint64_t)request->seed, e)
                          : -1;
    params_close(original);
    if (status < 0 || weights_check_same(n->original_weights, &n->original_info, e) < 0 ||
        retrain_net_wrote(n->weights, what, e) < 0)
        return -1;
    return weights_check(n->path, retrain_net_of(n), &n->info, e);
}

struct retrain_net *retrain_net_make(const struct session *s, const struct retrain_request *request,
                                     struct error *e)
{
    struct retrain_net *n = memory_new(1, sizeof *n);
    struct error why;
    n->original = s->net;
    n->original_weights = s->weights;
    n->cut = request->layer;
    int status = bottleneck_possible(s->net, n->cut, &request->bottleneck, &why);
    if (status < 0)
        error_at(e, s->net->path, 0, "%s", why.text);
    if (status == 0 && retrain_net_read_cfg(n, request, e) == 0 && retrain_net_choose(n, request, e) == 0 &&
        retrain_net_begin(n, s, request, e) == 0)
        return n;
    retrain_net_free(n);
    return NULL;
}

struct params *retrain_net_params(const struct retrain_net *n, struct error *e)
{
    return params_open(n->path, retrain_net_of(n), &n->info, e);
}

/* ---- What was learned -----------------------------------------------------------------------------------
 */

int retrain_net_put(struct retrain_net *n, int layer, const float *numbers, struct error *e)
{
    size_t count = (size_t)retrain_net_of(n)->layers[layer].params;
    if (fseeko(n->weights, weights_offset(retrain_net_of(n), &n->info, layer), SEEK_SET) == 0)
        fwrite(numbers, sizeof *numbers, count, n->weights);
    return retrain_net_wrote(n->weights, "what was learned to a file without a name in /tmp", e);
}

int retrain_net_take(struct retrain_net *n, const struct trainer *trainer, struct error *e)
{
    const struct net *net = retrain_net_of(n);
    for (int l = 0; l < net->layers_n; l++) {
        float *numbers = n->trains[l] ? memory_try((size_t)net->layers[l].params, sizeof *numbers) : NULL;
        if (n->trains[l] && !numbers)
            return error_set(e, "no memory for the numbers of layer %d (%s)", l, net->layers[l].name);
        int status =
            numbers && trainer_get_params(trainer, l, numbers) ? retrain_net_put(n, l, numbers, e) : 0;
        free(numbers);
        if (status < 0)
            return -1;
    }
    return 0;
}

static int retrain_net_copy(FILE *out, FILE *in, struct error *e)
{
    char portion[1 << 16];
    size_t got;
    rewind(in);
    while ((got = fread(portion, 1, sizeof portion, in)) > 0)
        fwrite(portion, 1, got, out);
    return ferror(in) ? error_set(e, "cannot read what was learned: %s", strerror(errno)) : 0;
}

static int retrain_net_write_weights(FILE *out, const struct retrain_net *n, struct error *e)
{
    if (!n->rest)
        return retrain_net_copy(out, n->weights, e);
    struct params *original = params_open(n->original_weights, n->original, &n->original_info, e);
    struct params *trained = original ? retrain_net_params(n, e) : NULL;
    int status = trained ? bottleneck_join_weights(out, n->whole, n->rest, n->cut, original, trained,
                                                   &n->original_info, e)
                         : -1;
    params_close(original);
    params_close(trained);
    return status < 0 ? -1 : weights_check_same(n->original_weights, &n->original_info, e);
}

/* What an earlier training said of the network that was here, so that nothing says it of the new one. */
static int retrain_net_remove_earlier(const char *folder, struct error *e)
{
    static const char *const names[] = {RETRAIN_CSV, RETRAIN_CSV ".meta.csv", PARTITION_CSV,
                                        PARTITION_CSV ".meta.csv"};
    int status = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names && status == 0; i++) {
        char *path = partition_folder_path(folder, names[i]);
        if (unlink(path) < 0 && errno != ENOENT)
            status = error_at(e, path, 0, "cannot remove it: %s", strerror(errno));
        free(path);
    }
    return status;
}

int retrain_net_write(const struct retrain_net *n, const char *folder, struct error *e)
{
    struct file_out files[RETRAIN_NET_FILES];
    int opened = 0, status = 0;
    mkdir(folder, 0777);
    for (; opened < RETRAIN_NET_FILES && status == 0; opened++) {
        char *path = partition_folder_path(folder, retrain_net_files[opened]);
        status = file_out_open(&files[opened], path, e);
        free(path);
    }
    if (status == 0) {
        fputs(n->whole_cfg, files[RETRAIN_NET_CFG].stream);
        status = retrain_net_write_weights(files[RETRAIN_NET_WEIGHTS].stream, n, e);
    }
    for (int i = 0; i < opened && status == 0; i++) /* before either has its name */
        if (file_out_sync(&files[i]) < 0)
            status = error_at(e, files[i].named, 0, "cannot write: %s", strerror(errno));
    if (status == 0)
        status = retrain_net_remove_earlier(folder, e);
    for (int i = opened - 1; i >= 0; i--) /* the cfg last: where it is, both are */
        if (status == 0)
            status = file_out_commit(&files[i], e);
        else
            file_out_abandon(&files[i]);
    return status;
}

int retrain_net_check_folder(const struct session *s, const char *folder, bool force, struct error *e)
{
    int status = 0;
    for (int i = 0; i < RETRAIN_NET_FILES && status == 0; i++) {
        char *path = partition_folder_path(folder, retrain_net_files[i]);
        char *resolved = file_resolve(path), *cfg = file_resolve(s->net->path),
             *own = file_resolve(s->weights);
        if (strcmp(resolved, cfg) == 0 || strcmp(resolved, own) == 0)
            status = error_at(e, path, 0, "is the network that is to be trained (expected another folder)");
        else if (!force && access(path, F_OK) == 0)
            status = error_at(e, path, 0, "exists already (expected another folder, or --force)");
        free(path);
        free(resolved);
        free(cfg);
        free(own);
    }
    return status;
}
