/* A job's study: what it tells goes to the console, and what it keeps into the store. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/job.h"
#include "report/report.h"

/* ---- The reporter -------------------------------------------------------------------------------------- */

static void job_on_news(void *data, enum study_news news, const char *text)
{
    struct job *j = data;
    struct console *console = &j->c->console;
    switch (news) {
    case STUDY_NOTE:
        console_note(console, "%s", text);
        break;
    case STUDY_EXCLUDED:
        command_warn_single(j->c, text);
        break;
    case STUDY_TROUBLE:
        j->troubled = true;
        console_warn(console, "%s", text);
        break;
    case STUDY_WARNING:
    case STUDY_ERROR:
        console_warn(console, "%s", text);
        break;
    default: /* what the command itself says, with its exit status */
        break;
    }
}

static void job_on_progress(void *data, const char *what, long done, long of)
{
    struct job *j = data;
    if (what) {
        command_progress(j->c, what, done, of);
        return;
    }
    console_clear(&j->c->console);
    command_end_warnings(j->c);
}

/* ---- The store ------------------------------------------------------------------------------------------
 */

/* NULL where there is to be none, or where there can be none, which is a warning. */
static struct store *job_open_store(struct job *j)
{
    const struct options *o = &j->c->options;
    struct console *console = &j->c->console;
    struct error e;
    char *notice = NULL;
    char *path = o->rows.no_store ? NULL : store_place(o->rows.store);
    struct store *store = NULL;
    if (path) {
        store = store_open(path, STORE_WRITE, &notice, &e);
        j->troubled = !store;
        if (!store)
            console_warn(console, "%s (going on without stored rows)", e.text);
    }
    if (notice)
        console_warn(console, "%s", notice);
    free(notice);
    free(path);
    return store;
}

/* ---- The study ------------------------------------------------------------------------------------------
 */

/* The classes of each curve: of all images, or of each subset. */
static void make_study(struct job *j)
{
    const struct report *r = &j->report;
    const struct study_reporter reporter = {j, job_on_news, job_on_progress};
    int n = r->subsets_n ? r->subsets_n : 1;
    const bool **curves = memory_new((size_t)n, sizeof *curves);
    curves[0] = j->chosen;
    for (int i = 0; i < r->subsets_n; i++)
        curves[i] = j->subsets[i].chosen;
    const struct study_choice choice = {
        .connection = j->c->connection,
        .saved_rows = j->saved_rows,
        .inputs = &j->inputs,
        .layer_list = j->layer_list,
        .order = r->order,
        .order_n = r->order_n,
        .chosen = curves,
        .chosen_n = n,
    };
    j->study = study_new_chosen(&choice, &j->c->options, &reporter);
    j->saved_rows = NULL;
    j->layer_list = (struct layer_list){0};
    free(curves);
}

void job_begin_study(struct job *j)
{
    make_study(j);
    j->report.listed = j->study->layer_list.layers;
    j->report.cde = j->study->layer_list.cde;
    j->report.correction = j->study->layer_list.correction;
    j->report.curve = j->study->curve;
}

bool job_is_stable(struct job *j)
{
    bool stable = study_settle_stable(j->study, j->c->signals);
    j->report.curve = j->study->curve;
    j->report.order_n = j->study->order_n;
    return stable;
}

enum connection_end job_measure(struct job *j, bool *stable, struct error *why)
{
    struct command *c = j->c;
    struct error unkept;
    j->store = job_open_store(j);
    study_use_store(j->study, j->store);
    console_begin(&c->console);
    enum connection_end end = study_wait(j->study, c->signals, why);
    if (j->store && store_flush(j->store, &unkept) < 0 && !j->troubled)
        console_warn(&c->console, "%s (not all rows are kept)", unkept.text);
    *stable = job_is_stable(j);
    return end;
}

int job_measure_whole(struct job *j, const char **state)
{
    struct command *c = j->c;
    struct error e;
    bool stable;
    int status = job_choose(j);
    if (status != COMMAND_DONE)
        return status;
    enum connection_end end = job_measure(j, &stable, &e);
    if (end != CONNECTION_DONE && !(end == CONNECTION_INTERRUPTED && stable))
        return command_end(c, end, &e, command_unwritten);
    job_tell_until(j);
    *state = stable ? "stable" : "complete";
    if (j->study->curve->rows_n > 0)
        return COMMAND_DONE;
    console_say(&c->console, "none of %ld images could be measured", j->report.order_n);
    return COMMAND_BAD_INPUT;
}
