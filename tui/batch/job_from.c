#include "batch/job.h"

#include <stdlib.h>

#include "base/memory.h"

enum { SLICE_MS = 50 };

int job_load_archive(struct command *c, struct archive *a)
{
    struct error e;
    long done = 0, of = 0;
    int status;
    while ((status = archive_step(a, SLICE_MS, &done, &of, &e)) == 2) {
        console_progress(&c->console, "reading rows", 0, 0);
        if (*c->signals > 0) {
            console_say(&c->console, "interrupted: nothing is written");
            return COMMAND_INTERRUPTED;
        }
    }
    console_clear(&c->console);
    return status < 0 ? command_fail(c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
}

int job_open_archive(struct job *j)
{
    struct error e;
    const struct options *o = &j->c->options;
    struct archive *a = j->archive = archive_open(o->from, o->study, &e);
    if (!a)
        return command_fail(j->c, COMMAND_BAD_INPUT, &e);
    int status = job_load_archive(j->c, a);
    j->inputs.cfg = memory_copy(a->cfg);
    j->inputs.weights = memory_copy(a->weights);
    j->inputs.data = memory_copy(a->data);
    j->inputs.named = memory_copy(a->cfg);
    j->table = a->table;
    j->dataset = a->dataset;
    j->versions = &a->versions;
    j->cfg_xxh3 = a->cfg_xxh3;
    j->weights_xxh3 = a->weights_xxh3;
    j->plan = a->plan;
    return status;
}

void job_take_archive(struct job *j)
{
    const struct archive *a = j->archive;
    const struct curve *all = a->curve;
    struct losses lost = losses_among(&a->lost, j->report.order, j->report.order_n);
    for (long i = 0; i < lost.n && j->c->until; i++)
        until_lose(j->c->until, lost.all[i].image, lost.all[i].why);
    losses_free(&lost);
    j->curve = curve_new(all->layers, all->classes);
    curve_copy_images(j->curve, all, j->report.order, j->report.order_n);
    curve_free(j->archive->curve);
    j->archive->curve = NULL;
}
