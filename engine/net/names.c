#include "net/names.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "net/cuts.h"
#include "net/layers.h"

static bool is_conv(const struct net_layer *l)
{
    return layer_kinds[l->kind].convolves;
}

__attribute__((format(printf, 2, 3))) static void set_name(struct net_layer *l, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(l->name, sizeof l->name, format, args);
    va_end(args);
}

/* `stem`: in a residual net the layers before its first block output, whose one pool is "maxpool" however
 * many more stand inside the blocks; else 0. */
static void name_by_kind(struct net *net, int stem)
{
    bool residual = stem > 0;
    int total[NET_KINDS] = {0}, running[NET_KINDS] = {0};
    for (int i = 0; i < net->layers_n; i++)
        total[net->layers[i].kind] += !residual || net->layers[i].kind != NET_MAXPOOL || i < stem;
    for (int i = 0; i < net->layers_n; i++) {
        struct net_layer *l = &net->layers[i];
        enum net_kind k = l->kind;
        bool maxpool = residual && k == NET_MAXPOOL;
        bool alone = total[k] == 1 && (maxpool ? i < stem : layer_kinds[k].single);
        const char *word = maxpool ? "maxpool" : layer_kinds[k].short_name;
        running[k]++;
        if (alone)
            set_name(l, "%s", word);
        else
            set_name(l, "%s%d", word, running[k]);
    }
}

static bool is_plain_chain(const struct net *net, const struct cuts *cuts)
{
    int pools = 0;
    for (int i = 0; i < net->layers_n; i++) {
        const struct net_layer *l = &net->layers[i];
        if (l->inputs_n != 1 || l->inputs[0] != i - 1)
            return false;
        if (i >= cuts_classifier(cuts))
            continue;
        if (!layer_kinds[l->kind].chains)
            return false;
        pools += l->kind == NET_MAXPOOL;
    }
    return pools >= 2;
}

static void name_plain_chain(struct net *net, const struct cuts *cuts)
{
    int block = 1, conv = 0;
    for (int i = 0; i < cuts_classifier(cuts); i++) {
        struct net_layer *l = &net->layers[i];
        if (l->kind == NET_CONVOLUTIONAL) {
            set_name(l, "block%d_conv%d", block, ++conv);
        } else if (l->kind == NET_MAXPOOL) {
            set_name(l, "block%d_pool", block++);
            conv = 0;
        }
    }
}

static bool is_block_output(const struct net *net, const struct cuts *cuts, int layer)
{
    return net->layers[layer].kind == NET_SHORTCUT && cuts_is_own(cuts, layer);
}

static bool names_same_shape(struct net_shape a, struct net_shape b)
{
    return a.c == b.c && a.h == b.h && a.w == b.w;
}

/* A residual block: layers entry+1..end, where `entry` is the last clean cut before `end`. */
struct block {
    int entry, end;
    int stage, number;
};

/* Follows a branch back from `layer` to the block's entry: sets bit `mark` in on[], an array indexed by
 * layer - entry. */
static void mark_branch(const struct net *net, const struct block *b, int layer, unsigned char *on, int mark)
{
    for (; layer > b->entry; layer = net->layers[layer].inputs[0])
        on[layer - b->entry] |= (unsigned char)mark;
}

static int branch_convs(const struct net *net, const struct block *b, const unsigned char *on, int mark)
{
    int convs = 0;
    for (int i = b->entry + 1; i < b->end; i++)
        convs += on[i - b->entry] == mark && is_conv(&net->layers[i]);
    return convs;
}

static void name_block(struct net *net, const struct block *b)
{
    const struct net_layer *end = &net->layers[b->end];
    unsigned char *on = memory_new((size_t)(b->end - b->entry), 1);
    mark_branch(net, b, end->inputs[0], on, 1);
    mark_branch(net, b, end->inputs[1], on, 2);
    int first = branch_convs(net, b, on, 1), second = branch_convs(net, b, on, 2);
    /* The projection is the branch with fewer convs; an identity shortcut has no branch of its own. */
    int projection = first == 0 || second == 0 ? 0 : first < second ? 1 : 2;
    int projection_n = first < second ? first : second;
    int conv = 0, down = 0, others[NET_KINDS] = {0};
    for (int i = b->entry + 1; i < b->end; i++) {
        struct net_layer *l = &net->layers[i];
        bool of_projection = projection && on[i - b->entry] == projection && is_conv(l);
        if (of_projection && projection_n == 1)
            set_name(l, "layer%d_block%d_downsample", b->stage, b->number);
        else if (of_projection)
            set_name(l, "layer%d_block%d_downsample%d", b->stage, b->number, ++down);
        else if (l->kind == NET_CONVOLUTIONAL)
            set_name(l, "layer%d_block%d_conv%d", b->stage, b->number, ++conv);
        else
            set_name(l, "layer%d_block%d_%s%d", b->stage, b->number, layer_kinds[l->kind].short_name,
                     ++others[l->kind]);
    }
    set_name(&net->layers[b->end], "layer%d_block%d", b->stage, b->number);
    free(on);
}

/* Layers after block `before` up to the entry of block `after`; `numbers` run on through a stage. */
static void name_between(struct net *net, const struct block *before, const struct block *after,
                         int numbers[NET_KINDS])
{
    struct net_shape shape = net->layers[before->end].out;
    int stage = before->stage;
    for (int i = before->end + 1; i <= after->entry; i++) {
        struct net_layer *l = &net->layers[i];
        if (stage != after->stage && !names_same_shape(l->out, shape)) {
            stage = after->stage;
            memset(numbers, 0, NET_KINDS * sizeof *numbers);
        }
        set_name(l, "layer%d_%s%d", stage, layer_kinds[l->kind].short_name, ++numbers[l->kind]);
    }
    if (stage != after->stage)
        memset(numbers, 0, NET_KINDS * sizeof *numbers);
}

static void name_residual(struct net *net, const struct cuts *cuts)
{
    struct block before = {0};
    int clean = NET_INPUT;
    int between[NET_KINDS] = {0};
    for (int i = 0; i < net->layers_n; i++) {
        if (is_block_output(net, cuts, i)) {
            struct block b = {.entry = clean, .end = i, .stage = before.stage, .number = before.number + 1};
            if (before.stage == 0 || !names_same_shape(net->layers[i].out, net->layers[before.end].out)) {
                b.stage = before.stage + 1;
                b.number = 1;
            }
            if (before.stage > 0)
                name_between(net, &before, &b, between);
            name_block(net, &b);
            before = b;
        }
        if (cuts_is_own(cuts, i))
            clean = i;
    }
}

static void names_assign_plain(struct net *net)
{
    struct cuts *cuts = cuts_make(net);
    int stem = 0;
    while (stem < net->layers_n && !is_block_output(net, cuts, stem))
        stem++;
    bool residual = stem < net->layers_n;
    name_by_kind(net, residual ? stem : 0);
    if (residual)
        name_residual(net, cuts);
    else if (is_plain_chain(net, cuts))
        name_plain_chain(net, cuts);
    cuts_free(cuts);
}

static bool names_is_inserted(const struct net *net, int layer)
{
    return net->inserted.n > 0 && layer >= net->inserted.first && layer <= net->inserted.last;
}

/* The network without its bottleneck and its identities, as far as naming looks at it; from[i]: its layer i
 * in the network. Whoever reads what is left out reads what that reads. */
static struct net names_plain(const struct net *net, int *from)
{
    struct net plain = {.in = net->in, .layers = memory_new((size_t)net->layers_n, sizeof *plain.layers)};
    int *to = memory_new((size_t)net->layers_n + 1, sizeof *to); /* [1 + layer] */
    to[0] = NET_INPUT;
    for (int i = 0; i < net->layers_n; i++) {
        const struct net_layer *old = &net->layers[i];
        if (names_is_inserted(net, i) || net_layer_is_identity(old)) {
            to[1 + i] = to[1 + old->inputs[0]];
            continue;
        }
        struct net_layer *l = &plain.layers[plain.layers_n];
        *l = *old;
        l->inputs = memory_new((size_t)l->inputs_n, sizeof *l->inputs);
        for (int k = 0; k < l->inputs_n; k++)
            l->inputs[k] = to[1 + old->inputs[k]];
        from[plain.layers_n] = i;
        to[1 + i] = plain.layers_n++;
    }
    free(to);
    return plain;
}

/* The names of what has no part in those of others. */
static void names_assign_left_out(struct net *net)
{
    int identities = 0;
    for (int i = 0; i < net->layers_n; i++) {
        struct net_layer *l = &net->layers[i];
        if (names_is_inserted(net, i) && i <= net->inserted.sent)
            set_name(l, "encoder%d", i - net->inserted.first + 1);
        else if (names_is_inserted(net, i))
            set_name(l, "decoder%d", i - net->inserted.sent);
        else if (net_layer_is_identity(l))
            set_name(l, NET_IDENTITY "%d", ++identities);
    }
}

void names_assign(struct net *net)
{
    int *from = memory_new((size_t)net->layers_n, sizeof *from);
    struct net plain = names_plain(net, from);
    if (plain.layers_n > 0)
        names_assign_plain(&plain);
    names_assign_left_out(net);
    for (int i = 0; i < plain.layers_n; i++) {
        set_name(&net->layers[from[i]], "%s", plain.layers[i].name);
        free(plain.layers[i].inputs);
    }
    free(plain.layers);
    free(from);
}
