/* --live: the table with bars on the screen while both halves work. What is written in the end is the same as
 * without. */
#include <langinfo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/model.h"
#include "app/state.h"
#include "base/clock.h"
#include "base/memory.h"
#include "commands/running.h"
#include "deployment/run_plan.h"
#include "panes/stages.h"
#include "screen/canvas.h"
#include "screen/keys.h"
#include "screen/terminal.h"

enum { LIVE_FRAME_MS = 200, LIVE_ROWS_MIN = 5, LIVE_COLUMNS_MIN = 40 };

struct watching {
    struct running *r;
    struct run_watch *watch;
    struct terminal *terminal;
    struct canvas *canvas;
    enum theme theme;
    struct settings settings; /* of the screen */
    struct run_state state;
    double (*plans)[RUN_MEASURES]; /* [cuts_n] for tensors without a coder */
    struct run_line *lines;        /* [lines_n] said so far, for standard error in the end */
    int lines_n;
    bool known; /* there is a state */
    bool dirty, again, stopping;
    int64_t drawn;
};

/* ---- What is shown ---------------------------------------------------------------------------------- */

/* For tensors of the bytes that they have on average. */
static void watching_find_plan(const struct watching *l, double plan[RUN_MEASURES])
{
    const struct running *r = l->r;
    const double *known = l->plans[l->state.cut];
    double bytes = l->state.mean_bytes;
    struct link link;
    struct error unwanted;
    memcpy(plan, known, sizeof l->plans[0]);
    if (!(bytes > 0) || isnan(known[STAGE_WIRE]) || run_plan_given_link(&r->c->options, &link, &unwanted) < 0)
        return;
    run_plan_of(known[STAGE_HEAD], known[STAGE_TAIL], &link, (int64_t)ceil(bytes),
                run_plan_answer(r->tables[l->state.cut]), r->job.pipelined && r->job.cuts_n == 1, plan);
}

/* New string. */
static char *watching_title(const struct watching *l)
{
    const struct run_job *j = &l->r->job;
    const struct exchange_cut *cut = &j->cuts[l->state.cut];
    if (j->cuts_n > 1)
        return memory_format("%d cuts, moved %ld times, now %s after layer %d (%s)", j->cuts_n,
                             l->state.moves, cut->folder, cut->sheet.layer, cut->sheet.name);
    return memory_format("%s after layer %d (%s), to %s", cut->folder, cut->sheet.layer, cut->sheet.name,
                         cut->command);
}

/* What was said last, and the keys. */
static void watching_draw_foot(const struct watching *l, struct area area)
{
    struct canvas *c = l->canvas;
    const struct run_line *line = l->lines_n ? &l->lines[l->lines_n - 1] : NULL;
    struct area foot = area_below(area, area.rows - 1), last = area_above(area_below(area, area.rows - 2), 1);
    if (line)
        canvas_field(c, last, 0, 0, last.columns, line->warning ? ROLE_WARNING : ROLE_TEXT, line->text);
    canvas_fill(c, foot, ROLE_BAR);
    canvas_field(c, foot, 0, 1, foot.columns - 1, ROLE_BAR,
                 l->stopping ? "stopping ..." : "q, Esc, Ctrl-C stop   Ctrl-L redraw   Ctrl-Z suspend");
}

static void watching_draw(struct watching *l)
{
    struct canvas *c = l->canvas;
    double plan[RUN_MEASURES];
    struct area all = canvas_area(c);
    char *title = watching_title(l);
    const struct stages stages = {.state = &l->state,
                                  .plan = plan,
                                  .title = title,
                                  .chosen = -1,
                                  .pipelined = l->r->job.pipelined && l->r->job.cuts_n == 1};
    watching_find_plan(l, plan);
    canvas_clear(c);
    if (all.rows < LIVE_ROWS_MIN || all.columns < LIVE_COLUMNS_MIN) {
        canvas_text(c, all, 0, 0, ROLE_TEXT, "too small");
    } else {
        stages_draw(&stages, c, area_above(all, all.rows - 2));
        watching_draw_foot(l, all);
    }
    terminal_show(l->terminal, c, l->theme, l->again);
    l->dirty = l->again = false;
    l->drawn = clock_ms();
    free(title);
}

/* ---- The loop --------------------------------------------------------------------------------------- */

static void watching_stop(struct watching *l)
{
    run_watch_stop(l->watch);
    l->dirty = l->dirty || !l->stopping;
    l->stopping = true;
}

static void watching_press(struct watching *l, int key)
{
    if (key == 'q' || key == 'Q' || key == KEYS_ESC || key == KEYS_CTRL('C')) {
        watching_stop(l);
    } else if (key == KEYS_CTRL('L')) {
        l->dirty = l->again = true;
    } else if (key == KEYS_CTRL('Z')) {
        terminal_suspend(l->terminal);
        l->dirty = l->again = true;
    }
    l->drawn = 0; /* a key is answered at once */
}

static void watching_resize(struct watching *l)
{
    int rows, columns;
    terminal_size(l->terminal, &rows, &columns);
    if (rows == l->canvas->rows && columns == l->canvas->columns)
        return;
    canvas_resize(l->canvas, rows, columns);
    l->dirty = l->again = true;
}

static void watching_take(struct watching *l)
{
    struct run_line line;
    if (run_watch_take(l->watch, &l->state))
        l->known = l->dirty = true;
    while (run_watch_line(l->watch, &line)) {
        l->lines = memory_grow(l->lines, (size_t)l->lines_n + 1, sizeof *l->lines);
        l->lines[l->lines_n++] = line;
        l->dirty = true;
    }
}

/* Sleeps until a key, news or a moment has come: the size is looked at then, too. */
static void watching_wait(struct watching *l)
{
    struct pollfd fds[1 + RUN_WATCH_POLLS] = {{.fd = STDIN_FILENO, .events = POLLIN}};
    int n = 1 + run_watch_polls(l->watch, fds + 1);
    int64_t frame = l->drawn + LIVE_FRAME_MS - clock_ms();
    int key, row, column, wheel;
    poll(fds, (nfds_t)n, l->dirty && frame < LIVE_FRAME_MS ? (int)(frame > 0 ? frame : 0) : LIVE_FRAME_MS);
    if (terminal_is_gone(l->terminal)) {
        watching_stop(l);
        return;
    }
    while ((key = terminal_key(l->terminal, &row, &column, &wheel)) >= 0)
        if (key)
            watching_press(l, key);
}

static void watching_loop(struct watching *l)
{
    while (l->state.phase != RUN_OVER) {
        watching_resize(l);
        if (l->dirty && l->known && clock_ms() >= l->drawn + LIVE_FRAME_MS)
            watching_draw(l);
        watching_wait(l);
        if (*l->r->c->signals)
            watching_stop(l);
        watching_take(l);
    }
}

/* ---- From one end to the other ---------------------------------------------------------------------- */

static void watching_choose_look(struct watching *l)
{
    const struct settings s = l->settings;
    const char *no_color = getenv("NO_COLOR");
    int colours = no_color && *no_color ? 0 : terminal_colours(l->terminal);
    enum glyphs_set most = glyphs_choose(getenv("TERM"));
    l->theme = colours >= 8 ? s.theme : THEME_MONO;
    l->canvas = canvas_new(1, 1, s.glyphs > most ? s.glyphs : most);
}

static int watching_open(struct watching *l, struct error *e)
{
    struct running *r = l->r;
    size_t cuts = (size_t)r->job.cuts_n;
    l->plans = memory_new(cuts, sizeof *l->plans);
    for (int i = 0; i < r->job.cuts_n; i++) {
        struct exchange_cut *cut = &r->job.cuts[i];
        for (int m = 0; m < RUN_MEASURES; m++)
            l->plans[i][m] = NAN;
        if (r->tables[i] && run_plan_predict(&r->c->options, cut->folder, r->tables[i], &cut->sheet, 0,
                                             r->job.pipelined && cuts == 1, l->plans[i], e) < 0)
            return -1;
    }
    l->terminal = terminal_open(e);
    if (!l->terminal)
        return -1;
    watching_choose_look(l);
    l->watch = run_watch_begin(&r->job, NULL, running_choose, r, e);
    return l->watch ? 0 : -1;
}

/* What was said is said again where it stays. */
static void watching_close(struct watching *l)
{
    run_watch_free(l->watch);
    if (l->terminal)
        terminal_close(l->terminal);
    if (l->canvas)
        canvas_free(l->canvas);
    for (int i = 0; i < l->lines_n; i++) {
        if (l->lines[i].warning)
            command_warn_single(l->r->c, l->lines[i].text);
        else
            console_note(l->r->c->console, "%s", l->lines[i].text);
        free(l->lines[i].text);
    }
    command_end_warnings(l->r->c);
    free(l->lines);
    free(l->plans);
}

enum exchange_end running_live(struct running *r, struct error *e)
{
    struct watching l = {.r = r, .dirty = true, .again = true, .settings = {.theme = THEME_DARK}};
    enum exchange_end end = EXCHANGE_REFUSED;
    if (state_load_settings(&l.settings, e) < 0)
        console_warn(r->c->console, "%s", e->text);
    if (watching_open(&l, e) == 0) {
        watching_loop(&l);
        end = l.state.end;
        *e = l.state.why;
    }
    watching_close(&l);
    return end;
}
