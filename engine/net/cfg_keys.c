#include "net/cfg_keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/text_list.h"
#include "net/layers.h"

/* Known sections that are not supported. */
static const char *const refused[] = {
    /* of this Darknet */
    "crnn",
    "detection",
    "gru",
    "iseg",
    "l2norm",
    "local",
    "logistic",
    "lrn",
    "lstm",
    "normalization",
    "region",
    "rnn",
    "yolo",
    /* of newer forks */
    "Gaussian_yolo",
    "contrastive",
    "conv_lstm",
    "empty",
    "history",
    "implicit",
    "reorg3d",
    "reorg_old",
    "silence",
};

enum { REFUSED_N = sizeof refused / sizeof *refused };

#define IN(kind) (1u << (kind))
#define CONVS (IN(NET_CONVOLUTIONAL) | IN(NET_DECONVOLUTIONAL) | IN(NET_DEPTHWISE))
#define POOLS (IN(NET_MAXPOOL) | IN(NET_LOCAL_AVGPOOL))
#define GATES (IN(NET_SCALE_CHANNELS) | IN(NET_SAM))
#define LAYERS (IN(NET_KINDS) - 1)
#define NETS IN(CFG_KEYS_NET)

enum use {
    USED,    /* read by net*.c */
    TRAIN,   /* without effect on a forward pass: accepted with any value */
    NEUTRAL, /* refused unless it has the value that changes nothing */
};

struct key {
    const char *name;
    unsigned where; /* bit set of sections */
    enum use use;
    const char *neutral, *why;
};

#define FORK "belongs to newer forks of Darknet and would be ignored here"
#define BINARY "binary arithmetic has no exact gradient"
#define PARTIAL "changes what is read from the weights file"
#define RECURRENT "recurrent networks are not supported"

static const struct key keys[] = {
    {"width", NETS, USED, NULL, NULL},
    {"height", NETS, USED, NULL, NULL},
    {"channels", NETS, USED, NULL, NULL},
    {"inputs", NETS, USED, NULL, NULL},
    {"filters", CONVS, USED, NULL, NULL},
    {"size", CONVS | POOLS, USED, NULL, NULL},
    {"stride", CONVS | POOLS | IN(NET_UPSAMPLE) | IN(NET_REORG), USED, NULL, NULL},
    {"stride_x", IN(NET_CONVOLUTIONAL) | POOLS, USED, NULL, NULL},
    {"stride_y", IN(NET_CONVOLUTIONAL) | POOLS, USED, NULL, NULL},
    {"dilation", IN(NET_CONVOLUTIONAL), USED, NULL, NULL},
    {"antialiasing", IN(NET_CONVOLUTIONAL) | IN(NET_MAXPOOL), USED, NULL, NULL},
    {"pad", CONVS, USED, NULL, NULL},
    {"padding", CONVS | POOLS, USED, NULL, NULL},
    {"groups", IN(NET_CONVOLUTIONAL) | IN(NET_SOFTMAX) | IN(NET_ROUTE), USED, NULL, NULL},
    {"group", IN(NET_CONVOLUTIONAL), USED, NULL, NULL}, /* what one fork calls groups */
    {"group_id", IN(NET_ROUTE), USED, NULL, NULL},
    {"batch_normalize", CONVS | IN(NET_CONNECTED), USED, NULL, NULL},
    {"activation", CONVS | GATES | IN(NET_CONNECTED) | IN(NET_SHORTCUT) | IN(NET_ACTIVATION), USED, NULL,
     NULL},
    {"output", IN(NET_CONNECTED), USED, NULL, NULL},
    {"transpose", IN(NET_CONNECTED), USED, NULL, NULL},
    {"from", GATES | IN(NET_SHORTCUT), USED, NULL, NULL},
    {"scale_wh", IN(NET_SCALE_CHANNELS), USED, NULL, NULL},
    {"alpha", IN(NET_SHORTCUT), USED, NULL, NULL},
    {"beta", IN(NET_SHORTCUT), USED, NULL, NULL},
    {"layers", IN(NET_ROUTE), USED, NULL, NULL},
    {"scale", IN(NET_UPSAMPLE), USED, NULL, NULL},
    {"reverse", IN(NET_REORG), USED, NULL, NULL},
    {"flatten", IN(NET_REORG), USED, NULL, NULL},
    {"extra", IN(NET_REORG), USED, NULL, NULL},
    {"crop_height", IN(NET_CROP), USED, NULL, NULL},
    {"crop_width", IN(NET_CROP), USED, NULL, NULL},
    {"noadjust", IN(NET_CROP), USED, NULL, NULL},
    {"temperature", IN(NET_SOFTMAX), USED, NULL, NULL},
    {"tree", IN(NET_SOFTMAX), USED, NULL, NULL},
    {"spatial", IN(NET_SOFTMAX), USED, NULL, NULL},

    /* What this Darknet reads and a forward pass for one image does not need. */
    {"batch", NETS, TRAIN, NULL, NULL},
    {"subdivisions", NETS, TRAIN, NULL, NULL},
    {"learning_rate", NETS | LAYERS, TRAIN, NULL, NULL},
    {"momentum", NETS, TRAIN, NULL, NULL},
    {"decay", NETS, TRAIN, NULL, NULL},
    {"notruth", NETS, TRAIN, NULL, NULL},
    {"random", NETS, TRAIN, NULL, NULL},
    {"adam", NETS, TRAIN, NULL, NULL},
    {"B1", NETS, TRAIN, NULL, NULL},
    {"B2", NETS, TRAIN, NULL, NULL},
    {"eps", NETS, TRAIN, NULL, NULL},
    {"max_crop", NETS, TRAIN, NULL, NULL},
    {"min_crop", NETS, TRAIN, NULL, NULL},
    {"max_ratio", NETS, TRAIN, NULL, NULL},
    {"min_ratio", NETS, TRAIN, NULL, NULL},
    {"center", NETS, TRAIN, NULL, NULL},
    {"clip", NETS | LAYERS, TRAIN, NULL, NULL},
    {"angle", NETS | IN(NET_CROP), TRAIN, NULL, NULL},
    {"aspect", NETS, TRAIN, NULL, NULL},
    {"saturation", NETS | IN(NET_CROP), TRAIN, NULL, NULL},
    {"exposure", NETS | IN(NET_CROP), TRAIN, NULL, NULL},
    {"hue", NETS, TRAIN, NULL, NULL},
    {"flip", NETS | IN(NET_CROP), TRAIN, NULL, NULL},
    {"shift", NETS | IN(NET_CROP), TRAIN, NULL, NULL},
    {"jitter", NETS, TRAIN, NULL, NULL},
    {"policy", NETS, TRAIN, NULL, NULL},
    {"burn_in", NETS, TRAIN, NULL, NULL},
    {"power", NETS, TRAIN, NULL, NULL},
    {"gamma", NETS, TRAIN, NULL, NULL},
    {"max_batches", NETS, TRAIN, NULL, NULL},
    {"step", NETS, TRAIN, NULL, NULL},
    {"steps", NETS, TRAIN, NULL, NULL},
    {"scale", NETS | IN(NET_COST), TRAIN, NULL, NULL},
    {"scales", NETS, TRAIN, NULL, NULL},
    {"seen", NETS, TRAIN, NULL, NULL},
    {"truth", LAYERS, TRAIN, NULL, NULL},
    {"onlyforward", LAYERS, TRAIN, NULL, NULL},
    {"stopbackward", LAYERS, TRAIN, NULL, NULL},
    {"dontsave", LAYERS, TRAIN, NULL, NULL},
    {"smooth", LAYERS, TRAIN, NULL, NULL},
    {"dot", IN(NET_CONVOLUTIONAL) | IN(NET_DEPTHWISE), TRAIN, NULL, NULL},
    {"probability", IN(NET_DROPOUT), TRAIN, NULL, NULL},
    {"noloss", IN(NET_SOFTMAX), TRAIN, NULL, NULL},
    {"type", IN(NET_COST), TRAIN, NULL, NULL},
    {"ratio", IN(NET_COST), TRAIN, NULL, NULL},
    {"noobj", IN(NET_COST), TRAIN, NULL, NULL},
    {"thresh", IN(NET_COST), TRAIN, NULL, NULL},

    /* isplit's own, read by net_inserted.c: no network needs them, so they are not offered for misspelt ones.
     */
    {"inserted", NETS, TRAIN, NULL, NULL},
    {"code", NETS, TRAIN, NULL, NULL},

    /* The same, of newer forks. */
    {"adversarial_lr", NETS, TRAIN, NULL, NULL},
    {"attention", NETS, TRAIN, NULL, NULL},
    {"augment_speed", NETS, TRAIN, NULL, NULL},
    {"badlabels_rejection_percentage", NETS, TRAIN, NULL, NULL},
    {"badlabels_reject_threshold", NETS, TRAIN, NULL, NULL},
    {"batches_cycle_mult", NETS, TRAIN, NULL, NULL},
    {"batches_per_cycle", NETS, TRAIN, NULL, NULL},
    {"blur", NETS, TRAIN, NULL, NULL},
    {"contrastive", NETS, TRAIN, NULL, NULL},
    {"contrastive_color", NETS, TRAIN, NULL, NULL},
    {"contrastive_jit_flip", NETS, TRAIN, NULL, NULL},
    {"cutmix", NETS, TRAIN, NULL, NULL},
    {"dynamic_minibatch", NETS, TRAIN, NULL, NULL},
    {"ema_alpha", NETS, TRAIN, NULL, NULL},
    {"epsilon", NETS, TRAIN, NULL, NULL},
    {"equidistant_point", NETS, TRAIN, NULL, NULL},
    {"gaussian_noise", NETS, TRAIN, NULL, NULL},
    {"init_sequential_subdivisions", NETS, TRAIN, NULL, NULL},
    {"label_smooth_eps", NETS, TRAIN, NULL, NULL},
    {"learning_rate_min", NETS, TRAIN, NULL, NULL},
    {"letter_box", NETS, TRAIN, NULL, NULL},
    {"loss_scale", NETS, TRAIN, NULL, NULL},
    {"max_chart_loss", NETS, TRAIN, NULL, NULL},
    {"max_epochs", NETS, TRAIN, NULL, NULL},
    {"mini_batch", NETS, TRAIN, NULL, NULL},
    {"mixup", NETS, TRAIN, NULL, NULL},
    {"mosaic", NETS, TRAIN, NULL, NULL},
    {"mosaic_bound", NETS, TRAIN, NULL, NULL},
    {"num_sigmas_reject_badlabels", NETS, TRAIN, NULL, NULL},
    {"optimized_memory", NETS, TRAIN, NULL, NULL},
    {"resize", NETS, TRAIN, NULL, NULL},
    {"resize_step", NETS, TRAIN, NULL, NULL},
    {"reject_threshold", NETS, TRAIN, NULL, NULL},
    {"seq_scales", NETS, TRAIN, NULL, NULL},
    {"sequential_subdivisions", NETS, TRAIN, NULL, NULL},
    {"sgdr_cycle", NETS, TRAIN, NULL, NULL},
    {"sgdr_mult", NETS, TRAIN, NULL, NULL},
    {"swa", NETS, TRAIN, NULL, NULL},
    {"swa_lr", NETS, TRAIN, NULL, NULL},
    {"swa_start", NETS, TRAIN, NULL, NULL},
    {"track", NETS, TRAIN, NULL, NULL},
    {"try_fix_nan", NETS, TRAIN, NULL, NULL},
    {"unsupervised", NETS, TRAIN, NULL, NULL},
    {"weights_reject_freq", NETS, TRAIN, NULL, NULL},
    {"workspace_size_limit_MB", NETS, TRAIN, NULL, NULL},
    {"burnin_update", LAYERS, TRAIN, NULL, NULL},
    {"keep_delta_gpu", LAYERS, TRAIN, NULL, NULL},
    {"train_only_bn", LAYERS, TRAIN, NULL, NULL},
    {"stream", IN(NET_CONVOLUTIONAL) | IN(NET_ROUTE), TRAIN, NULL, NULL},
    {"wait_stream", IN(NET_CONVOLUTIONAL) | IN(NET_ROUTE), TRAIN, NULL, NULL},
    {"dropblock", IN(NET_DROPOUT), TRAIN, NULL, NULL},
    {"dropblock_size_abs", IN(NET_DROPOUT), TRAIN, NULL, NULL},
    {"dropblock_size_rel", IN(NET_DROPOUT), TRAIN, NULL, NULL},

    /* Keys that change the result in a way not implemented here. */
    {"time_steps", NETS, NEUTRAL, "1", RECURRENT},
    {"binary", CONVS, NEUTRAL, "0", BINARY},
    {"xnor", CONVS, NEUTRAL, "0", BINARY},
    {"bin_output", CONVS, NEUTRAL, "0", BINARY},
    {"flipped", CONVS, NEUTRAL, "0", "transposed convolution weights are not supported"},
    {"dontload", LAYERS, NEUTRAL, "0", PARTIAL},
    {"dontloadscales", LAYERS, NEUTRAL, "0", PARTIAL},
    {"numload", LAYERS, NEUTRAL, "0", PARTIAL},
    {"assisted_excitation", IN(NET_CONVOLUTIONAL), NEUTRAL, "0", FORK},
    {"cbn", IN(NET_CONVOLUTIONAL), NEUTRAL, "0", FORK},
    {"coordconv", IN(NET_CONVOLUTIONAL), NEUTRAL, "0", FORK},
    {"deform", IN(NET_CONVOLUTIONAL), NEUTRAL, "0", FORK},
    {"grad_centr", IN(NET_CONVOLUTIONAL), TRAIN, NULL, NULL},
    {"reverse", IN(NET_CONVOLUTIONAL), NEUTRAL, "0", FORK},
    {"rotate", IN(NET_CONVOLUTIONAL), NEUTRAL, "0", FORK},
    {"sam", IN(NET_CONVOLUTIONAL), NEUTRAL, "0", FORK},
    {"share_index", IN(NET_CONVOLUTIONAL), NEUTRAL, NULL, FORK},
    {"stretch", IN(NET_CONVOLUTIONAL), NEUTRAL, "0", FORK},
    {"stretch_sway", IN(NET_CONVOLUTIONAL), NEUTRAL, "0", FORK},
    {"sway", IN(NET_CONVOLUTIONAL), NEUTRAL, "0", FORK},
    {"maxpool_depth", IN(NET_MAXPOOL), NEUTRAL, "0", FORK},
    {"out_channels", IN(NET_MAXPOOL), NEUTRAL, "1", FORK},
    {"weights_type", IN(NET_SHORTCUT), NEUTRAL, "none", FORK},
    {"weights_normalization", IN(NET_SHORTCUT), NEUTRAL, "none", FORK},
    {"weights_normalizion", IN(NET_SHORTCUT), NEUTRAL, "none", FORK},
    {"scale_x_y", LAYERS, NEUTRAL, "1", FORK},
};

enum { KEYS_N = sizeof keys / sizeof *keys };

/* All section names: [net], those of the layer kinds, and the refused ones; kinds[] gives the kind of each,
 * -1: refused. Returns how many. */
enum { NAMES_MAX = 2 + 2 * NET_KINDS + REFUSED_N };
static int list_sections(const char *names[NAMES_MAX + 1], int kinds[NAMES_MAX])
{
    int n = 0;
    names[n] = "net", kinds[n++] = CFG_KEYS_NET;
    names[n] = "network", kinds[n++] = CFG_KEYS_NET;
    for (int kind = 0; kind < NET_KINDS; kind++) {
        names[n] = layer_kinds[kind].name, kinds[n++] = kind;
        if (layer_kinds[kind].alias)
            names[n] = layer_kinds[kind].alias, kinds[n++] = kind;
    }
    for (int i = 0; i < REFUSED_N; i++)
        names[n] = refused[i], kinds[n++] = -1;
    names[n] = NULL;
    return n;
}

static int section_kind(const struct cfg *cfg, const struct cfg_section *s, struct error *e)
{
    const char *names[NAMES_MAX + 1];
    int kinds[NAMES_MAX], n = list_sections(names, kinds), i = 0;
    while (i < n && strcmp(s->type, names[i]) != 0)
        i++;
    if (i < n && kinds[i] < 0)
        return error_at(e, cfg->path, s->line,
                        "section [%s] is not supported (expected layers of an image classifier: %s)", s->type,
                        "convolutional, maxpool, connected, shortcut, route, ...");
    if (i < n)
        return kinds[i];
    char q[CFG_QUOTED];
    const char *near = strlen(s->type) < 40 ? text_nearest(s->type, names) : NULL;
    if (near)
        return error_at(e, cfg->path, s->line, "unknown section %s (did you mean [%s]?)",
                        cfg_quote(q, s->type), near);
    return error_at(e, cfg->path, s->line, "unknown section %s (expected a layer such as [convolutional])",
                    cfg_quote(q, s->type));
}

static bool is_neutral(const struct key *key, const char *value)
{
    float given, neutral;
    if (!key->neutral)
        return false;
    if (text_to_float(value, &given) && text_to_float(key->neutral, &neutral))
        return given >= neutral && given <= neutral;
    return strcmp(value, key->neutral) == 0;
}

static int cfg_keys_refuse(const struct cfg *cfg, const struct cfg_section *s, const struct cfg_option *o,
                           const struct key *key, struct error *e)
{
    char q[CFG_QUOTED];
    if (key->neutral)
        return error_at(e, cfg->path, o->line,
                        "%s=%s in [%s] is not supported: %s (expected %s or no such key)", o->key,
                        cfg_quote(q, o->value), s->type, key->why, key->neutral);
    return error_at(e, cfg->path, o->line, "%s=%s in [%s] is not supported: %s (expected no such key)",
                    o->key, cfg_quote(q, o->value), s->type, key->why);
}

/* Names the nearest key of this section, else the nearest of any; a key that belongs in other sections gets a
 * message saying so. */
static int cfg_keys_unknown(const struct cfg *cfg, const struct cfg_section *s, const struct cfg_option *o,
                            unsigned here, struct error *e)
{
    const char *local[KEYS_N + 1] = {NULL}, *used[KEYS_N + 1] = {NULL};
    int local_n = 0, used_n = 0;
    bool elsewhere = false;
    for (int i = 0; i < KEYS_N; i++) {
        elsewhere = elsewhere || strcmp(o->key, keys[i].name) == 0;
        if (!(keys[i].where & here) || keys[i].use == NEUTRAL)
            continue;
        local[local_n++] = keys[i].name;
        if (keys[i].use == USED)
            used[used_n++] = keys[i].name;
    }
    char q[CFG_QUOTED];
    cfg_quote(q, o->key);
    if (elsewhere)
        return error_at(e, cfg->path, o->line, "key %s does not belong in [%s]", q, s->type);

    const char *near = NULL;
    if (strlen(o->key) < 40 && !(near = text_nearest(o->key, used)))
        near = text_nearest(o->key, local);
    if (near)
        return error_at(e, cfg->path, o->line, "unknown key %s in [%s] (did you mean '%s'?)", q, s->type,
                        near);

    char *list = NULL;
    for (int i = 0; i < used_n; i++)
        text_list_append(&list, "%s", used[i]);
    error_at(e, cfg->path, o->line, "unknown key %s in [%s] (expected %s)", q, s->type,
             list ? list : "no such key");
    free(list);
    return -1;
}

static int check_option(const struct cfg *cfg, const struct cfg_section *s, const struct cfg_option *o,
                        unsigned here, struct error *e)
{
    for (int i = 0; i < KEYS_N; i++) {
        if (!(keys[i].where & here) || strcmp(keys[i].name, o->key) != 0)
            continue;
        if (keys[i].use == NEUTRAL && !is_neutral(&keys[i], o->value))
            return cfg_keys_refuse(cfg, s, o, &keys[i], e);
        return 0;
    }
    return cfg_keys_unknown(cfg, s, o, here, e);
}

int cfg_keys_check(const struct cfg *cfg, const struct cfg_section *section, struct error *e)
{
    int kind = section_kind(cfg, section, e);
    if (kind < 0)
        return -1;
    for (int i = 0; i < section->options_n; i++)
        if (check_option(cfg, section, &section->options[i], IN(kind), e) < 0)
            return -1;
    return kind;
}
