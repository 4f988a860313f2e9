#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "commands/evaluate.h"

enum { MS_A_MINUTE = 60000 };

/* ---- One piece of work -----------------------------------------------------------------------------------
 */

/* Its progress line: which cut, and where it is in the race. */
static void contest_name_work(struct evaluate *v, const struct evaluation_work *w)
{
    const struct table_row *row = &v->c->connection->table->rows[v->layers[w->cut]];
    snprintf(v->c->what, sizeof v->c->what, "%.40s, start %d, stage %d", row->name, w->start + 1,
             w->stage + 1);
}

/* That a training goes on from its checkpoint is told by the race itself. */
static void contest_pass_over_notes(void *data, bool warning, const char *text)
{
    struct command *c = data;
    if (warning)
        console_warn(c->console, "%s", text);
}

static enum connection_end contest_train(struct evaluate *v, const struct evaluation_work *w,
                                         struct error *why)
{
    struct command *c = v->c;
    struct retrain_request *q = &v->request;
    evaluation_ask(v->evaluation, w, c->options.input.seed, q);
    q->force = c->options.cut.force && w->stage == 0;
    contest_name_work(v, w);
    c->connection->listener.log = contest_pass_over_notes;
    bool kept = c->options.retrain.validation_data != NULL;
    enum connection_end end =
        connection_retrain(c->connection, q, kept, why) < 0 ? CONNECTION_GONE : command_wait(c, why);
    c->trained[1] = 0;
    return end;
}

static int contest_keep(struct evaluate *v, const struct evaluation_work *w, double seconds)
{
    struct error e;
    const struct retrain_check *checks = connection_retrain_checks(v->c->connection);
    if (evaluation_add(v->evaluation, w, checks, seconds, &e) < 0)
        return command_fail(v->c, COMMAND_BAD_INPUT, &e);
    const struct retrain_check *now = &checks[RETRAIN_CHECKED];
    const struct table_row *row = &v->c->connection->table->rows[v->layers[w->cut]];
    if (console_is_terminal(v->c->console))
        console_note(v->c->console, "%s, start %d, stage %d: %.1f %% right", row->name, w->start + 1,
                     w->stage + 1, 100 * (double)now->correct / (double)now->images);
    return COMMAND_DONE;
}

/* ---- The race --------------------------------------------------------------------------------------------
 */

static void contest_judge(struct evaluate *v)
{
    free(v->cuts);
    v->cuts = memory_new((size_t)v->cuts_n, sizeof *v->cuts);
    v->best = race_verdict(evaluation_race(v->evaluation), v->cuts);
}

/* For a screen that watches (--evaluation): the first time at once, and then as often as it takes no more
 * than a hundredth of the time. */
enum { SHOW_SHARE = 100 };

static int contest_show(struct evaluate *v)
{
    int64_t now = clock_ms();
    if (v->shown_ms > 0 && now - v->shown_ms < SHOW_SHARE * v->showing_ms)
        return COMMAND_DONE;
    contest_judge(v);
    v->running = true;
    int status = evaluate_write_cuts(v);
    v->running = false;
    v->shown_ms = clock_ms();
    v->showing_ms = v->shown_ms - now;
    return status;
}

int evaluate_race(struct evaluate *v)
{
    struct evaluation_work w;
    struct error why;
    double minutes = v->c->options.evaluate.minutes;
    int64_t begin = clock_ms();
    int status = COMMAND_DONE;
    console_unit(v->c->console, "steps");
    while (status == COMMAND_DONE && !v->interrupted && evaluation_next(v->evaluation, &w)) {
        int64_t now = clock_ms();
        v->timed_out = minutes > 0 && (double)(now - begin) >= minutes * MS_A_MINUTE;
        if (v->timed_out)
            break;
        enum connection_end end = contest_train(v, &w, &why);
        v->interrupted = end == CONNECTION_INTERRUPTED;
        if (end != CONNECTION_DONE && !v->interrupted)
            status = command_end(v->c, end, &why, command_unwritten);
        else if (connection_retrain_is_whole(v->c->connection)) /* else it goes on another time */
            status = contest_keep(v, &w, (double)(clock_ms() - now) / 1000);
        if (status == COMMAND_DONE && !v->interrupted)
            status = contest_show(v);
    }
    contest_judge(v);
    return status;
}
