#include "commands/features_cheapest.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "features/holds.h"

/* "int6 with zstd after layer 14 (block5_conv2)". New string. */
static char *features_cheapest_name(const struct feature *f, const struct table *table)
{
    return memory_format("%s with %s after layer %d (%s)", dtype_words[f->type], coder_words[f->coder],
                         f->layer, table->rows[f->layer].name);
}

static char *features_cheapest_found(const struct feature *best, const struct hold holds[DTYPES],
                                     const struct table *table)
{
    char *name = features_cheapest_name(best, table), *why = holds_why(holds, best);
    char *text =
        memory_format("fewest bytes shown to lose less than %.4g %% of accuracy: %s, %.0f an image%s%s",
                      100 * HOLDS_MAX_DROP, name, ceil(best->coded.value), why ? "; " : "", why ? why : "");
    free(name);
    free(why);
    return text;
}

/* `near`: what needs the fewest images to be shown; NULL: nothing would be. */
static char *features_cheapest_none(const struct hold *near, const struct table *table)
{
    char *text =
        memory_format("at no cut less than %.4g %% of accuracy is shown to be lost", 100 * HOLDS_MAX_DROP);
    if (!near)
        return text;
    char *name = features_cheapest_name(near->feature, table);
    char *longer = memory_format("%s: %s is not shown by %ld images, would need about %.0f", text, name,
                                 near->feature->images, near->needed);
    free(text);
    free(name);
    return longer;
}

char *features_cheapest(const struct features *f, const struct table *table)
{
    struct hold holds[DTYPES], best_holds[DTYPES], near = {.needed = INFINITY};
    const struct feature *best = NULL;
    for (int layer = 0; layer < table->rows_n; layer++) {
        if (!features_find_layer(f, layer))
            continue;
        holds_judge(f, layer, HOLDS_MAX_DROP, holds);
        const struct feature *own = holds_cheapest(holds);
        if (own && (!best || own->coded.value < best->coded.value)) {
            best = own;
            for (int t = 0; t < DTYPES; t++)
                best_holds[t] = holds[t];
        }
        for (int t = 0; t < DTYPES; t++)
            if (holds[t].feature && holds[t].needed < near.needed)
                near = holds[t];
    }
    return best ? features_cheapest_found(best, best_holds, table)
                : features_cheapest_none(near.feature ? &near : NULL, table);
}
