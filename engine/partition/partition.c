#include "partition/partition.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "net/layers.h"

const char *const partition_file_names[PARTITION_FILES] = {"head.cfg", "head.weights", "tail.cfg",
                                                           "tail.weights"};

/* Keys that the tail gets instead of the network's own. */
static const char *const sizes[] = {"width", "height", "channels", "inputs", NULL};
static const char *const batches[] = {"batch", "subdivisions", NULL};
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

/* How head or tail is written. */
struct half {
    const struct cfg *cfg;
    const struct net *net;
    int first, last; /* layers */
    int moved;       /* subtracted from layer numbers */
    bool tail;
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

static void write_title(FILE *out, const struct half *h)
{
    const char *slash = strrchr(h->net->path, '/');
    char *name = text_escape(slash ? slash + 1 : h->net->path);
    int cut = h->tail ? h->first - 1 : h->last;
    const struct net_layer *l = &h->net->layers[cut];
    fprintf(out, "# The %s of %s, cut after layer %d (%s): layers %d to %d.\n", h->tail ? "tail" : "head",
            name, cut, l->name, h->first, h->last);
    fprintf(out, "# The tensor that is sent: %d x %d x %d (channels, rows, columns).\n", l->out.c, l->out.h,
            l->out.w);
    free(name);
}

static void write_net(FILE *out, const struct half *h)
{
    const struct cfg_section *s = &h->cfg->sections[0];
    for (int i = 0; i < s->options_n; i++)
        if (is_one_of(s->options[i].key, batches) && strcmp(s->options[i].value, "1") != 0)
            fprintf(out, "# In the whole network: %s=%s\n", s->options[i].key, s->options[i].value);
    fprintf(out, "\n[%s]\nbatch=1\nsubdivisions=1\n", s->type);
    if (h->tail) {
        struct net_shape in = h->net->layers[h->first - 1].out;
        fprintf(out, "height=%d\nwidth=%d\nchannels=%d\n", in.h, in.w, in.c);
    }
    for (int i = 0; i < s->options_n; i++) {
        const struct cfg_option *o = &s->options[i];
        bool replaced = is_one_of(o->key, batches) ||
                        (h->tail && (is_one_of(o->key, sizes) || is_one_of(o->key, variations)));
        if (!replaced)
            fprintf(out, "%s=%s\n", o->key, o->value);
    }
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
              "[activation]\nactivation=linear\n",
              out);
    return write_layers(out, &h);
}
