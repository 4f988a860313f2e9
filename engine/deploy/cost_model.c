#include "deploy/cost_model.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "features/frame.h"
#include "net/possible.h"

struct cost_model cost_model_default(const struct table *table)
{
    return (struct cost_model){
        .edge_speed = 1,
        .server_speed = 1,
        .answer = (int64_t)sizeof(float) * (table_is_single(table) ? 1 : table->classes),
        .joule_mac = NAN,
    };
}

/* What is known of the two placements without a cut. */
static struct placement new_cut(enum placement_kind kind)
{
    return (struct placement){
        .kind = kind, .layer = -1, .cui = NAN, .log10_cui = NAN, .pick_share = NAN, .accuracy = NAN};
}

/* What it takes to send so many bytes (-1: unknown), where the head's energy is known already. */
static void add_link(const struct cost_model *d, int64_t bytes, struct placement *c)
{
    bool sends = c->kind != PLACEMENT_ALL_DEVICE, known = bytes >= 0;
    c->bytes = bytes;
    c->transfer_ms = !sends ? 0 : known ? link_exchange_ms(&d->link, bytes, d->answer) : NAN;
    c->link_joules = !sends ? 0 : known ? link_joules(&d->link, bytes) : NAN;
    /* A partial sum would favour placements that only send or only compute. */
    bool summed = !isnan(d->joule_mac) && !isnan(link_joules(&d->link, 0));
    c->joules = summed ? c->head_joules + c->link_joules : NAN;
}

/* The cost of running layers 0..last on the device and the rest on the server, with `bytes` sent between
 * them; -1: unknown. */
static void add_costs(const struct cost_model *d, const struct table *table, int last, int64_t bytes,
                      struct placement *c)
{
    const struct table_row *head = last >= 0 ? &table->rows[last] : NULL;
    c->head_ms = device_ms(d->edge, 0, last) / d->edge_speed;
    c->tail_ms = device_ms(d->server, last + 1, table->rows_n - 1) / d->server_speed;
    c->memory = head ? 4 * head->head_params + head->head_peak_bytes : 0;
    c->head_joules = head ? (double)head->head_macs * d->joule_mac : 0;
    add_link(d, bytes, c);
}

static int64_t split_bytes(const struct cost_model *d, const struct table_row *row, int layer)
{
    if (d->coder == CODER_NONE)
        return FRAME_EXTRA + dtype_bytes(d->type, row->cut_bytes);
    const struct feature *measured = features_find(d->features, layer, d->type, d->coder);
    return measured && !isnan(measured->coded.value) ? (int64_t)ceil(measured->coded.value) : -1;
}

static void add_worth(const struct curve_point *p, struct placement *c)
{
    c->cui = p->cui;
    c->log10_cui = p->log10_cui;
    c->rank = p->rank;
    c->candidate = p->local_max;
}

static struct placement split_at(const struct cost_model *d, const struct table *table, int layer)
{
    struct placement c = new_cut(PLACEMENT_SPLIT);
    const struct feature *measured = features_find_dtype(d->features, layer, d->type);
    struct error why;
    c.layer = layer;
    if (measured)
        c.accuracy = measured->correct.value;
    if (partition_possible(table, layer, &why) < 0)
        c.other = memory_copy(why.text);
    add_costs(d, table, layer, split_bytes(d, &table->rows[layer], layer), &c);
    return c;
}

/* f32 loses nothing, wherever the cut is: the accuracy of the whole network. */
static double whole_accuracy(const struct features *f)
{
    for (int i = 0; f && i < f->rows_n; i++)
        if (f->rows[i].type == DTYPE_F32)
            return f->rows[i].correct.value;
    return NAN;
}

struct placement *cost_model_placements(const struct cost_model *d, const struct table *table,
                                        const int *layers, int n, const struct curve_point *points,
                                        const double *pick_share)
{
    struct placement *cuts = memory_new((size_t)n + 2, sizeof *cuts);
    int64_t input = d->input ? d->input : dtype_bytes(d->type, 4 * net_shape_size(table->in));
    cuts[0] = new_cut(PLACEMENT_ALL_SERVER);
    add_costs(d, table, -1, input, &cuts[0]);
    for (int i = 0; i < n; i++) {
        cuts[i + 1] = split_at(d, table, layers[i]);
        if (points)
            add_worth(&points[i], &cuts[i + 1]);
        if (pick_share)
            cuts[i + 1].pick_share = pick_share[i];
    }
    cuts[n + 1] = new_cut(PLACEMENT_ALL_DEVICE);
    add_costs(d, table, table->rows_n - 1, 0, &cuts[n + 1]);
    cuts[0].accuracy = cuts[n + 1].accuracy = whole_accuracy(d->features);
    return cuts;
}

/* The time for multiply-adds of layers that nobody has measured: as fast as the network's own on average. */
static double inserted_ms(const struct device *device, const struct table *table, int64_t macs)
{
    int last = table->rows_n - 1;
    double all = (double)table->rows[last].head_macs;
    return macs == 0 ? 0 : all > 0 ? (double)macs / all * device_ms(device, 0, last) : NAN;
}

void cost_model_insert(const struct cost_model *d, const struct table *table, const struct table *inserted,
                       int encoder, enum dtype type, struct placement *c)
{
    const struct table_row *head = &table->rows[c->layer], *code = &inserted->rows[encoder - 1];
    int64_t peak =
        head->head_peak_bytes > code->head_peak_bytes ? head->head_peak_bytes : code->head_peak_bytes;
    c->head_ms += inserted_ms(d->edge, table, code->head_macs) / d->edge_speed;
    c->tail_ms += inserted_ms(d->server, table, code->tail_macs) / d->server_speed;
    c->memory = 4 * (head->head_params + code->head_params) + peak;
    c->head_joules += (double)code->head_macs * d->joule_mac;
    add_link(d, d->coder != CODER_NONE ? -1 : FRAME_EXTRA + dtype_bytes(type, code->cut_bytes), c);
}

void cost_model_free(struct placement *cuts, int n)
{
    for (int i = 0; cuts && i < n; i++)
        free(cuts[i].other);
    free(cuts);
}
