#include "app/shares.h"

#include <math.h>
#include <time.h>

#include "base/clock.h"
#include "app/app.h"

/* SLICE: drawn rows, some 2 ms. While images come in a job begins at most every EVERY_MS, and takes at most
 * one part in PART of the time from the worker. */
enum { SLICE = 150000, EVERY_MS = 2000, PART = 20 };

void shares_reset(struct shares *s)
{
    stability_free(s->job);
    stability_free(s->shown);
    *s = (struct shares){0};
}

/* Drops shares of another choice or of old rows. True where it did. */
static bool forget_others(struct app *a)
{
    struct shares *s = &a->shares;
    if (s->curve == a->study->curve && s->chosen_version == a->chosen_version)
        return false;
    a->dirty = a->dirty || s->shown;
    shares_reset(s);
    s->curve = a->study->curve;
    s->chosen_version = a->chosen_version;
    return true;
}

static bool is_time(const struct app *a)
{
    const struct shares *s = &a->shares;
    if (a->study->state != STUDY_MEASURING || !s->shown)
        return true;
    int64_t pause = PART * s->spent_ms > EVERY_MS ? PART * s->spent_ms : EVERY_MS;
    return clock_ms() - s->began_ms >= pause;
}

static void shares_end_job(struct app *a)
{
    struct shares *s = &a->shares;
    stability_free(s->shown);
    s->shown = s->job;
    s->job = NULL;
    a->dirty = true;
}

bool shares_step(struct app *a)
{
    struct shares *s = &a->shares;
    if (forget_others(a))
        return true; /* the curve of the new choice is drawn first */
    if (!s->job) {
        if (a->adding.shown_version != a->study->version || s->images == a->accuracy.images || !is_time(a))
            return false;
        s->images = a->accuracy.images;
        s->began_ms = clock_ms();
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
    const struct shares *s = &a->shares;
    bool current = s->curve == a->study->curve && s->chosen_version == a->chosen_version && !s->job &&
                   s->images == a->accuracy.images;
    return current ? s->shown : NULL;
}

double shares_pick(const struct app *a, int position)
{
    return a->shares.shown ? a->shares.shown->pick_share[position] : NAN;
}

double shares_candidate(const struct app *a, int position)
{
    return a->shares.shown ? a->shares.shown->candidate_share[position] : NAN;
}

int shares_resamples(const struct app *a)
{
    return a->shares.shown && a->shares.shown->known ? a->shares.shown->resamples : 0;
}

long shares_images(const struct app *a)
{
    return a->shares.shown && a->shares.shown->known ? a->shares.shown->images : 0;
}
