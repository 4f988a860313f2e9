#include "app/live.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/program_file.h"
#include "csv/provenance.h"
#include "deployment/run_origin.h"
#include "deployment/run_plan.h"
#include "partition/partition_folder.h"
#include "study/child.h"

struct live {
    char *offered; /* folder of the last halves that were made, or that ran; or NULL */
    char *command; /* the last one, or NULL */
    bool one_at_a_time;

    /* The run under way, or the last one. */
    struct run_watch *watch; /* NULL: it is over */
    struct run_job job;
    struct options options;
    char *folder;
    char *title;
    bool known;                /* there is a state */
    struct run_state state;    /* of what it has measured */
    bool ours;                 /* the halves are of the network on the screen: view 9 has their plan, */
    double plan[RUN_MEASURES]; /* else: what the devices and the link of then say of them */
};

static struct live *live_of(struct app *a)
{
    if (!a->live)
        a->live = memory_new(1, sizeof *a->live);
    return a->live;
}

bool live_runs(const struct app *a)
{
    return a->live && a->live->watch;
}

static void live_replace(char **text, const char *with)
{
    char *copy = memory_copy(with);
    free(*text);
    *text = copy;
}

void live_offer(struct app *a, const char *folder)
{
    live_replace(&live_of(a)->offered, folder);
}

const char *live_offered(const struct app *a)
{
    return a->live ? a->live->offered : NULL;
}

bool live_pipelined(const struct app *a)
{
    return !a->live || !a->live->one_at_a_time;
}

void live_toggle_pipeline(struct app *a)
{
    struct live *l = live_of(a);
    l->one_at_a_time = !l->one_at_a_time;
    app_say(a, JOURNAL_NOTE, "%s: %s", live_runs(a) ? "from the next run on" : "the next run",
            l->one_at_a_time ? "one image at a time, for latency" : "the head works ahead, for throughput");
}

/* What it measured may stay. */
static void live_end(struct live *l)
{
    run_watch_free(l->watch);
    l->watch = NULL;
    run_job_free(&l->job);
    l->job = (struct run_job){0};
}

void live_free(struct app *a)
{
    struct live *l = a->live;
    if (!l)
        return;
    live_end(l);
    free(l->offered);
    free(l->command);
    free(l->folder);
    free(l->title);
    free(l);
    a->live = NULL;
}

void live_stop(struct app *a)
{
    app_say(a, JOURNAL_NOTE, "stopping the run");
    run_watch_stop(a->live->watch);
}

char *live_text(const struct app *a)
{
    char *status = a->live->known ? stages_status(&a->live->state) : memory_copy("starting both halves");
    char *text = memory_format("%s (Esc stops it)", status);
    free(status);
    return text;
}

/* ---- What the plan says ------------------------------------------------------------------------------ */

/* With a bottleneck they are not: that makes another network of it. */
static bool live_is_ours(const struct app *a, const struct exchange_cut *cut)
{
    char *path = partition_folder_path(cut->folder, PARTITION_CSV);
    struct provenance *p = provenance_of(path);
    const char *cfg = provenance_find(p, "cfg_xxh3");
    bool ours = cfg && strcmp(cfg, a->study->cfg_xxh3) == 0 && cut->sheet.layer < a->study->table->rows_n;
    provenance_free(p);
    free(path);
    return ours;
}

/* Of halves of another network, with the devices that have a speed and the link, as isplit run has it. */
static void live_plan_others(struct app *a)
{
    struct error e;
    struct live *l = a->live;
    const struct exchange_cut *cut = &l->job.cuts[0];
    const struct options given = planning_given(a);
    for (int m = 0; m < RUN_MEASURES; m++)
        l->plan[m] = NAN;
    if (l->ours || !run_plan_asked(&given))
        return;
    struct table *table = run_plan_table(cut->folder, &e);
    if (!table ||
        run_plan_predict(&given, cut->folder, table, &cut->sheet, 0, l->job.pipelined, l->plan, &e) < 0)
        app_say(a, JOURNAL_NOTE, "there is no plan of these halves: %s", e.text);
    table_free(table);
}

static const struct placement *live_placement(const struct app *a)
{
    const struct planning *w = &a->planning;
    for (int i = 0; i < w->verdict.n; i++)
        if (w->cuts[i].kind == PLACEMENT_SPLIT && w->cuts[i].layer == a->live->job.cuts[0].sheet.layer)
            return &w->cuts[i];
    return NULL;
}

/* What its number type and coder take there the plan counts to head and tail. */
static void live_plan(const struct app *a, double plan[RUN_MEASURES])
{
    const struct live *l = a->live;
    const struct cost_model *d = &a->planning.deployment.cost_model;
    const struct placement *p = l->ours && a->planning.open ? live_placement(a) : NULL;
    memcpy(plan, l->plan, sizeof l->plan);
    if (!p)
        return;
    const struct table *t = a->study->table;
    double bytes = l->state.mean_bytes;
    int64_t sent = bytes > 0 ? (int64_t)ceil(bytes) : run_plan_plain(t, &l->job.cuts[0].sheet);
    run_plan_of(p->head_ms - p->encode_ms / d->edge_speed, p->tail_ms - p->decode_ms / d->server_speed,
                &d->link, sent, run_plan_answer(t), l->job.pipelined, plan);
}

bool live_stages(const struct app *a, double plan[RUN_MEASURES], struct stages *stages)
{
    const struct live *l = a->live;
    if (!l || !l->known || !l->job.cuts)
        return false;
    live_plan(a, plan);
    *stages = (struct stages){.state = &l->state,
                              .plan = plan,
                              .title = l->title,
                              .pipelined = l->job.pipelined,
                              .chosen = a->states->run_measure};
    return true;
}

/* ---- While it works ---------------------------------------------------------------------------------- */

int live_polls(const struct app *a, struct pollfd fds[LIVE_POLLS])
{
    return live_runs(a) ? run_watch_polls(a->live->watch, fds) : 0;
}

static void live_take_lines(struct app *a)
{
    struct run_line line;
    while (run_watch_line(a->live->watch, &line)) {
        app_say(a, line.warning ? JOURNAL_WARNING : JOURNAL_NOTE, "%s", line.text);
        free(line.text);
    }
}

static void live_finish(struct app *a)
{
    struct live *l = a->live;
    const struct run_state *s = &l->state;
    char *status = stages_status(s);
    if (s->end == EXCHANGE_DONE)
        app_say(a, JOURNAL_GOOD, "%s", status);
    else if (s->end == EXCHANGE_INTERRUPTED)
        app_say(a, JOURNAL_NOTE, "%s", status);
    else
        app_say(a, JOURNAL_ERROR, "the run has ended: %s", s->why.text);
    free(status);
    run_watch_free(l->watch); /* its last state is that the thread is about to return */
    l->watch = NULL;
}

void live_step(struct app *a)
{
    struct live *l = a->live;
    if (!live_runs(a))
        return;
    bool changed = run_watch_take(l->watch, &l->state);
    l->known = l->known || changed;
    a->dirty = a->dirty || changed;
    live_take_lines(a);
    if (l->known && l->state.phase == RUN_OVER)
        live_finish(a);
}

/* ---- The beginning ----------------------------------------------------------------------------------- */

static void live_begin(struct app *a, const char *command)
{
    struct error e;
    struct live *l = a->live;
    const char *folders[] = {l->folder};
    live_end(l);
    l->known = false;
    l->options = a->study->options;
    l->job = (struct run_job){.options = &l->options, .pipelined = !l->one_at_a_time};
    free(l->title);
    l->title = memory_copy("");
    if (run_job_read(&l->job, folders, 1, command, &e) < 0) {
        app_say(a, JOURNAL_ERROR, "%s", e.text);
        return;
    }
    const struct exchange_cut *cut = &l->job.cuts[0];
    if (!run_origin_is_told(l->folder) &&
        run_origin_match(l->folder, a->study->table, a->study->inputs.cfg, &e) < 0) {
        app_say(a, JOURNAL_ERROR, "%s", e.text);
        return;
    }
    free(l->title);
    l->title = memory_format("%s after layer %d (%s), to %s", l->folder, cut->sheet.layer, cut->sheet.name,
                             cut->command);
    l->ours = live_is_ours(a, cut);
    live_plan_others(a);
    child_calm_threads(); /* which sets a variable: before there is a thread */
    l->watch = run_watch_begin(&l->job, a->study->inputs.data, NULL, NULL, &e);
    if (!l->watch)
        app_say(a, JOURNAL_ERROR, "%s", e.text);
    app_set_view(a, VIEW_RUN);
}

static void live_command_done(struct app *a, const char *text)
{
    if (!text || !*text)
        return;
    live_replace(&a->live->command, text);
    live_begin(a, text);
}

/* What runs the tail on this machine, which shows what is to be typed for another one. New string. */
static char *live_usual_command(const char *folder)
{
    struct half_sheet sheet;
    struct error unwanted;
    char *beside, *found = program_file_half(&beside);
    bool stock = half_sheet_read(folder, &sheet, &unwanted) < 0 || sheet.runs_in[HALF_TAIL] == NET_RUNS_STOCK;
    char *word = found ? text_shell(found) : memory_copy("isplit-half");
    char *command =
        stock ? memory_format("%s tail " RUN_PLACE, word) : memory_copy("isplit serve " RUN_PLACE);
    free(word);
    free(found);
    free(beside);
    return command;
}

static void live_folder_done(struct app *a, const char *text)
{
    struct half_sheet sheet;
    struct error e;
    struct live *l = a->live;
    if (!text || !*text)
        return;
    if (half_sheet_read(text, &sheet, &e) < 0) {
        app_say(a, JOURNAL_ERROR, "%s", e.text); /* and it is asked for again */
        return;
    }
    live_replace(&l->folder, text);
    live_replace(&l->offered, text);
    char *offered = l->command ? memory_copy(l->command) : live_usual_command(text);
    app_prompt(a, PROMPT_TEXT, "command that starts the tail ({}: the folder): ", offered, NULL,
               live_command_done, NULL);
    free(offered);
}

void live_ask(struct app *a)
{
    if (a->study->saved_rows)
        app_say(a, JOURNAL_WARNING, "there are no images to run: the rows come from %s",
                a->study->inputs.named);
    else if (live_runs(a))
        app_say(a, JOURNAL_NOTE, "both halves run (Esc stops it)");
    else
        app_prompt(a, PROMPT_PATH, "folder of both halves: ", live_of(a)->offered ? a->live->offered : "",
                   NULL, live_folder_done, NULL);
}
