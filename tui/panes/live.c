#include "panes/live.h"

#include <stdlib.h>

#include "app/model.h"
#include "base/memory.h"
#include "panes/pane.h"
#include "panes/states.h"
#include "panes/wrap.h"

static void live_prepare(struct app *a, struct area area)
{
    (void)area;
    planning_refresh(a);
}

/* How to begin. */
static void live_draw_empty(const struct app *a, struct canvas *c, struct area area)
{
    const char *folder = live_offered(a);
    char *halves = folder
                       ? memory_format("Enter runs the halves in %s.", folder)
                       : memory_copy("Enter asks for a folder that holds halves (view 9, Enter makes them).");
    char *text = memory_format("%s\n\nIt asks for the command that starts the tail, as in 'ssh server "
                               "isplit-half tail halves'. The head "
                               "runs here, on the images of this data set, and what each stage takes is "
                               "shown as it comes, beside what "
                               "the plan (view 9) says of the cut.\n\nNow %s (key W).",
                               halves,
                               live_pipelined(a) ? "the head works ahead, for throughput"
                                                 : "one image at a time, for latency");
    struct text_list lines = wrap_text(text, area.columns);
    canvas_text(c, area, 0, 0, ROLE_TITLE, "Both halves have not run yet");
    canvas_cursor(c, area, 0, 0);
    for (int i = 0; i < lines.n && i + 2 < area.rows; i++)
        canvas_text(c, area, i + 2, 0, i == 0 ? ROLE_TEXT : ROLE_DIM, lines.texts[i]);
    text_list_free(&lines);
    free(text);
    free(halves);
}

static void live_draw(const struct app *a, struct canvas *c, struct area area, bool focused)
{
    double plan[RUN_MEASURES];
    struct stages stages;
    if (live_stages(a, plan, &stages))
        stages_draw(&stages, c, area); /* with the cursor */
    else
        live_draw_empty(a, c, area);
    (void)focused; /* it is alone */
}

/* The cursor, over what is shown. */
static bool live_move(struct app *a, enum action action, struct area area)
{
    double plan[RUN_MEASURES];
    struct stages stages;
    int last = stages_shown(area.rows) - 1, at = a->states->run_measure;
    if (action < ACTION_UP || action > ACTION_LAST || action == ACTION_LEFT || action == ACTION_RIGHT)
        return false;
    if (!live_stages(a, plan, &stages)) {
        app_say(a, JOURNAL_NOTE, "both halves have not run yet (Enter runs them)");
        return true;
    }
    if (action == ACTION_UP || action == ACTION_DOWN)
        at += action == ACTION_UP ? -1 : 1;
    else
        at = action == ACTION_FIRST || action == ACTION_PAGE_UP ? 0 : last;
    a->states->run_measure = at < 0 ? 0 : at > last ? last : at;
    return true;
}

static bool live_act(struct app *a, enum action action, struct area area)
{
    if (action == ACTION_RUN)
        live_ask(a);
    else if (action == ACTION_PIPELINE)
        live_toggle_pipeline(a);
    else
        return live_move(a, action, area);
    return true;
}

static void live_click(struct app *a, struct area area, int row, int column)
{
    int measure = stages_at(area.rows, row);
    (void)column;
    if (measure >= 0)
        a->states->run_measure = measure;
}

const struct pane live_pane = {
    .name = "run", .prepare = live_prepare, .draw = live_draw, .act = live_act, .click = live_click};
