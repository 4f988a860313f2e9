#include "deploy/cost_model.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "features/frame.h"
#include "features/holds.h"
#include "features/measured_pictures.h"
#include "features/rate_curves.h"
#include "net/possible.h"

struct cost_model cost_model_default(const struct table *table)
{
    return (struct cost_model){
        .edge_speed = 1,
        .server_speed = 1,
        .answer = (int64_t)sizeof(float) * (table_is_single(table) ? 1 : table->classes),
        .max_drop = NAN,
        .joule_mac = NAN,
        .stored = NAN,
    };
}

/* What is known of the two placements without a cut. */
static struct placement new_cut(enum placement_kind kind)
{
    return (struct placement){.kind = kind,
                              .layer = -1,
                              .cui = NAN,
                              .log10_cui = NAN,
                              .pick_share = NAN,
                              .accuracy = NAN,
                              .picture_bytes = NAN,
                              .jpeg = {NAN, NAN, NAN}};
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
    c->memory = head ? dtype_bytes(d->head_type, 4 * head->head_params + head->head_peak_bytes) : 0;
    c->head_joules = head ? (double)head->head_macs * d->joule_mac : 0;
    add_link(d, bytes, c);
}

/* Without a coder: the numbers in their frame. */
static int64_t frame_bytes(enum dtype type, int64_t bytes_f32)
{
    return FRAME_EXTRA + dtype_bytes(type, bytes_f32);
}

static int64_t split_bytes(const struct cost_model *d, const struct table_row *row, int layer,
                           const struct feature *sent)
{
    if (!isnan(d->max_drop))
        return sent ? (int64_t)ceil(sent->coded.value) : -1;
    if (d->coder == CODER_NONE)
        return frame_bytes(d->type, row->cut_bytes);
    const struct feature *measured = features_find(d->features, layer, d->type, d->coder);
    return measured && !isnan(measured->coded.value) ? (int64_t)ceil(measured->coded.value) : -1;
}

/* How the split compares with the pictures themselves. */
static void add_pictures(const struct rate_curves *curves, struct placement *c)
{
    const struct rate_mark *picture = rate_curves_picture(curves, c->accuracy);
    const struct rate_curve *curve = rate_curves_find(curves, c->layer);
    if (picture) {
        c->picture_bytes = picture->at.cost;
        c->picture_quality = picture->quality;
    }
    if (curve)
        c->jpeg = curve->jpeg;
}

static void add_worth(const struct curve_point *p, struct placement *c)
{
    c->cui = p->cui;
    c->log10_cui = p->log10_cui;
    c->rank = p->rank;
    c->candidate = p->local_max;
}

/* As it was measured where isplit features ran: how fast the devices code is not known otherwise. */
static void add_coding(const struct cost_model *d, const struct feature *sent, struct placement *c)
{
    if (!sent)
        return;
    c->encode_ms = sent->encode_ms / d->edge_speed;
    c->decode_ms = sent->decode_ms / d->server_speed;
    c->head_ms += c->encode_ms;
    c->tail_ms += c->decode_ms;
}

static void choose_dtype(const struct cost_model *d, struct placement *c)
{
    struct hold holds[DTYPES];
    holds_judge(d->features, c->layer, d->max_drop, holds);
    c->sent = holds_cheapest(holds);
    c->fewer = c->sent ? holds_why(holds, c->sent) : NULL;
}

static struct placement split_at(const struct cost_model *d, const struct table *table, int layer)
{
    struct placement c = new_cut(PLACEMENT_SPLIT);
    const struct feature *measured = features_find_dtype(d->features, layer, d->type);
    struct error why;
    c.layer = layer;
    if (!isnan(d->max_drop)) {
        choose_dtype(d, &c);
        measured = c.sent;
    }
    if (measured)
        c.accuracy = features_right(d->features, measured);
    if (partition_possible(table, layer, &why) < 0)
        c.other = memory_copy(why.text);
    add_costs(d, table, layer, split_bytes(d, &table->rows[layer], layer, c.sent), &c);
    add_coding(d, isnan(d->max_drop) ? features_find(d->features, layer, d->type, d->coder) : c.sent, &c);
    return c;
}

const char *const input_from_words[] = {"given", "files", "features", "pixels", NULL};

int64_t cost_model_input(const struct cost_model *d, const struct table *table, enum input_from *from)
{
    const struct features *f = d->features;
    double bytes = d->stored;
    *from = d->input ? INPUT_GIVEN : INPUT_STORED;
    for (int i = 0; isnan(bytes) && f && i < f->pictures_n; i++)
        if (f->pictures[i].quality == PICTURES_STORED) {
            bytes = f->pictures[i].bytes.value;
            *from = d->input ? INPUT_GIVEN : INPUT_MEASURED;
        }
    if (d->input)
        return d->input;
    if (!isnan(bytes))
        return (int64_t)ceil(bytes);
    *from = INPUT_PIXELS;
    return net_shape_size(table->in);
}

struct placement *cost_model_placements(const struct cost_model *d, const struct table *table,
                                        const int *layers, int n, const struct curve_point *points,
                                        const double *pick_share)
{
    struct placement *cuts = memory_new((size_t)n + 2, sizeof *cuts);
    enum input_from from;
    struct rate_curves curves = rate_curves_make(d->features, false);
    cuts[0] = new_cut(PLACEMENT_ALL_SERVER);
    add_costs(d, table, -1, cost_model_input(d, table, &from), &cuts[0]);
    for (int i = 0; i < n; i++) {
        cuts[i + 1] = split_at(d, table, layers[i]);
        add_pictures(&curves, &cuts[i + 1]);
        if (points)
            add_worth(&points[i], &cuts[i + 1]);
        if (pick_share)
            cuts[i + 1].pick_share = pick_share[i];
    }
    cuts[n + 1] = new_cut(PLACEMENT_ALL_DEVICE);
    add_costs(d, table, table->rows_n - 1, 0, &cuts[n + 1]);
    cuts[0].accuracy = cuts[n + 1].accuracy = features_whole(d->features);
    rate_curves_free(&curves);
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
    c->head_ms += inserted_ms(d->edge, table, code->head_macs) / d->edge_speed - c->encode_ms;
    c->tail_ms += inserted_ms(d->server, table, code->tail_macs) / d->server_speed - c->decode_ms;
    c->encode_ms = c->decode_ms = 0; /* measured of another tensor, as the following is */
    c->memory = dtype_bytes(d->head_type, 4 * (head->head_params + code->head_params) + peak);
    c->picture_bytes = NAN;
    c->jpeg = (struct rate_difference){NAN, NAN, NAN};
    c->head_joules += (double)code->head_macs * d->joule_mac;
    add_link(d, d->coder != CODER_NONE ? -1 : frame_bytes(type, code->cut_bytes), c);
}

void cost_model_free(struct placement *cuts, int n)
{
    for (int i = 0; cuts && i < n; i++) {
        free(cuts[i].other);
        free(cuts[i].fewer);
    }
    free(cuts);
}
