#include "view/plan_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum {
    NAME_LEAST = 13,
    BAR_LEAST = 10,
    BAR_READABLE = 18,
    BAR_MOST = 240,
    TOTAL = 7,
    NARROW = 56,
    ROOMY = 78
};

/* ---- The cursor -------------------------------------------------------------------------------------- */

int plan_rows_cursor(const struct app *a)
{
    const struct plan_view *v = &a->plan;
    if (v->whole && v->position == a->cursor)
        return v->whole < 0 ? 0 : a->study->listing.n + 1;
    return a->cursor + 1;
}

const char *plan_rows_name(const struct app *a, int row)
{
    return verdict_name(&a->weighing.verdict, &a->weighing.cuts[row]);
}

/* ---- The time axis ----------------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The longest time of the cuts that keep the limits, or of all; but at most so many times the middle one. 0
 * where there is none. */
static double usual_end(const struct app *a, bool open)
{
    const double apart = 3;
    double *times = memory_new((size_t)a->weighing.verdict.n, sizeof *times);
    int n = 0;
    for (int i = 0; i < a->weighing.verdict.n; i++) {
        const struct choice_cut *c = &a->weighing.cuts[i];
        if ((c->open || !open) && isfinite(c->total_ms))
            times[n++] = c->total_ms;
    }
    qsort(times, (size_t)n, sizeof *times, by_time);
    double end = n ? fmin(times[n - 1], apart * times[n / 2]) : 0;
    free(times);
    return end;
}

double plan_rows_axis(const struct app *a)
{
    const double beyond = 1.15; /* times the limit */
    if (a->plan.axis_ms > 0)
        return a->plan.axis_ms;
    double limit = a->weighing.deployment.limits.limit[CHOICE_LATENCY];
    double all = usual_end(a, false), end = usual_end(a, true);
    if (end == 0)
        end = all;
    if (!isnan(limit))
        end = fmax(end, fmin(beyond * limit, all));
    return end > 0 ? end : 1;
}

/* ---- Cells ------------------------------------------------------------------------------------------- */

void plan_rows_ms(char out[16], double ms)
{
    if (isnan(ms))
        snprintf(out, 16, "?");
    else if (ms >= 999999.5)
        snprintf(out, 16, "%.3g", ms);
    else
        snprintf(out, 16, "%.*f", ms < 9.995 ? 2 : ms < 99.95 ? 1 : 0, ms);
}

static void bytes_text(char out[16], int64_t bytes)
{
    if (bytes < 0)
        snprintf(out, 16, "?");
    else
        text_bytes(out, bytes);
}

static void figure_text(const struct choice_cut *c, enum plan_column column, char out[16])
{
    out[0] = '\0';
    switch (column) {
    case PLAN_TOTAL:
        plan_rows_ms(out, c->total_ms);
        break;
    case PLAN_BYTES:
        bytes_text(out, c->bytes);
        break;
    case PLAN_MEMORY:
        bytes_text(out, c->memory);
        break;
    case PLAN_ENERGY:
        snprintf(out, 16, isnan(c->joules) ? "?" : "%.3g", c->joules);
        break;
    case PLAN_RANK:
        if (c->rank)
            snprintf(out, 16, "%d", c->rank);
        break;
    case PLAN_ACCURACY:
        if (!isnan(c->accuracy))
            snprintf(out, 16, "%.1f", 100 * c->accuracy);
        break;
    case PLAN_MARKS:
    case PLAN_NAME:
    case PLAN_BAR:
    case PLAN_COLUMNS:
        break;
    }
}

static const enum choice_figure figures[PLAN_COLUMNS] = {
    [PLAN_TOTAL] = CHOICE_LATENCY, [PLAN_BYTES] = CHOICE_BYTES,     [PLAN_MEMORY] = CHOICE_MEMORY,
    [PLAN_ENERGY] = CHOICE_ENERGY, [PLAN_RANK] = CHOICE_IMPORTANCE, [PLAN_ACCURACY] = CHOICE_ACCURACY,
};

/* A blank in its place keeps the numbers below one another. */
static const char *sign_of(const struct app *a, const struct choice_cut *c, enum choice_figure figure)
{
    if (isnan(a->weighing.deployment.limits.limit[figure]))
        return "";
    return c->broken & 1u << figure ? "!" : " ";
}

void plan_rows_text(const struct app *a, int row, enum plan_column column, char out[PLAN_TEXT])
{
    char figure[16];
    const struct choice_cut *c = &a->weighing.cuts[row];
    out[0] = '\0';
    if (column == PLAN_NAME)
        snprintf(out, PLAN_TEXT, "%.38s", plan_rows_name(a, row));
    else if (column >= PLAN_TOTAL && column < PLAN_COLUMNS) {
        figure_text(c, column, figure);
        snprintf(out, PLAN_TEXT, "%s%s", figure, sign_of(a, c, figures[column]));
    }
}

/* ---- Columns ----------------------------------------------------------------------------------------- */

static int widest(const struct app *a, enum plan_column column)
{
    int width = 0;
    for (int row = 0; row < a->weighing.verdict.n; row++) {
        char text[PLAN_TEXT];
        plan_rows_text(a, row, column, text);
        int one = canvas_width(text);
        width = one > width ? one : width;
    }
    return width;
}

/* Whether any cut has a figure there. */
static bool is_known(const struct app *a, double (*of)(const struct choice_cut *))
{
    for (int i = 0; i < a->weighing.verdict.n; i++)
        if (!isnan(of(&a->weighing.cuts[i])))
            return true;
    return false;
}

static double joules(const struct choice_cut *c)
{
    return c->kind == CHOICE_SPLIT ? c->joules : NAN;
}

static double accuracy(const struct choice_cut *c)
{
    return c->accuracy;
}

/* With room for whole titles, where they do not take it from the bars. */
static int content_width(const struct app *a, const struct columns_column *k, enum plan_column column,
                         bool roomy)
{
    int content = widest(a, column);
    int title = roomy ? canvas_width(k->title) : 0;
    content = content > k->content ? content : k->content;
    return title > content ? title : content;
}

static void set_columns(const struct app *a, struct columns_table *cs, int width)
{
    const struct columns_column columns[PLAN_COLUMNS] = {
        [PLAN_MARKS] = {.title = "", .content = PLAN_MARKS_WIDTH, .drop = 6},
        [PLAN_NAME] = {.title = "cut after", .brief = "cut", .least = NAME_LEAST},
        [PLAN_BAR] = {.title = "", .content = BAR_MOST, .least = width < NARROW ? BAR_LEAST : BAR_READABLE},
        [PLAN_TOTAL] = {.title = "total ms", .brief = "ms", .content = TOTAL, .number = true},
        [PLAN_BYTES] = {.title = "sends", .number = true, .drop = 5},
        [PLAN_MEMORY] = {.title = "head needs", .brief = "needs", .number = true, .drop = 2},
        [PLAN_ENERGY] = {.title = "J", .number = true, .drop = 3, .absent = !is_known(a, joules)},
        [PLAN_RANK] = {.title = "rank", .number = true, .drop = 4},
        [PLAN_ACCURACY] = {.title = "accuracy %",
                           .brief = "acc",
                           .number = true,
                           .drop = 1,
                           .absent = !is_known(a, accuracy)},
    };
    memcpy(cs->columns, columns, sizeof columns);
    cs->n = PLAN_COLUMNS;
    cs->sort = -1; /* always by layer, as the curve beside it */
    for (int i = 0; i < PLAN_COLUMNS; i++)
        cs->columns[i].content = content_width(a, &columns[i], (enum plan_column)i, width >= ROOMY);
}

void plan_rows_refresh(struct app *a, int width)
{
    weighing_refresh(a);
    set_columns(a, &a->plan.columns, width);
    columns_fit(&a->plan.columns, width);
    a->plan.list.n = a->weighing.verdict.n;
    a->plan.list.cursor = plan_rows_cursor(a);
}
