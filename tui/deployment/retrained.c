#include "deployment/retrained.h"

#include <math.h>

/* A code of bytes is sent as int8, whatever the type: that is what its accuracy was measured with. */
static enum dtype retrained_type(const struct cost_model *d, bool int8)
{
    return int8 ? DTYPE_INT8 : d->type;
}

void retrained_take(const struct cost_model *d, const struct table *table, const struct measured *m,
                    struct placement *cuts, int n)
{
    double before = NAN;
    if (measured_known(m) == 0)
        return;
    for (int i = 0; i < n; i++) {
        const struct measured_cut *cut =
            cuts[i].kind == PLACEMENT_SPLIT ? measured_find(m, cuts[i].layer) : NULL;
        int encoder;
        const struct table *inserted = cut ? measured_inserted(m, cut, &encoder) : NULL;
        cuts[i].accuracy = cut ? cut->accuracy : NAN;
        before = cut && !isnan(cut->before) ? cut->before : before;
        if (inserted)
            cost_model_insert(d, table, inserted, encoder, retrained_type(d, measured_sends_int8(m)),
                              &cuts[i]);
    }
    for (int i = 0; i < n; i++)
        if (cuts[i].kind != PLACEMENT_SPLIT)
            cuts[i].accuracy = before;
}

void retrained_costs(const struct cost_model *d, const struct table *table, const struct bottleneck *b,
                     struct placement *cuts, int n)
{
    enum dtype type = retrained_type(d, b->form == BOTTLENECK_BYTES);
    for (int i = 0; i < n; i++) {
        int encoder;
        struct table *inserted = cuts[i].kind == PLACEMENT_SPLIT
                                     ? bottleneck_table(b, table->rows[cuts[i].layer].out, &encoder)
                                     : NULL;
        if (inserted)
            cost_model_insert(d, table, inserted, encoder, type, &cuts[i]);
        table_free(inserted);
    }
}
