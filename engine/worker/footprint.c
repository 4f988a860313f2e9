#include "worker/footprint.h"

#include "graph/allowance.h"
#include "graph/pages.h"

void footprint_now(int64_t *allocated, int64_t *resident)
{
    *allocated = allowance_heap() + (int64_t)pages_held();
    *resident = allowance_resident();
}

/* Increase since the beginning; a decrease (a cache emptied meanwhile) counts as 0. */
static int64_t growth(int64_t now, int64_t before)
{
    return now > before ? now - before : 0;
}

struct walk {
    int64_t allocated, resident; /* at the beginning */
    struct profile *most;
};

static void footprint_look(void *user, int layer)
{
    const struct walk *w = user;
    int64_t allocated, resident;
    (void)layer;
    footprint_now(&allocated, &resident);
    int64_t grown = growth(allocated, w->allocated), touched = growth(resident, w->resident);
    if (grown > w->most->peak)
        w->most->peak = grown;
    if (resident >= 0 && w->resident >= 0 && touched > w->most->resident)
        w->most->resident = touched;
}

int footprint_measure(int64_t allocated, int64_t resident, const struct profile_subject *subject,
                      struct profile *out, struct error *e)
{
    struct walk w = {allocated, resident, out};
    out->peak = 0;
    out->resident = -1;
    footprint_look(&w, -1);
    out->loaded = out->peak;
    return subject->layers(subject->user, footprint_look, &w, e);
}
