/* --look: the pick that looks in a cheap precision have found is confirmed in f32, or sought anew there. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

#include "commands/job.h"

int job_check_look(const struct options_measure *m, struct error *e)
{
    if (m->look == PRECISION_F32)
        return 0;
    if (m->until_stable == 0)
        return error_set(e, "--look says how --until-stable looks, which is missing");
    if (m->precision != PRECISION_F32)
        return error_set(e, "--look confirms in f32: it does not go with --precision %s",
                         precision_words[m->precision]);
    if (m->tuning_file)
        return error_set(e, "--look computes in two precisions, and --tuning FILE holds the choices of one");
    return 0;
}

/* The classes of each curve, as the rule looks at them; the array is the caller's. */
static const bool **curves_of(const struct study *s, int *n)
{
    const bool **curves = NULL;
    for (*n = 0; study_rule_classes(s, *n); ++*n) {
        curves = memory_grow(curves, (size_t)*n + 1, sizeof *curves);
        curves[*n] = study_rule_classes(s, *n);
    }
    return curves;
}

/* So many of the order are reached by the first so many of all images; of a share it has each of-th alone. */
static long reaching(const long shard[2], long images)
{
    return shard[1] ? shard[0] + (images - 1) * shard[1] : images;
}

/* A study in f32 of the first images of the order, which those of the looks are too. */
static struct study *exact_study(struct job *j, long images, struct error *e)
{
    struct options options = j->c->options;
    const struct study_reporter reporter = job_reporter(j);
    struct inputs inputs = inputs_copy(&j->study->inputs);
    options.measure.precision = PRECISION_F32;
    options.measure.until_stable = 0;
    options.input.images = reaching(options.input.shard, images);
    struct study *s = study_new_lent(j->c->connection, &inputs, &options, &reporter);
    s->told = &j->told;
    const bool *chosen = j->chosen;
    study_use_store(s, j->store);
    if (study_choose(s, chosen, &chosen, 1, e) == 0)
        return s;
    study_free(s);
    return NULL;
}

static void tell_refuted(const struct job *j)
{
    const struct confirmation *f = &j->confirmation;
    const struct stopping *u = study_rule(j->study);
    char *why = isnan(f->share) ? memory_copy("too few of a class")
                                : memory_format("%.4g %% of %d resamples, %.4g %% asked", 100 * f->share,
                                                u->resamples, 100 * u->share);
    console_say(j->c->console,
                "the pick by %ld images in %s is not confirmed by f32 on %ld of them (%s): going on in f32",
                stopping_images(u), precision_words[j->c->options.measure.look], f->images, why);
    free(why);
}

enum connection_end job_confirm(struct job *j, bool *stable, struct error *why)
{
    const struct study *look = j->study;
    long images = confirmation_images(look->curve, j->chosen, look->order, look->order_n);
    struct study *exact = exact_study(j, images, why);
    if (!exact)
        return CONNECTION_REFUSED;
    enum connection_end end = study_wait(exact, j->c->signals, why);
    if (end == CONNECTION_DONE) {
        int n;
        const bool **curves = curves_of(look, &n);
        j->confirmation = confirmation_make(study_rule(look), look->curve, exact->curve, curves, n);
        free(curves);
    }
    study_free(exact);
    if (end != CONNECTION_DONE || j->confirmation.holds)
        return end;
    tell_refuted(j);
    *stable = false;
    long passed = look->order_n;
    j->c->options.measure.precision = PRECISION_F32;
    if (job_begin_anew(j, why) < 0)
        return CONNECTION_REFUSED;
    study_pass_looks(j->study, passed);
    return job_measure(j, stable, why);
}
