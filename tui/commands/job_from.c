#include "commands/job.h"

#include <stdlib.h>

#include "base/memory.h"

enum { SLICE_MS = 50 };

int job_load_saved_rows(struct command *c, struct saved_rows *a)
{
    struct error e;
    long done = 0, of = 0;
    int status;
    while ((status = saved_rows_step(a, SLICE_MS, &done, &of, &e)) == 2) {
        console_progress(&c->console, "reading rows", 0, 0);
        if (*c->signals > 0) {
            return command_end(c, CONNECTION_INTERRUPTED, NULL, command_unwritten);
        }
    }
    console_clear(&c->console);
    return status < 0 ? command_fail(c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
}

int job_open_saved_rows(struct job *j)
{
    struct error e;
    const struct options *o = &j->c->options;
    struct saved_rows *a = j->saved_rows = saved_rows_open(o->rows.from, o->rows.study, &e);
    if (!a)
        return command_fail(j->c, COMMAND_BAD_INPUT, &e);
    int status = job_load_saved_rows(j->c, a);
    j->inputs.cfg = memory_copy(a->cfg);
    j->inputs.weights = memory_copy(a->weights);
    j->inputs.data = memory_copy(a->data);
    j->inputs.named = memory_copy(a->cfg);
    j->table = a->table;
    j->dataset = a->dataset;
    j->versions = &a->versions;
    j->cfg_xxh3 = a->cfg_xxh3;
    j->weights_xxh3 = a->weights_xxh3;
    return status;
}

int job_settle_saved_rows(struct job *j, const char **state)
{
    struct command *c = j->c;
    const struct study *s = j->study;
    long rows = s->curve->rows_n;
    bool whole = s->settled_n == s->order_n;
    if (rows == 0) {
        console_say(&c->console, "%s: holds no row of the chosen images", s->saved_rows->path);
        return COMMAND_BAD_INPUT;
    }
    bool stable = job_is_stable(j);
    job_tell_until(j);
    if (!stable && !whole)
        console_warn(&c->console, "%s has rows of %ld of these %ld images", s->saved_rows->path, rows,
                     j->report.order_n);
    *state = stable ? "stable" : whole ? "complete" : "incomplete";
    return COMMAND_DONE;
}
