#include "output/curve_meta.h"

#include "link/version.h"
#include "model/stability.h"

static void describe_files(const struct curve_meta *m, struct provenance *p)
{
    const struct engine *n = m->engine;
    provenance_add(p, "cfg", "%s", m->cfg);
    provenance_add(p, "cfg_xxh3", "%s", n->cfg_xxh3);
    provenance_add(p, "weights", "%s", m->weights);
    provenance_add(p, "weights_xxh3", "%s", n->weights_xxh3);
    provenance_add(p, "data", "%s", m->data);
    provenance_add(p, "layout", "%s", n->dataset->layout);
    provenance_add(p, "split", "%s", n->dataset->split);
    provenance_add(p, "labels", "%s", m->options->labels ? m->options->labels : "");
}

static void describe_definition(const struct curve_meta *m, struct provenance *p)
{
    const struct options *o = m->options;
    static const char *const lists[] = {"features", "clean", "all"};
    provenance_add(p, "classes", "%s", m->classes ? m->classes : "");
    provenance_add(p, "subsets", "%s", o->subsets ? o->subsets : "");
    provenance_add(p, "seed", "%ld", o->seed);
    provenance_add(p, "layers", "%s", lists[o->layers]);
    provenance_add(p, "score", "%s", run_score_words[o->score]);
    provenance_add(p, "reduce", "%s", run_reduce_words[o->reduce]);
    provenance_add(p, "tap", "%s", run_tap_words[o->tap]);
    provenance_add(p, "fit", "%s", run_fit_words[o->fit]);
    provenance_add(p, "scale", "%d", o->scale ? 255 : 1);
    provenance_add(p, "mean", "%.9g,%.9g,%.9g", (double)o->mean[0], (double)o->mean[1], (double)o->mean[2]);
    provenance_add(p, "std", "%.9g,%.9g,%.9g", (double)o->std[0], (double)o->std[1], (double)o->std[2]);
    provenance_add(p, "bgr", "%d", o->bgr);
}

/* What ended the measuring, if it was not the last image. */
static void describe_stability(const struct curve_meta *m, struct provenance *p)
{
    const struct until *u = m->until;
    provenance_add(p, "resamples", "%d", STABILITY_RESAMPLES);
    if (!u)
        return;
    provenance_add(p, "until_stable", "%.9g", u->wanted);
    provenance_add(p, "until_looks", "%d of %d", u->looks, u->points_n);
    provenance_add(p, "until_share_asked", "%.9g", u->share);
    provenance_add(p, "until_resamples", "%d", u->resamples);
    provenance_add(p, "stable", "%d", u->stable);
    if (!u->stable)
        return;
    provenance_add(p, "stable_after", "%ld", until_images(u));
    provenance_add(p, "stable_of", "%ld", u->order_n);
    provenance_add(p, "stable_share", "%.9g", u->lowest);
}

void curve_meta_describe(const struct curve_meta *m, const struct curve *curve, const bool *chosen,
                         struct provenance *p)
{
    const struct engine *n = m->engine;
    struct curve_accuracy a = curve_accuracy(curve, chosen);
    provenance_add(p, "program", "%s", m->program);
    provenance_add(p, "version", "%s", ISPLIT_VERSION);
    provenance_add_arguments(p, m->argc, m->argv);
    describe_files(m, p);
    provenance_add(p, "state", "%s", m->state);
    provenance_add(p, "images_asked", "%ld", m->asked);
    provenance_add(p, "images", "%ld", a.images);
    provenance_add(p, "images_undecodable", "%ld", m->skipped);
    provenance_add(p, "images_not_finite", "%ld", m->nonfinite);
    provenance_add(p, "accuracy", "%.9g", a.images ? (double)a.correct / (double)a.images : 0);
    describe_definition(m, p);
    describe_stability(m, p);
    provenance_add(p, "plan", "%s", m->plan->hash);
    provenance_add(p, "batch", "%d", m->plan->batch);
    provenance_add(p, "threads", "%d", m->plan->threads);
    provenance_add(p, "engine", "%s", n->versions.version);
    provenance_add(p, "darknet", "%s", n->versions.darknet);
    provenance_add(p, "onednn", "%s", n->versions.onednn);
    provenance_add(p, "isa", "%s", n->versions.isa);
    provenance_add_time(p);
}
