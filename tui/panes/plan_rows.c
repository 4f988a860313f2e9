#include "panes/plan_rows.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/quantile.h"
#include "base/text.h"
#include "deployment/deployment_metric.h"
#include "panes/states.h"

enum {
    NAME_LEAST = 13,
    BAR_LEAST = 10,
    PLAN_BAR_DROP = 6,
    BAR_READABLE = 18,
    BAR_MOST = 240,
    NARROW = 56,
    ROOMY = 78
};

struct plan_rows {
    int whole;      /* the cursor: -1 on server only, 1 on device only; 0: on a cut, */
    int position;   /* unless the layer cursor has moved away from this one */
    double axis_ms; /* end of the time axis; 0: chosen by plan_rows_axis */
};

struct plan_rows *plan_rows_new(void)
{
    return memory_new(1, sizeof(struct plan_rows));
}

void plan_rows_free(struct plan_rows *r)
{
    free(r);
}

/* ---- The cursor -------------------------------------------------------------------------------------- */

int plan_rows_cursor(const struct app *a)
{
    const struct plan_rows *v = a->states->plan;
    if (v->whole && v->position == a->plot.cursor)
        return v->whole < 0 ? 0 : a->study->layer_list.n + 1;
    return a->plot.cursor + 1;
}

void plan_rows_go(struct app *a, int row)
{
    struct plan_rows *v = a->states->plan;
    int n = a->study->layer_list.n;
    v->whole = row <= 0 ? -1 : row > n ? 1 : 0;
    a->plot.placed = true; /* by a row without a layer, too */
    if (!v->whole)
        app_move(a, row - 1);
    v->position = a->plot.cursor;
    a->states->lists[STATES_PLAN].cursor = plan_rows_cursor(a);
    a->dirty = true;
}

const char *plan_rows_name(const struct app *a, int row)
{
    return verdict_name(&a->planning.verdict, &a->planning.cuts[row]);
}

/* ---- The time axis ----------------------------------------------------------------------------------- */

/* The longest time of the cuts that meet the limits, or of all; but at most a multiple of the median. 0 where
 * there is none. */
static double usual_end(const struct app *a, bool open)
{
    const double apart = 3;
    double *times = memory_new((size_t)a->planning.verdict.n, sizeof *times);
    int n = 0;
    for (int i = 0; i < a->planning.verdict.n; i++) {
        const struct placement *c = &a->planning.cuts[i];
        if ((c->feasible || !open) && isfinite(c->total_ms))
            times[n++] = c->total_ms;
    }
    quantile_sort(times, n);
    double end = n ? fmin(times[n - 1], apart * times[n / 2]) : 0;
    free(times);
    return end;
}

double plan_rows_axis(const struct app *a)
{
    const double beyond = 1.15; /* times the limit */
    if (a->states->plan->axis_ms > 0)
        return a->states->plan->axis_ms;
    double limit = a->planning.deployment.limits[METRIC_LATENCY];
    double all = usual_end(a, false), end = usual_end(a, true);
    if (end == 0)
        end = all;
    if (!isnan(limit))
        end = fmax(end, fmin(beyond * limit, all));
    return end > 0 ? end : 1;
}

void plan_rows_set_axis(struct app *a, double ms)
{
    a->states->plan->axis_ms = ms;
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

/* Short, as the title has the unit. "": none; "?": not known. */
static void plan_rows_metric_cell(const struct placement *c, enum metric metric, char out[16])
{
    const struct metric_entry *m = &metric_table[metric];
    double value = metric_shown(metric, c);
    out[0] = '\0';
    if (m->unit == METRIC_UNIT_MS)
        plan_rows_ms(out, value);
    else if (m->unit == METRIC_UNIT_RANK && value > 0)
        snprintf(out, 16, "%.0f", value);
    else if (m->unit == METRIC_UNIT_FRACTION && !isnan(value))
        snprintf(out, 16, "%.1f", 100 * value);
    else if (m->unit == METRIC_UNIT_BYTES && !isnan(value))
        text_bytes(out, (int64_t)value);
    else if (m->unit == METRIC_UNIT_JOULES && !isnan(value))
        snprintf(out, 16, "%.3g", value);
    else if (m->unit == METRIC_UNIT_BYTES || m->unit == METRIC_UNIT_JOULES)
        snprintf(out, 16, "?");
}

/* A blank in its place keeps the numbers aligned. */
static const char *sign_of(const struct app *a, const struct placement *c, enum metric metric)
{
    if (isnan(a->planning.deployment.limits[metric]))
        return "";
    return c->broken & 1u << metric ? "!" : " ";
}

void plan_rows_text(const struct app *a, int row, enum plan_column column, char out[PLAN_TEXT])
{
    char number[16];
    const struct placement *c = &a->planning.cuts[row];
    out[0] = '\0';
    if (column == PLAN_NAME)
        snprintf(out, PLAN_TEXT, "%.38s", plan_rows_name(a, row));
    else if (column >= PLAN_METRIC && column < PLAN_COLUMNS) {
        enum metric metric = (enum metric)(column - PLAN_METRIC);
        plan_rows_metric_cell(c, metric, number);
        snprintf(out, PLAN_TEXT, "%s%s", number, sign_of(a, c, metric));
    }
}

/* ---- Columns ----------------------------------------------------------------------------------------- */

static int plan_rows_widest(const struct app *a, enum plan_column column)
{
    int width = 0;
    for (int row = 0; row < a->planning.verdict.n; row++) {
        char text[PLAN_TEXT];
        plan_rows_text(a, row, column, text);
        int one = canvas_width(text);
        width = one > width ? one : width;
    }
    return width;
}

/* Whether any cut has it. */
static bool plan_rows_is_known(const struct app *a, enum metric metric)
{
    for (int i = 0; i < a->planning.verdict.n; i++)
        if (!isnan(metric_value(metric, &a->planning.cuts[i])))
            return true;
    return false;
}

/* With whole titles, unless the bars need the space. */
static int content_width(const struct app *a, const struct columns_column *k, enum plan_column column,
                         bool roomy)
{
    int content = plan_rows_widest(a, column);
    int title = roomy ? canvas_width(k->title) : 0;
    content = content > k->content ? content : k->content;
    return title > content ? title : content;
}

static struct columns_column plan_rows_metric_column(const struct app *a, enum metric metric)
{
    const struct deployment_metric *m = &deployment_metrics[metric];
    struct columns_column column = {
        .brief = m->brief,
        .content = m->content,
        .number = true,
        .drop = isnan(a->planning.deployment.limits[metric]) ? m->drop : 0,
        .absent = metric_table[metric].optional && !plan_rows_is_known(a, metric),
    };
    snprintf(column.title, sizeof column.title, "%s", m->title);
    return column;
}

static bool plan_rows_is_limited(const struct app *a)
{
    bool limited = false;
    for (int f = 0; f < METRICS; f++)
        limited = limited || !isnan(a->planning.deployment.limits[f]);
    return limited;
}

static void set_columns(const struct app *a, struct columns_table *cs, int width)
{
    const struct columns_column first[PLAN_METRIC] = {
        [PLAN_MARKS] = {.title = "", .content = PLAN_MARKS_WIDTH, .drop = 7},
        [PLAN_NAME] = {.title = "cut after", .brief = "cut", .least = NAME_LEAST},
        [PLAN_BAR] = {.title = "",
                      .content = BAR_MOST,
                      .least = width < NARROW || plan_rows_is_limited(a) ? BAR_LEAST : BAR_READABLE,
                      .drop = PLAN_BAR_DROP},
    };
    memcpy(cs->columns, first, sizeof first);
    for (int f = 0; f < METRICS; f++)
        cs->columns[PLAN_METRIC + f] = plan_rows_metric_column(a, (enum metric)f);
    cs->n = PLAN_COLUMNS;
    cs->sort = -1; /* always by layer, as the curve next to it */
    for (int i = 0; i < PLAN_COLUMNS; i++)
        cs->columns[i].content = content_width(a, &cs->columns[i], (enum plan_column)i, width >= ROOMY);
}
static_assert((int)PLAN_COLUMNS <= (int)COLUMNS_MAX, "room for a column of every metric");

void plan_rows_refresh(struct app *a, int width)
{
    planning_refresh(a);
    set_columns(a, &a->states->columns[STATES_PLAN], width);
    columns_fit(&a->states->columns[STATES_PLAN], width);
    a->states->lists[STATES_PLAN].n = a->planning.verdict.n;
    a->states->lists[STATES_PLAN].cursor = plan_rows_cursor(a);
}
