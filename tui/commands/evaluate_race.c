#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "commands/evaluate.h"
#include "partition/partition_folder.h"
#include "study/retraining.h"

/* Beside the race's own results: those of trainings of the bottleneck alone, an evaluation of its own. */
#define EVALUATE_ALONE_FOLDER "bottleneck"

enum { MS_A_MINUTE = 60000 };

/* ---- Results that are there
 * --------------------------------------------------------------------------------
 */

static struct evaluation *contest_open(const struct evaluate *v, int starts, const char *folder,
                                       struct error *e)
{
    const struct options *o = &v->c->options;
    struct race_rules race = retraining_rules(o, &v->request, v->cuts_n, v->allowed);
    struct content key = retraining_key(v->c->connection, &v->request);
    race.starts = starts > 0 ? starts : race.starts;
    return evaluation_open(&race, v->layers, folder, o->force, o->input.shard, &key, e);
}

/* Whether there is more that can learn than the bottleneck, and a bottleneck. */
static bool contest_has_alone(const struct evaluate *v)
{
    return v->request.trains != RETRAIN_BOTTLENECK && v->request.bottleneck.form != BOTTLENECK_NONE &&
           !v->c->options.retrain.race_only;
}

static struct evaluation *contest_open_alone(struct evaluate *v, struct error *e)
{
    char *folder = partition_folder_path(v->c->options.output.path, EVALUATE_ALONE_FOLDER);
    enum retrain_trains trains = v->request.trains;
    v->request.trains = RETRAIN_BOTTLENECK;
    struct evaluation *alone = contest_open(v, 1, folder, e);
    v->request.trains = trains;
    free(folder);
    return alone;
}

int evaluate_open(struct evaluate *v)
{
    struct error e;
    const struct options *o = &v->c->options;
    retraining_options(o, &v->request);
    v->request.steps = retraining_first_steps(o, &v->request);
    v->evaluation = contest_open(v, 0, o->output.path, &e);
    if (v->evaluation && contest_has_alone(v))
        v->alone = contest_open_alone(v, &e);
    return v->evaluation && (v->alone || !contest_has_alone(v)) ? COMMAND_DONE
                                                                : command_fail(v->c, COMMAND_BAD_INPUT, &e);
}

/* ---- One piece of work -----------------------------------------------------------------------------------
 */

/* Its progress line: which cut, and where it is in the race. */
static void contest_name_work(struct evaluate *v, const struct evaluation *in)
{
    int cut, start, stage;
    evaluation_work(in, &cut, &start, &stage);
    const struct table_row *row = &v->c->connection->table->rows[v->layers[cut]];
    if (in == v->alone)
        snprintf(v->c->what, sizeof v->c->what, "%.40s, bottleneck alone", row->name);
    else
        snprintf(v->c->what, sizeof v->c->what, "%.40s, start %d, stage %d", row->name, start + 1, stage + 1);
}

/* How far the whole race is, before this training; of the bottleneck alone, which begins anew and has no
 * race, how far it is itself. */
static void contest_show_extent(struct evaluate *v, const struct evaluation *in)
{
    struct command *c = v->c;
    int cut, start, stage;
    long steps = evaluation_work(in, &cut, &start, &stage), known[2], most[2];
    snprintf(c->race.name, sizeof c->race.name, "%.30s%s", c->connection->table->rows[v->layers[cut]].name,
             in == v->alone ? " alone" : "");
    if (in == v->alone) {
        c->race.all = 0;
        console_count(c->console, NULL);
        return;
    }
    evaluation_extent(in, v->cuts, known, most);
    c->race.before = known[1];
    c->race.stage = steps;
    c->race.all = most[1];
    snprintf(c->race.count, sizeof c->race.count, "%ld/%ld trainings", known[0], most[0]);
    console_count(c->console, c->race.count);
}

/* What came of a training; in a race, how far that is. A line of its own, also in a log. */
static void contest_tell(struct evaluate *v, const struct evaluation *in, double share)
{
    struct command *c = v->c;
    long known[2], most[2];
    if (in == v->alone) {
        console_note(c->console, "%s: %.1f %% right", c->what, 100 * share);
        return;
    }
    evaluation_extent(in, v->cuts, known, most);
    char *eta = console_eta(c->console, most[1]);
    console_note(c->console, "%ld of at most %ld trainings%s: %s: %.1f %% right", known[0], most[0], eta,
                 c->what, 100 * share);
    free(eta);
}

/* That a training goes on from its checkpoint is told by the race itself. */
static void contest_pass_over_notes(void *data, bool warning, const char *text)
{
    struct command *c = data;
    if (warning)
        console_warn(c->console, "%s", text);
}

static enum connection_end contest_train(struct evaluate *v, const struct evaluation *in, struct error *why)
{
    struct command *c = v->c;
    struct retrain_request *q = &v->request;
    evaluation_ask(in, c->options.input.seed, q);
    q->force = c->options.force && (q->stages == 1 || in == v->alone);
    q->ends_only = q->ends_only || in == v->alone; /* where it begins is known */
    contest_name_work(v, in);
    contest_show_extent(v, in);
    c->connection->listener.log = contest_pass_over_notes;
    bool kept = c->options.retrain.validation_data != NULL;
    enum connection_end end =
        connection_retrain(c->connection, q, kept, why) < 0 ? CONNECTION_GONE : command_wait(c, why);
    c->trained[0] = c->trained[1] = 0;
    return end;
}

static int contest_keep(struct evaluate *v, struct evaluation *in, double seconds)
{
    struct error e;
    const struct retrain_check *checks = connection_retrain_checks(v->c->connection);
    if (evaluation_add(in, checks, seconds, &e) < 0)
        return command_fail(v->c, COMMAND_BAD_INPUT, &e);
    const struct retrain_check *now = &checks[RETRAIN_CHECKED];
    contest_name_work(v, in); /* the loss stood there */
    contest_tell(v, in, (double)now->correct / (double)now->images);
    return COMMAND_DONE;
}

/* Only that start has failed: the race goes on without it. */
static int contest_lose(struct evaluate *v, struct evaluation *in, const char *why, double seconds)
{
    struct error e;
    contest_name_work(v, in);
    console_warn(v->c->console, "%s has failed: %s", v->c->what, why);
    return evaluation_fail(in, why, seconds, &e) < 0 ? command_fail(v->c, COMMAND_BAD_INPUT, &e)
                                                     : COMMAND_DONE;
}

/* Whether no further training may begin. */
static bool contest_is_over(struct evaluate *v)
{
    double minutes = v->c->options.retrain.minutes;
    v->timed_out = minutes > 0 && (double)(clock_ms() - v->began_ms) >= minutes * MS_A_MINUTE;
    return v->interrupted || v->timed_out;
}

/* Trains it, and keeps what came of it; one that was interrupted goes on another time. */
static int contest_work(struct evaluate *v, struct evaluation *in)
{
    struct error why;
    int64_t now = clock_ms();
    enum connection_end end = contest_train(v, in, &why);
    v->interrupted = end == CONNECTION_INTERRUPTED;
    double seconds = (double)(clock_ms() - now) / 1000;
    if (end == CONNECTION_REFUSED && v->c->connection->diverged)
        return contest_lose(v, in, why.text, seconds);
    if (end != CONNECTION_DONE && !v->interrupted)
        return command_end(v->c, end, &why, command_unwritten);
    return connection_retrain_is_whole(v->c->connection) ? contest_keep(v, in, seconds) : COMMAND_DONE;
}

/* ---- The race --------------------------------------------------------------------------------------------
 */

/* What is known of the bottleneck alone: after as many stages as the cut has in the race. */
static void contest_judge_alone(struct evaluate *v)
{
    size_t n = (size_t)v->cuts_n;
    bool itself = v->request.trains == RETRAIN_BOTTLENECK;
    struct race_cut *alone = memory_new(n, sizeof *alone);
    if (v->alone)
        race_verdict(evaluation_race(v->alone), alone);
    if (!v->alone_accuracy)
        v->alone_accuracy = memory_new(n, sizeof *v->alone_accuracy);
    for (int i = 0; i < v->cuts_n; i++) {
        const struct race_cut *cut = itself ? &v->cuts[i] : &alone[i];
        bool known = (itself || v->alone) && v->cuts[i].stage >= 0 && cut->stage == v->cuts[i].stage;
        v->alone_accuracy[i] = known ? cut->accuracy : NAN;
    }
    free(alone);
}

static void contest_judge(struct evaluate *v)
{
    free(v->cuts);
    v->cuts = memory_new((size_t)v->cuts_n, sizeof *v->cuts);
    v->best = race_verdict(evaluation_race(v->evaluation), v->cuts);
    contest_judge_alone(v);
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
    int status = COMMAND_DONE;
    long known[2], most[2];
    v->began_ms = clock_ms();
    contest_judge(v);
    evaluation_extent(v->evaluation, v->cuts, known, most);
    console_begin(v->c->console, known[1]);
    while (status == COMMAND_DONE && !v->interrupted && evaluation_next(v->evaluation) &&
           !contest_is_over(v)) {
        status = contest_work(v, v->evaluation);
        if (status == COMMAND_DONE && !v->interrupted)
            status = contest_show(v);
    }
    contest_judge(v);
    v->c->race.all = 0;
    console_count(v->c->console, NULL);
    v->end = v->timed_out || v->interrupted ? RACE_RUNS : race_ending(evaluation_race(v->evaluation));
    return status;
}

int evaluate_alone(struct evaluate *v)
{
    int status = COMMAND_DONE;
    for (int i = 0; v->alone && i < v->cuts_n && status == COMMAND_DONE; i++) {
        enum retrain_trains trains = v->request.trains;
        if (v->cuts[i].stage < 0 || !isnan(v->alone_accuracy[i]) || evaluation_failures(v->alone)[i])
            continue;
        if (contest_is_over(v))
            break;
        v->request.trains = RETRAIN_BOTTLENECK;
        evaluation_choose(v->alone, i, v->cuts[i].stage);
        status = contest_work(v, v->alone);
        v->request.trains = trains;
    }
    contest_judge_alone(v);
    return status;
}
