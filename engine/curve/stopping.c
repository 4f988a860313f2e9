#include "curve/stopping.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "curve/boundary.h"

/* ---- The points ----------------------------------------------------------------------------------- */

/* counts[c]: images of class c in the order; returns the largest. */
static long count_classes(const struct stopping *u, const struct dataset_image *images, long *counts)
{
    long most = 0;
    for (long i = 0; i < u->order_n; i++) {
        int class_index = images[u->order[i]].class_index;
        long n = ++counts[class_index == DATASET_NO_CLASS ? 0 : class_index];
        most = n > most ? n : most;
    }
    return most;
}

/* Images in the first rounds: classes take turns until they have none left. */
static long prefix_of(const long *counts, int classes, long rounds)
{
    long n = 0;
    for (int c = 0; c < classes; c++)
        n += counts[c] < rounds ? counts[c] : rounds;
    return n;
}

static void make_points(struct stopping *u, const struct dataset_image *images, int classes)
{
    long *counts = memory_new((size_t)classes, sizeof *counts);
    long most = count_classes(u, images, counts);
    for (long rounds = STOPPING_ROUND; rounds < most; rounds++) {
        long n = prefix_of(counts, classes, rounds);
        if (n < STOPPING_IMAGES ||
            (u->points_n && (double)n < BOUNDARY_GROWTH * (double)u->points[u->points_n - 1]))
            continue;
        if (n >= u->order_n)
            break;
        u->points = memory_grow(u->points, (size_t)u->points_n + 1, sizeof *u->points);
        u->points[u->points_n++] = n;
        rounds += (rounds + 3) / 4 - 1;
    }
    free(counts);
}

/* Sets what the next look asks for. */
static void ask(struct stopping *u)
{
    if (u->looks == u->points_n)
        return;
    double n = (double)u->points[u->looks], allowed = u->error * n / (n + STOPPING_IMAGES);
    double hundreds = fmax(ceil(STOPPING_DIFFER / allowed / 100), STABILITY_RESAMPLES / 100.0);
    u->share = 1 - allowed;
    u->resamples = hundreds * 100 < STOPPING_RESAMPLES ? (int)hundreds * 100 : STOPPING_RESAMPLES;
}

struct stopping *stopping_new(double wanted, const struct dataset_image *images, const long *order,
                              long order_n, int layers, int outputs, struct error *e)
{
    struct stopping *u = memory_new(1, sizeof *u);
    *u = (struct stopping){.wanted = wanted, .order = order, .order_n = order_n};
    make_points(u, images, outputs);
    u->error = boundary_error(u->points, u->points_n, 1 - wanted);
    ask(u);
    u->prefix = curve_new(layers, outputs, e);
    if (u->prefix)
        return u;
    stopping_free(u);
    return NULL;
}

void stopping_free(struct stopping *u)
{
    if (!u)
        return;
    stability_free(u->job);
    curve_free(u->prefix);
    free(u->points);
    excluded_free(&u->excluded);
    free(u);
}

void stopping_exclude(struct stopping *u, long image, enum exclusion exclusion)
{
    excluded_add(&u->excluded, image, exclusion);
}

/* ---- Looking -------------------------------------------------------------------------------------- */

/* Adds the rows between the last point and the next one. */
static void stopping_take_rows(struct stopping *u, const struct curve *c)
{
    long from = u->looks ? u->points[u->looks - 1] : 0;
    curve_copy_images(u->prefix, c, u->order + from, u->points[u->looks] - from);
}

/* A job of all resamples, or of so few that it is soon seen where too many differ: the first resamples of a
 * longer job are those of a shorter one. `after`: how many the last one made, or 0. */
static void begin_job(struct stopping *u, const bool *chosen, int after)
{
    enum { FIRST = 64, MORE = 5, NEARLY = 3 };
    int resamples = after ? MORE * after : FIRST;
    bool all = NEARLY * resamples > u->resamples;
    u->job = stability_new(u->prefix, chosen, all ? u->resamples : resamples);
}

/* The job is done; whether the look is over. */
static bool end_job(struct stopping *u, const bool *const *chosen, int n)
{
    int best = curve_pick(u->prefix, chosen[u->curve_i]), made = stability_resamples(u->job);
    double share = stability_share(u->job, best);
    stability_free(u->job);
    u->job = NULL;
    /* Unknown counts as not stable. The half allows for rounding. */
    bool enough =
        made == u->resamples ? share >= u->share : (1 - share) * made < (1 - u->share) * u->resamples + 0.5;
    if (enough && made < u->resamples) {
        begin_job(u, chosen[u->curve_i], made);
        return false;
    }
    u->lowest = u->curve_i == 0 ? share : fmin(u->lowest, share);
    u->curve_i++;
    if (enough && u->curve_i < n)
        return false;
    u->curve_i = 0;
    u->looks++;
    u->stable = enough;
    if (!enough)
        ask(u);
    return true;
}

static bool is_settled(const struct stopping *u, const struct curve *c, long image)
{
    return excluded_find(&u->excluded, image) != EXCLUDED_NOT || curve_find(c, image) >= 0;
}

enum stopping_state stopping_step(struct stopping *u, const struct curve *c, const bool *const *chosen, int n,
                                  long rows)
{
    if (u->stable)
        return STOPPING_STABLE;
    if (u->looks == u->points_n)
        return STOPPING_WAITS;
    long point = u->points[u->looks];
    while (u->settled_n < point && is_settled(u, c, u->order[u->settled_n]))
        u->settled_n++;
    if (u->settled_n < point)
        return STOPPING_WAITS;
    if (!u->job && u->curve_i == 0)
        stopping_take_rows(u, c);
    if (point <= u->passed) {
        u->looks++;
        ask(u);
        return STOPPING_WORKS;
    }
    if (!u->job)
        begin_job(u, chosen[u->curve_i], 0);
    if (stability_step(u->job, rows) && end_job(u, chosen, n) && u->stable)
        return STOPPING_STABLE;
    return STOPPING_WORKS;
}

long stopping_images(const struct stopping *u)
{
    return u->points[u->looks - 1];
}

long stopping_excluded(const struct stopping *u, enum exclusion exclusion)
{
    long n = 0;
    for (long i = 0; i < stopping_images(u); i++)
        n += excluded_find(&u->excluded, u->order[i]) == exclusion;
    return n;
}

/* Images of the order that are measured or excluded. */
static long count_settled(const struct stopping *u, const struct curve *c)
{
    long n = 0;
    for (long i = 0; i < u->order_n; i++)
        n += is_settled(u, c, u->order[i]);
    return n;
}

char *stopping_unstable(const struct stopping *u, const struct curve *c)
{
    long settled = count_settled(u, c);
    double asked = 100 * u->share;
    if (u->points_n == 0)
        return memory_format(
            "not stable at %g before all %ld image%s (too few for a look before the last: it "
            "takes %d of each class, %d in all)",
            u->wanted, u->order_n, u->order_n == 1 ? "" : "s", STOPPING_ROUND, STOPPING_IMAGES);
    if (settled == u->order_n)
        return memory_format(
            "not stable at %g before all %ld images (%d look%s, the last of which asked for %.4g %%)",
            u->wanted, u->order_n, u->points_n, u->points_n == 1 ? "" : "s", asked);
    if (u->looks == u->points_n)
        return memory_format(
            "not stable at %g on %ld of %ld images, the others were not measured (%d look%s, "
            "the last of which asked for %.4g %%)",
            u->wanted, settled, u->order_n, u->looks, u->looks == 1 ? "" : "s", asked);
    return memory_format(
        "not stable at %g on %ld of %ld images, the others were not measured (%d of %d looks, "
        "the next of which asks for %.4g %%)",
        u->wanted, settled, u->order_n, u->looks, u->points_n, asked);
}

struct curve *stopping_take(struct stopping *u)
{
    struct curve *prefix = u->prefix;
    u->prefix = NULL;
    return prefix;
}
