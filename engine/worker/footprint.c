#include "worker/footprint.h"

#include "graph/allowance.h"
#include "graph/pages.h"

struct footprint footprint_now(void)
{
    return (struct footprint){allowance_heap() + (int64_t)pages_held(), allowance_resident()};
}

/* Increase since the beginning; a decrease (a cache emptied meanwhile) counts as 0. */
static int64_t growth(int64_t now, int64_t before)
{
    return now > before ? now - before : 0;
}

struct walk {
    const struct footprint *begin;
    struct profile_memory *most;
};

static void footprint_look(void *user, int layer)
{
    const struct walk *w = user;
    const struct footprint now = footprint_now();
    int64_t allocated = growth(now.allocated, w->begin->allocated);
    int64_t resident = growth(now.resident, w->begin->resident);
    (void)layer;
    if (allocated > w->most->peak)
        w->most->peak = allocated;
    if (now.resident >= 0 && w->begin->resident >= 0 && resident > w->most->resident)
        w->most->resident = resident;
}

int footprint_measure(const struct footprint *begin, const struct profile_subject *subject,
                      struct profile_memory *out, struct error *e)
{
    struct walk w = {begin, out};
    *out = (struct profile_memory){.resident = -1};
    footprint_look(&w, -1);
    out->loaded = out->peak;
    return subject->layers(subject->user, footprint_look, &w, e);
}
