#include "partition/bottleneck.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "net/possible.h"

static const struct {
    const char *name;
    bool counts; /* a number follows the name */
} bottleneck_forms[] = {
    [BOTTLENECK_NONE] = {"none", false},
    [BOTTLENECK_RATIO] = {"ratio", false},
    [BOTTLENECK_FLOATS] = {"floats", true},
    [BOTTLENECK_BYTES] = {"bytes", true},
};

int bottleneck_read(const char *word, struct bottleneck *b, struct error *e)
{
    for (int i = 0; i <= BOTTLENECK_BYTES; i++) {
        size_t length = strlen(bottleneck_forms[i].name);
        *b = (struct bottleneck){.form = (enum bottleneck_form)i};
        if (strncmp(word, bottleneck_forms[i].name, length) != 0)
            continue;
        if (!bottleneck_forms[i].counts && word[length] == '\0')
            return 0;
        if (bottleneck_forms[i].counts && word[length] == ':' && text_to_long(word + length + 1, &b->n) &&
            b->n > 0 && b->n <= INT32_MAX)
            return 0;
    }
    char *shown = text_escape(word);
    error_set(e, "'%.80s' is no bottleneck (expected none, ratio, floats:N or bytes:N, N numbers from 1 up)",
              shown);
    free(shown);
    return -1;
}

char *bottleneck_word(const struct bottleneck *b)
{
    const char *name = bottleneck_forms[b->form].name;
    return bottleneck_forms[b->form].counts ? memory_format("%s:%ld", name, b->n) : memory_copy(name);
}

/* ---- Shapes ----------------------------------------------------------------------------------------- */

static int at_least_one(int n)
{
    return n > 1 ? n : 1;
}

static bool is_pixel(struct net_shape s)
{
    return s.h == 1 && s.w == 1;
}

/* The sides of `s` halved, with other channels. */
static struct net_shape halved(struct net_shape s, int channels)
{
    return (struct net_shape){at_least_one(channels), (s.h + 1) / 2, (s.w + 1) / 2};
}

/* Between the two convolutions of ratio's encoder. */
static struct net_shape ratio_middle(struct net_shape cut)
{
    struct net_shape middle = halved(cut, cut.c / 8);
    if (is_pixel(middle))
        middle.c = at_least_one(cut.c / 4);
    return middle;
}

static int side_parts(int side)
{
    return side < 4 ? side : 4;
}

static int64_t patches(struct net_shape cut, int k)
{
    return (int64_t)(cut.h / k) * (cut.w / k);
}

/* The side of the patches, k. */
static int patch_side(struct net_shape cut)
{
    int rows = side_parts(cut.h), columns = side_parts(cut.w);
    int a = cut.h / rows, b = cut.w / columns, shorter = cut.h < cut.w ? cut.h : cut.w;
    int first = a < b ? a : b, last = a < b ? b : a, best = first;
    const int64_t wanted = (int64_t)rows * columns;
    for (int k = first; k <= last && k <= shorter; k++)
        if (llabs(patches(cut, k) - wanted) < llabs(patches(cut, best) - wanted))
            best = k;
    return best;
}

struct net_shape bottleneck_code(const struct bottleneck *b, struct net_shape cut)
{
    if (b->form == BOTTLENECK_NONE)
        return cut;
    if (b->form == BOTTLENECK_RATIO)
        return halved(ratio_middle(cut), cut.c / 4);
    int k = patch_side(cut);
    int64_t channels = b->n / patches(cut, k);
    return (struct net_shape){channels > 1 ? (int)channels : 1, cut.h / k, cut.w / k};
}

/* ---- Whether it can be made ------------------------------------------------------------------------- */

/* Darknet gives such a layer no width, height and channels, which a convolution needs. */
static bool is_flat(const struct net *net, int layer)
{
    while (layer >= 0 &&
           (net->layers[layer].kind == NET_ACTIVATION || net->layers[layer].kind == NET_DROPOUT))
        layer--;
    return layer >= 0 && net->layers[layer].kind == NET_REORG && net->layers[layer].extra > 0;
}

static int check_place(const struct net *net, int layer, struct error *e)
{
    const char *name = net->layers[layer].name;
    if (net->inserted.n > 0)
        return error_set(e, "the network has a bottleneck already, layers %d to %d (expected none)",
                         net->inserted.first, net->inserted.last);
    if (layer >= net->score)
        return error_set(
            e,
            "cannot put a bottleneck after layer %d (%s): the scores are there, no layer is left to "
            "compute them",
            layer, name);
    if (is_flat(net, layer))
        return error_set(e,
                         "cannot put a bottleneck after layer %d (%s): it gives a plain vector, which no "
                         "convolution of Darknet reads",
                         layer, name);
    return 0;
}

int bottleneck_fits(const struct bottleneck *b, struct net_shape cut, struct error *e)
{
    struct net_shape code = bottleneck_code(b, cut);
    int64_t sent = net_shape_size(code), whole = net_shape_size(cut);
    if (b->form == BOTTLENECK_NONE)
        return 0;
    if (b->form != BOTTLENECK_RATIO && sent > b->n)
        return error_set(
            e, "a code of %dx%d places has %" PRId64 " numbers at least (expected %s:%" PRId64 " or more)",
            code.h, code.w, sent, bottleneck_forms[b->form].name, sent);
    if (sent >= whole)
        return error_set(e, "its code of %" PRId64 " numbers is no smaller than the cut's tensor of %" PRId64,
                         sent, whole);
    return 0;
}

static int check_sent(const struct net_layer *l, int layer, const struct bottleneck *b, struct error *e)
{
    struct error why;
    if (bottleneck_fits(b, l->out, &why) == 0)
        return 0;
    char *word = bottleneck_word(b);
    error_set(e, "bottleneck %s after layer %d (%s): %s", word, layer, l->name, why.text);
    free(word);
    return -1;
}

int bottleneck_possible(const struct net *net, int layer, const struct bottleneck *b, struct error *e)
{
    struct table *table = table_make(net);
    int status = partition_possible(table, layer, e);
    table_free(table);
    if (status < 0 || b->form == BOTTLENECK_NONE)
        return status;
    return check_place(net, layer, e) < 0 ? -1 : check_sent(&net->layers[layer], layer, b, e);
}

/* ---- Its layers ------------------------------------------------------------------------------------- */

struct bottleneck_writer {
    FILE *out;
    int layers; /* written */
};

/* `activation`: with batch norm and ReLU, else linear. With a padding of size/2 pixels, or without. */
static void put_convolution(struct bottleneck_writer *w, int filters, int size, int stride, bool pad,
                            bool activation)
{
    fprintf(w->out, "\n[convolutional]\n%sfilters=%d\nsize=%d\nstride=%d\npad=%d\nactivation=%s\n",
            activation ? "batch_normalize=1\n" : "", filters, size, stride, pad,
            activation ? "relu" : "linear");
    w->layers++;
}

static void put_crop(struct bottleneck_writer *w, struct net_shape to)
{
    fprintf(w->out, "\n[crop]\ncrop_height=%d\ncrop_width=%d\nnoadjust=1\n", to.h, to.w);
    w->layers++;
}

static void put_upsample(struct bottleneck_writer *w)
{
    fputs("\n[upsample]\nstride=2\n", w->out);
    w->layers++;
}

static void put_halving(struct bottleneck_writer *w, struct net_shape from, struct net_shape to)
{
    bool halves = !is_pixel(from);
    put_convolution(w, to.c, halves ? 3 : 1, halves ? 2 : 1, halves, true);
}

/* Back from `from` to `to`, of which it is the half. */
static void put_doubling(struct bottleneck_writer *w, struct net_shape from, struct net_shape to,
                         bool activation)
{
    if (is_pixel(to)) {
        put_convolution(w, to.c, 1, 1, false, activation);
        return;
    }
    bool row = 2 * from.h > to.h, column = 2 * from.w > to.w; /* one too many */
    put_upsample(w);
    if (row != column)
        put_crop(w, to);
    put_convolution(w, to.c, row && column ? 2 : 3, 1, !(row && column), activation);
}

static int write_ratio(struct bottleneck_writer *w, struct net_shape cut, struct net_shape code)
{
    struct net_shape middle = ratio_middle(cut);
    put_halving(w, cut, middle);
    put_halving(w, middle, code);
    int encoder = w->layers;
    put_doubling(w, code, middle, true);
    put_doubling(w, middle, cut, false);
    return encoder;
}

static int write_patches(struct bottleneck_writer *w, struct net_shape cut, struct net_shape code)
{
    int k = patch_side(cut);
    bool edges = code.h * k < cut.h || code.w * k < cut.w;
    put_convolution(w, code.c, k, k, false, false);
    int encoder = w->layers;
    put_convolution(w, cut.c * k * k, edges ? 2 : 1, 1, edges, false);
    if (k > 1) {
        fprintf(w->out, "\n[reorg]\nstride=%d\nreverse=1\n", k);
        w->layers++;
    }
    if (edges)
        put_crop(w, cut);
    return encoder;
}

int bottleneck_write_layers(FILE *out, const struct bottleneck *b, struct net_shape cut, int *encoder)
{
    struct bottleneck_writer w = {.out = out};
    struct net_shape code = bottleneck_code(b, cut);
    *encoder = 0;
    if (b->form == BOTTLENECK_RATIO)
        *encoder = write_ratio(&w, cut, code);
    else if (b->form != BOTTLENECK_NONE)
        *encoder = write_patches(&w, cut, code);
    return w.layers;
}

struct table *bottleneck_table(const struct bottleneck *b, struct net_shape cut, int *encoder)
{
    struct error e;
    char *text;
    size_t length;
    *encoder = 0;
    if (b->form == BOTTLENECK_NONE)
        return NULL;
    FILE *out = memory_stream(&text, &length);
    fprintf(out, "[net]\nchannels=%d\nheight=%d\nwidth=%d\n", cut.c, cut.h, cut.w);
    bottleneck_write_layers(out, b, cut, encoder);
    fclose(out);
    struct net *net = net_parse(text, length, "bottleneck", &e);
    struct table *table = net ? table_make(net) : NULL;
    net_free(net);
    free(text);
    return table;
}
