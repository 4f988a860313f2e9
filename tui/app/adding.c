#include "app/adding.h"

#include <stdlib.h>

#include "app/model.h"
#include "base/clock.h"
#include "base/memory.h"

struct adding {
    int next;             /* the class that is added up next */
    long version;         /* version of the rows at the start */
    int64_t spent_ms;     /* time spent, */
    int64_t ended_ms;     /* and when it last ended */
    bool chance_reported; /* accuracy near chance has been reported */
};

static struct adding *adding_of(struct app *a)
{
    if (!a->adding)
        a->adding = memory_new(1, sizeof *a->adding);
    return a->adding;
}

void adding_free(struct adding *g)
{
    free(g);
}

void adding_warn_of_chance(struct app *a)
{
    struct adding *g = adding_of(a);
    if (g->chance_reported || a->study->state != STUDY_DONE)
        return;
    g->chance_reported = true;
    char *guesses = study_chance_words(&a->shown.accuracy);
    if (guesses)
        app_say(a, JOURNAL_WARNING, "%s", guesses);
    free(guesses);
}

/* While rows come in, adding them up takes at most one part in PART of the time; from a file or a store they
 * come too quickly for each frame to show more of them. */
static bool is_time_to_add(const struct app *a, const struct adding *g)
{
    enum { PART = 10, EVERY_MS = 200 };
    if (g->next > 0 || !study_is_growing(a->study))
        return true;
    int64_t pause = PART * g->spent_ms;
    if (study_is_reading(a->study) && pause < EVERY_MS)
        pause = EVERY_MS;
    return clock_ms() - g->ended_ms >= pause;
}

/* Adds up some of the new rows. True when all rows that existed at the start are added. */
static bool add_up(struct adding *g, const struct study *s)
{
    enum { SLICE = 40000 }; /* rows, some 8 ms where they are scattered in memory */
    int64_t now = clock_ms();
    if (g->next == 0) {
        g->version = s->version;
        g->spent_ms = 0;
    }
    bool done = curve_refresh_some(s->curve, &g->next, SLICE);
    g->ended_ms = clock_ms();
    g->spent_ms += g->ended_ms - now;
    return done;
}

bool adding_step(struct app *a)
{
    struct adding *g = adding_of(a);
    if (a->shown_version == a->study->version || !is_time_to_add(a, g))
        return false;
    if (!add_up(g, a->study))
        return true;
    a->loop.soon = a->shown_version < 0 || !study_is_growing(a->study); /* the first curve, or all of it */
    a->shown_version = g->version;
    shown_compute(&a->shown, a->study);
    for (int i = 0; i < a->pins.n; i++)
        shown_compute(&a->pins.curves[i], a->study);
    a->shown.accuracy = curve_accuracy(a->study->curve, a->shown.chosen);
    a->dirty = true;
    return false;
}
