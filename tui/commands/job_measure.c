/* A job's study: what it tells goes to the console, and what it keeps into the store. */
#include <stdlib.h>

#include "commands/job.h"
#include "report/report.h"

/* ---- The reporter -------------------------------------------------------------------------------------- */

static void job_on_news(void *data, enum study_news news, const char *text)
{
    struct job *j = data;
    struct console *console = j->c->console;
    switch (news) {
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
    case STUDY_WORKERS:
        console_note(console, "%s", text);
        break;
    default: /* what the command itself says, with its exit status; the worker's notes, for the screen's log
              */
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
    console_clear(j->c->console);
    command_end_warnings(j->c);
}

struct study_reporter job_reporter(struct job *j)
{
    return (struct study_reporter){j, job_on_news, job_on_progress};
}

/* ---- The study ---------------------------------------------------------------------------------------- */

/* Whether the pick is stable on the rows that came; then the rows are those that it stands on. */
static bool job_is_stable(struct job *j)
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
    const struct study_reporter reporter = job_reporter(j);
    if (!j->store)
        j->store = study_open_store(&c->options, &reporter, " (continuing without stored rows)");
    study_use_store(j->study, j->store);
    console_begin(c->console, 0);
    enum connection_end end = study_wait(j->study, c->signals, why);
    if (j->store && store_flush(j->store, &unkept) < 0 && !j->troubled)
        console_warn(c->console, "%s (not all rows are kept)", unkept.text);
    if (j->store && store_renewed(j->store, &unkept))
        console_warn(c->console, "%s", unkept.text);
    *stable = job_is_stable(j);
    return end;
}

/* After job_choose took the rows of a file. */
static int settle_saved_rows(struct job *j, const char **state)
{
    struct console *console = j->c->console;
    const struct study *s = j->study;
    const char *path = s->saved_rows->path;
    long rows = s->curve->rows_n;
    bool whole = s->settled_n == s->order_n;
    if (rows == 0) {
        console_say(console, "%s: holds no row of the chosen images", path);
        return COMMAND_BAD_INPUT;
    }
    bool stable = job_is_stable(j);
    job_tell_until(j);
    if (!stable && !whole)
        console_warn(console, "%s has rows of %ld of these %ld images", path, rows, j->report.order_n);
    *state = stable ? "stable" : whole ? "complete" : "incomplete";
    return COMMAND_DONE;
}

int job_measure_whole(struct job *j, const char **state)
{
    struct command *c = j->c;
    struct error e;
    bool stable;
    int status = job_choose(j);
    if (status != COMMAND_DONE)
        return status;
    if (j->study->saved_rows)
        return settle_saved_rows(j, state);
    enum connection_end end = job_measure(j, &stable, &e);
    if (end != CONNECTION_DONE && !(end == CONNECTION_INTERRUPTED && stable))
        return command_end(c, end, &e, command_unwritten);
    job_tell_until(j);
    *state = stable ? "stable" : "complete";
    if (j->study->curve->rows_n > 0)
        return COMMAND_DONE;
    console_say(c->console, "none of %ld images could be measured", j->report.order_n);
    return COMMAND_BAD_INPUT;
}
