#include "partition/partition.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/layers.h"

const char *const partition_file_names[PARTITION_FILES] = {"head.cfg",     "head.weights", "tail.cfg",
                                                           "tail.weights", "head.onnx",    "tail.onnx"};

/* Keys that the tail gets instead of the network's own. */
static const char *const sizes[] = {"width", "height", "channels", "inputs", NULL};
static const char *const batches[] = {"batch", "subdivisions", NULL};
/* Where the layers of a bottleneck are: told anew, or not at all. */
static const char *const places[] = {"inserted", "code", NULL};
/* Augmentation keys, meaningless for a tail. */
static const char *const variations[] = {
    "angle",          "aspect", "blur",       "center",   "cutmix",     "exposure", "flip",
    "gaussian_noise", "hue",    "jitter",     "max_crop", "max_ratio",  "min_crop", "min_ratio",
    "mixup",          "mosaic", "saturation", "shift",    "letter_box", NULL,
};

static bool is_one_of(const char *word, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static bool refers_to(const struct net *net, int reader, int layer)
{
    const struct net_layer *l = &net->layers[reader];
    if (!layer_kinds[l->kind].references)
        return false;
    for (int i = layer_kinds[l->kind].first_reference; i < l->inputs_n; i++)
        if (l->inputs[i] == layer)
            return true;
    return false;
}

bool partition_needs_lead(const struct net *net, int layer)
{
    if (net->layers[layer + 1].kind == NET_DROPOUT || net->score <= layer)
        return true;
    for (int i = layer + 1; i < net->layers_n; i++)
        if (refers_to(net, i, layer))
            return true;
    return false;
}

/* How layers of a network are written as one. */
struct half {
    const struct cfg *cfg;
    const struct net *net;
    int first, last;    /* layers */
    int moved;          /* subtracted from layer numbers */
    bool tail;          /* the input is the tensor made by layer first - 1 */
    const char *places; /* lines of [net] that tell a bottleneck's layers, or NULL */
    struct error *e;
};

/* Layers by number, as `from` and `layers` name them. */
static void write_references(FILE *out, const struct half *h, int layer, const struct cfg_option *o)
{
    const struct net_layer *l = &h->net->layers[layer];
    const int *targets = l->inputs + layer_kinds[l->kind].first_reference;
    const char *item = o->value;
    for (int i = 0; item; i++) {
        bool relative = *item == '-';
        fprintf(out, "%s%d", i ? "," : "", targets[i] - (relative ? layer : h->moved));
        item = strchr(item, ',');
        item = item ? item + 1 : NULL;
    }
}

/* The library resolves a relative path from its working directory, and drops blanks from every line. */
static int write_tree(FILE *out, const struct half *h, int layer, const struct cfg_option *o)
{
    const struct net_layer *l = &h->net->layers[layer];
    char *path = file_resolve(l->tree);
    bool blank = path[strcspn(path, " \t")] != '\0';
    fprintf(out, "%s", path);
    free(path);
    return blank ? error_at(
                       h->e, h->cfg->path, o->line,
                       "the tree of classes lies in a folder whose name holds a blank, which Darknet cannot "
                       "read from a cfg (expected another place)")
                 : 0;
}

/* As stock Darknet calls it. */
static const char *partition_key(enum net_kind kind, const char *key)
{
    return kind == NET_CONVOLUTIONAL && strcmp(key, "group") == 0 ? "groups" : key;
}

static int write_layer(FILE *out, const struct half *h, int layer)
{
    const struct cfg_section *s = &h->cfg->sections[layer + 1];
    enum net_kind kind = h->net->layers[layer].kind;
    const char *references = layer_kinds[kind].references;
    int status = 0;
    fprintf(out, "\n[%s]\n", s->type);
    for (int i = 0; i < s->options_n && status == 0; i++) {
        const struct cfg_option *o = &s->options[i];
        fprintf(out, "%s=", partition_key(kind, o->key));
        if (references && strcmp(o->key, references) == 0)
            write_references(out, h, layer, o);
        else if (kind == NET_SOFTMAX && strcmp(o->key, "tree") == 0)
            status = write_tree(out, h, layer, o);
        else
            fputs(o->value, out);
        fputc('\n', out);
    }
    return status;
}

/* The network's file without its folder; a new string. */
static char *partition_net_name(const struct net *net)
{
    const char *slash = strrchr(net->path, '/');
    return text_escape(slash ? slash + 1 : net->path);
}

static void write_title(FILE *out, const struct half *h)
{
    char *name = partition_net_name(h->net);
    int cut = h->tail ? h->first - 1 : h->last;
    const struct net_layer *l = &h->net->layers[cut];
    fprintf(out, "# The %s of %s, cut after layer %d (%s): layers %d to %d.\n", h->tail ? "tail" : "head",
            name, cut, l->name, h->first, h->last);
    fprintf(out, "# The tensor that is sent: %d x %d x %d (channels, rows, columns).\n", l->out.c, l->out.h,
            l->out.w);
    if (h->net->inserted.n > 0 && cut == h->net->inserted.sent)
        fprintf(out, "# It is the code of a bottleneck%s.\n",
                h->net->inserted.int8 ? ", and the accuracy was measured with it sent as int8" : "");
    free(name);
}

static void write_net(FILE *out, const struct half *h)
{
    const struct cfg_section *s = &h->cfg->sections[0];
    for (int i = 0; i < s->options_n; i++)
        if (is_one_of(s->options[i].key, batches) && strcmp(s->options[i].value, "1") != 0)
            fprintf(out, "# In the %s network: %s=%s\n", h->places ? "original" : "whole", s->options[i].key,
                    s->options[i].value);
    fprintf(out, "\n[%s]\nbatch=1\nsubdivisions=1\n", s->type);
    if (h->tail) {
        struct net_shape in = h->net->layers[h->first - 1].out;
        fprintf(out, "height=%d\nwidth=%d\nchannels=%d\n", in.h, in.w, in.c);
    }
    for (int i = 0; i < s->options_n; i++) {
        const struct cfg_option *o = &s->options[i];
        bool replaced = is_one_of(o->key, batches) || is_one_of(o->key, places) ||
                        (h->tail && (is_one_of(o->key, sizes) || is_one_of(o->key, variations)));
        if (!replaced)
            fprintf(out, "%s=%s\n", o->key, o->value);
    }
    if (h->places)
        fputs(h->places, out);
}

static int write_layers(FILE *out, const struct half *h)
{
    int status = 0;
    for (int l = h->first; l <= h->last && status == 0; l++)
        status = write_layer(out, h, l);
    return status;
}

int partition_write_head(FILE *out, const struct cfg *cfg, const struct net *net, int layer, struct error *e)
{
    const struct half h = {.cfg = cfg, .net = net, .last = layer, .e = e};
    write_title(out, &h);
    write_net(out, &h);
    return write_layers(out, &h);
}

int partition_write_tail(FILE *out, const struct cfg *cfg, const struct net *net, int layer, struct error *e)
{
    bool lead = partition_needs_lead(net, layer);
    const struct half h = {
        .cfg = cfg,
        .net = net,
        .first = layer + 1,
        .last = net->layers_n - 1,
        .moved = lead ? layer : layer + 1,
        .tail = true,
        .e = e,
    };
    write_title(out, &h);
    write_net(out, &h);
    if (lead)
        fputs("\n# What is sent, as a layer: others read it by its number, or need one before them.\n"
              "[maxpool]\nsize=1\nstride=1\n",
              out);
    return write_layers(out, &h);
}

/* ---- With a bottleneck ------------------------------------------------------------------------------ */

/* Its layers, and the lines of [net] that tell them. */
struct insertion {
    char *sections, *places; /* new strings; places NULL where nothing is inserted */
    int n;
};

static char *tell_places(int first, int sent, int last, bool int8)
{
    return memory_format("inserted=%d,%d,%d\n%s", first, sent, last, int8 ? "code=int8\n" : "");
}

/* `first`: the number that the first of them gets. */
static struct insertion make_insertion(const struct bottleneck *b, const struct net *net, int layer,
                                       int first)
{
    struct insertion made = {0};
    size_t length;
    int encoder;
    FILE *out = memory_stream(&made.sections, &length);
    made.n = bottleneck_write_layers(out, b, net->layers[layer].out, &encoder);
    fclose(out);
    if (made.n > 0)
        made.places =
            tell_places(first, first + encoder - 1, first + made.n - 1, b->form == BOTTLENECK_BYTES);
    else if (net->inserted.n > 0)
        made.places =
            tell_places(net->inserted.first, net->inserted.sent, net->inserted.last, net->inserted.int8);
    return made;
}

static void free_insertion(struct insertion *made)
{
    free(made->sections);
    free(made->places);
}

static void write_inserted_title(FILE *out, const struct net *net, int layer, const struct bottleneck *b)
{
    char *name = partition_net_name(net), *word = bottleneck_word(b);
    struct net_shape code = bottleneck_code(b, net->layers[layer].out);
    fprintf(out, "# %s with the bottleneck %s after layer %d (%s).\n", name, word, layer,
            net->layers[layer].name);
    fprintf(out, "# The tensor that is sent: %d x %d x %d (channels, rows, columns).\n", code.c, code.h,
            code.w);
    free(name);
    free(word);
}

int partition_write_whole(FILE *out, const struct cfg *cfg, const struct net *net, int layer,
                          const struct bottleneck *b, struct error *e)
{
    struct insertion made = make_insertion(b, net, layer, layer + 1);
    const struct half head = {.cfg = cfg, .net = net, .last = layer, .places = made.places, .e = e};
    const struct half tail = {
        .cfg = cfg, .net = net, .first = layer + 1, .last = net->layers_n - 1, .moved = -made.n, .e = e};
    write_inserted_title(out, net, layer, b);
    write_net(out, &head);
    int status = write_layers(out, &head);
    fputs(made.sections, out);
    if (status == 0)
        status = write_layers(out, &tail);
    free_insertion(&made);
    return status;
}

int partition_write_rest(FILE *out, const struct cfg *cfg, const struct net *net, int layer,
                         const struct bottleneck *b, struct error *e)
{
    if (b->form == BOTTLENECK_NONE)
        return partition_write_tail(out, cfg, net, layer, e);
    struct insertion made = make_insertion(b, net, layer, 0);
    const struct half rest = {
        .cfg = cfg,
        .net = net,
        .first = layer + 1,
        .last = net->layers_n - 1,
        .moved = layer + 1 - made.n,
        .tail = true,
        .places = made.places,
        .e = e,
    };
    write_inserted_title(out, net, layer, b);
    write_net(out, &rest);
    fputs(made.sections, out);
    int status = write_layers(out, &rest);
    free_insertion(&made);
    return status;
}
