#include "app/beside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/values.h"
#include "base/memory.h"
#include "panes/plan_headline.h"
#include "panes/plan_rows.h"
#include "panes/wrap.h"

enum { SIDES = 2, BESIDE_NAME = 1, BESIDE_LEFT = 18 };

/* A line of the table: its name, and a text of each side; all owned. */
struct beside_line {
    char *name;
    char *texts[SIDES];
};

struct beside {
    char *names[SIDES], *headlines[SIDES];
    struct beside_line *lines; /* [n] what is recommended and its metrics, then the values */
    int n;
};

void beside_free(struct beside *b)
{
    if (!b)
        return;
    for (int i = 0; i < b->n; i++) {
        for (int side = 0; side < SIDES; side++)
            free(b->lines[i].texts[side]);
        free(b->lines[i].name);
    }
    for (int side = 0; side < SIDES; side++) {
        free(b->names[side]);
        free(b->headlines[side]);
    }
    free(b->lines);
    free(b);
}

/* Takes the text. */
static void beside_put(struct beside *b, int line, int side, const char *name, char *text)
{
    if (line == b->n) {
        b->lines = memory_grow(b->lines, (size_t)b->n + 1, sizeof *b->lines);
        b->lines[b->n++] = (struct beside_line){.name = memory_copy(name)};
    }
    free(b->lines[line].texts[side]);
    b->lines[line].texts[side] = text;
}

/* Of the recommended row; "-" where there is none. New string. */
static char *beside_metric(const struct app *a, enum metric metric)
{
    const struct verdict *v = &a->planning.verdict;
    char text[METRIC_TEXT_SIZE];
    double value = v->pick.best < 0 ? NAN : metric_shown(metric, &v->cuts[v->pick.best]);
    if (isnan(value))
        return memory_copy("-");
    metric_text(text, metric, value, 3);
    return memory_format("%s%s", metric == METRIC_IMPORTANCE ? "rank " : "", text);
}

void beside_take(struct app *a, int side, const char *name)
{
    if (side == 0) {
        beside_free(a->planning.beside);
        a->planning.beside = memory_new(1, sizeof *a->planning.beside);
    }
    struct beside *b = a->planning.beside;
    int line = 0, best = a->planning.verdict.pick.best;
    beside_put(b, line++, side, "recommended", memory_copy(best < 0 ? "nothing" : plan_rows_name(a, best)));
    for (int f = 0; f < METRICS; f++)
        beside_put(b, line++, side, metric_table[f].name, beside_metric(a, (enum metric)f));
    for (int i = 0; i < values_n(); i++) {
        char *named = memory_format("%s%s", values_is_limit(i) ? "limit " : "", values_name(i));
        beside_put(b, line++, side, named, values_shown(a, i));
        free(named);
    }
    b->names[side] = memory_copy(name);
    b->headlines[side] = plan_headline(a);
}

static void beside_row(struct canvas *c, struct area area, int row, const struct beside_line *line)
{
    int right = BESIDE_LEFT + (area.columns - BESIDE_LEFT) / 2;
    bool differ = strcmp(line->texts[0], line->texts[1]) != 0;
    enum role role = differ ? ROLE_BEST : ROLE_TEXT;
    canvas_field(c, area, row, BESIDE_NAME, BESIDE_LEFT - 2, ROLE_DIM, line->name);
    canvas_field(c, area, row, BESIDE_LEFT, right - BESIDE_LEFT - 2, role, line->texts[0]);
    canvas_field(c, area, row, right, area.columns - right, role, line->texts[1]);
    if (differ)
        canvas_text(c, area, row, right - 2, ROLE_DIM, "|");
}

/* What each recommends, in words. */
static void beside_words(const struct beside *b, struct canvas *c, struct area area)
{
    int row = 0;
    for (int side = 0; side < SIDES; side++) {
        char *text = memory_format("%s: %s", b->names[side], b->headlines[side]);
        struct text_list w = wrap_text(text, area.columns - 1);
        for (int i = 0; i < w.n && row < area.rows; i++)
            canvas_text(c, area, row++, BESIDE_NAME, ROLE_TEXT, w.texts[i]);
        text_list_free(&w);
        free(text);
    }
}

static void beside_draw(const struct app *a, struct canvas *c, struct area area)
{
    const struct beside *b = a->planning.beside;
    if (!b)
        return;
    const struct beside_line head = {(char[]){""}, {b->names[0], b->names[1]}};
    canvas_rule(c, area, 0, ROLE_TITLE, "Two scenarios");
    beside_row(c, area, 1, &head);
    struct area rest = area_below(area, 2);
    int rows = b->n - a->dialog_row < rest.rows ? b->n - a->dialog_row : rest.rows;
    for (int i = 0; i < rows; i++)
        beside_row(c, rest, i, &b->lines[a->dialog_row + i]);
    beside_words(b, c, area_below(rest, rows + 1));
}

static void beside_key(struct app *a, int pressed)
{
    enum action action = actions_find(pressed, VIEW_PLAN);
    if (!a->planning.beside || app_leaves_dialog(action) || action == ACTION_ENTER || action == ACTION_CUT)
        a->dialog = NULL;
    else
        app_move_in_dialog(a, action, a->planning.beside->n);
    a->dirty = true;
}

static const struct dialog beside_dialog = {"Up, Down scroll   Esc leave", beside_draw, beside_key};

void beside_open(struct app *a)
{
    a->dialog_row = 0;
    a->dialog = &beside_dialog;
    a->dirty = true;
}
