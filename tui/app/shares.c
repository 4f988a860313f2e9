#include "app/shares.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/clock.h"
#include "base/memory.h"

/* SLICE: drawn rows, some 2 ms. While images come in a job begins at most every EVERY_MS, and takes at most
 * one part in PART of the time from the worker. */
enum { SLICE = 150000, EVERY_MS = 2000, PART = 20 };

struct shares {
    struct stability *job;   /* in progress, or NULL */
    struct stability *shown; /* the last one done for the chosen classes, or NULL */
    /* What job, else shown, is based on. */
    const struct curve *curve;
    long chosen_version, images;
    int64_t began_ms, spent_ms; /* of the last job: start and time spent */
    struct stability *pin_job;  /* of a pinned curve, or NULL: */
    bool *pin_chosen;           /* the one of these classes, */
    long pin_images;            /* with so many images */
};

void shares_free(struct shares *s)
{
    if (!s)
        return;
    stability_free(s->job);
    stability_free(s->shown);
    stability_free(s->pin_job);
    free(s->pin_chosen);
    free(s);
}

/* Drops shares of another choice or of old rows. True where it did. */
static bool forget_others(struct app *a)
{
    const struct shares *s = a->shares;
    if (s && s->curve == a->study->curve && s->chosen_version == a->shown.version)
        return false;
    a->dirty = a->dirty || (s && s->shown);
    shares_free(a->shares);
    a->shares = memory_new(1, sizeof *a->shares);
    a->shares->curve = a->study->curve;
    a->shares->chosen_version = a->shown.version;
    return true;
}

static bool is_time(const struct app *a, int64_t now_ms)
{
    const struct shares *s = a->shares;
    if (a->study->state == STUDY_LOADING) /* more rows matter more */
        return false;
    if (!study_is_growing(a->study) || !s->shown)
        return true;
    int64_t pause = PART * s->spent_ms > EVERY_MS ? PART * s->spent_ms : EVERY_MS;
    return now_ms - s->began_ms >= pause;
}

static void shares_end_job(struct app *a)
{
    struct shares *s = a->shares;
    stability_free(s->shown);
    s->shown = s->job;
    s->job = NULL;
    a->dirty = true;
}

/* A pinned curve whose share is of fewer images than it has now; NULL: there is none. */
static struct shown *shares_stale_pin(struct app *a)
{
    for (int i = 0; i < a->pins.n; i++) {
        struct shown *pin = &a->pins.curves[i];
        if (pin->best >= 0 && pin->pick_images != shown_images(pin, a->study->layer_list.n))
            return pin;
    }
    return NULL;
}

static void shares_end_pin(struct app *a)
{
    struct shares *s = a->shares;
    size_t classes = (size_t)a->study->table->classes;
    for (int i = 0; i < a->pins.n; i++) {
        struct shown *pin = &a->pins.curves[i];
        if (memcmp(pin->chosen, s->pin_chosen, classes * sizeof *pin->chosen) != 0 || pin->best < 0)
            continue;
        pin->pick = stability_picks(s->pin_job)[pin->best];
        pin->pick_images = s->pin_images;
    }
    stability_free(s->pin_job);
    s->pin_job = NULL;
    a->dirty = true;
}

/* Of pinned curves, when no images come. */
static bool shares_step_pins(struct app *a)
{
    struct shares *s = a->shares;
    if (study_is_growing(a->study) || a->shown_version != a->study->version)
        return false;
    if (!s->pin_job) {
        const struct shown *pin = shares_stale_pin(a);
        if (!pin)
            return false;
        size_t size = (size_t)a->study->table->classes * sizeof *s->pin_chosen;
        free(s->pin_chosen);
        s->pin_chosen = memory_new(size, 1);
        memcpy(s->pin_chosen, pin->chosen, size);
        s->pin_images = shown_images(pin, a->study->layer_list.n);
        s->pin_job = stability_new(a->study->curve, pin->chosen, STABILITY_RESAMPLES);
    }
    if (stability_step(s->pin_job, SLICE))
        shares_end_pin(a);
    return true;
}

bool shares_step(struct app *a, int64_t now_ms)
{
    if (forget_others(a))
        return true; /* the curve of the new choice is drawn first */
    struct shares *s = a->shares;
    if (!s->job) {
        if (a->shown_version != a->study->version || s->images == a->shown.accuracy.images ||
            !is_time(a, now_ms))
            return shares_step_pins(a);
        s->images = a->shown.accuracy.images;
        s->began_ms = now_ms;
        s->spent_ms = 0;
        s->job = stability_new(a->study->curve, a->shown.chosen, STABILITY_RESAMPLES);
    }
    int64_t began = clock_ms();
    bool done = stability_step(s->job, SLICE);
    s->spent_ms += clock_ms() - began;
    if (done)
        shares_end_job(a);
    return !done;
}

const struct stability *shares_current(const struct app *a)
{
    const struct shares *s = a->shares;
    bool current = s && s->curve == a->study->curve && s->chosen_version == a->shown.version && !s->job &&
                   s->images == a->shown.accuracy.images;
    return current ? s->shown : NULL;
}

/* The last ones done, or NULL. */
static const struct stability *shares_shown(const struct app *a)
{
    return a->shares ? a->shares->shown : NULL;
}

double shares_pick(const struct app *a, int position)
{
    const struct stability *s = shares_shown(a);
    return s ? stability_picks(s)[position] : NAN;
}

double shares_candidate(const struct app *a, int position)
{
    const struct stability *s = shares_shown(a);
    return s ? stability_candidates(s)[position] : NAN;
}

int shares_resamples(const struct app *a)
{
    const struct stability *s = shares_shown(a);
    return s && stability_is_known(s) ? stability_resamples(s) : 0;
}

long shares_images(const struct app *a)
{
    const struct stability *s = shares_shown(a);
    return s && stability_is_known(s) ? stability_images(s) : 0;
}
