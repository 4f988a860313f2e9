#include "graph/tuning.h"

#include <stdlib.h>
#include <string.h>

void tuning_free(struct tuning *r)
{
    if (!r)
        return;
    free(r->layers);
    free(r);
}

int tuning_check(const struct tuning *found, const struct tuning *expected, struct error *e)
{
    if (expected->net != found->net || expected->layers_n != found->layers_n)
        return error_set(e, "the tuning was made for another network");
    if (expected->listed != found->listed)
        return error_set(e, "the tuning was made for another list of layers (--layers)");
    if (expected->tap != found->tap)
        return error_set(e, "the tuning was made for --tap %s", tap_words[expected->tap]);
    if (strcmp(expected->precision, found->precision) != 0)
        return error_set(e, "the tuning computes in %s (expected %s)", expected->precision, found->precision);
    if (strcmp(expected->isa, found->isa) != 0)
        return error_set(e, "the tuning was made for %s (this machine has %s)", expected->isa, found->isa);
    if (strcmp(expected->onednn, found->onednn) != 0)
        return error_set(e, "the tuning was made for oneDNN %s (this machine has %s)", expected->onednn,
                         found->onednn);
    if (expected->batch != found->batch)
        return error_set(e, "the tuning has a batch of %d (expected %d, as asked for)", expected->batch,
                         found->batch);
    if (expected->threads != found->threads)
        return error_set(e, "the tuning has %d threads (expected %d, as asked for)", expected->threads,
                         found->threads);
    return 0;
}

/* The word in messages for a pass without a primitive. */
static const char *name_of(const char *implementation)
{
    return *implementation ? implementation : "no primitive";
}

int tuning_check_layers(const struct tuning *found, const struct tuning *expected, struct error *e)
{
    for (int l = 0; l < expected->layers_n; l++)
        for (int pass = ONEDNN_FORWARD; pass <= ONEDNN_GRADIENT; pass++) {
            const char *want = expected->layers[l].passes[pass], *got = found->layers[l].passes[pass];
            if (strcmp(want, got) != 0)
                return error_set(e, "the tuning runs layer %d by '%s', which this machine does by '%s'", l,
                                 name_of(want), name_of(got));
        }
    return 0;
}

enum onednn_algorithm tuning_algorithm(const struct tuning *r, int layer, enum onednn_pass pass)
{
    return strstr(r->layers[layer].passes[pass], "wino") ? ONEDNN_WINOGRAD : ONEDNN_DIRECT;
}
