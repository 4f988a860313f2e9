#include "panes/stages.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    NAME_COLUMNS = 11,
    BAR_LEAST = 10,
    CELL = 24,
    FAR_OFF = 3, /* a 95th percentile that many times the longest median does not stretch the axis */
};
#define OFF_SHARE 0.15 /* of the plan: what is further from it has a sign */

/* ---- Which rows there are --------------------------------------------------------------------------- */

struct stages_layout {
    struct area area;
    int title, status, header, stages, total, others, legend, words; /* their first rows; -1: not there */
    struct area bar; /* of the header's row, or of any: only its columns count */
    double end;      /* of the axis, ms */
};

/* Rows that an area must have for each part. */
enum {
    LEAST_STAGES = 2,
    LEAST_TOTAL = 9,
    LEAST_HEADER = 10,
    LEAST_OTHERS = 14,
    LEAST_TITLE = 15,
    LEAST_LEGEND = 18
};

/* A part where the area has so many rows; its first row, or -1. */
static int stages_row(struct stages_layout *l, int *used, int rows, int least)
{
    int row = l->area.rows >= least ? *used : -1;
    *used += row >= 0 ? rows : 0;
    return row;
}

int stages_shown(int rows)
{
    return rows >= LEAST_OTHERS ? RUN_MEASURES : rows >= LEAST_TOTAL ? RUN_TOTAL + 1 : EXCHANGE_STAGES;
}

int stages_at(int rows, int row)
{
    int measure = row - 1 - (rows >= LEAST_TITLE) - (rows >= LEAST_HEADER);
    return row < rows && measure >= 0 && measure < stages_shown(rows) ? measure : -1;
}

static double stages_nice(double ms)
{
    static const double steps[] = {1, 1.5, 2, 3, 4, 5, 6, 8, 10};
    if (!(ms > 0))
        return 1;
    double power = pow(10, floor(log10(ms)));
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (ms <= steps[i] * power * (1 + 1e-9))
            return steps[i] * power;
    return ms;
}

/* Of the longest stage, in a round number, so that it moves seldom. */
static double stages_end(const struct stages *s)
{
    const struct run_row *rows = s->state->summary.rows;
    double longest = 0, late = 0;
    for (int stage = 0; stage < EXCHANGE_STAGES; stage++) {
        longest = fmax(longest, fmax(rows[stage].value, s->plan[stage]));
        late = fmax(late, rows[stage].p95);
    }
    return stages_nice(fmax(longest, fmin(late, FAR_OFF * longest)));
}

/* ---- Numbers ---------------------------------------------------------------------------------------- */

/* The columns of numbers, and how wide the area is at least that has them. */
enum stages_number { NUMBER_MEDIAN, NUMBER_P95, NUMBER_PLAN, NUMBER_DIFFERENCE, NUMBERS };
static const struct {
    const char *title;
    int columns, least;
} stages_numbers[NUMBERS] = {
    [NUMBER_MEDIAN] = {"median", 9, 0},
    [NUMBER_P95] = {"95 %", 9, 64},
    [NUMBER_PLAN] = {"plan", 9, 40},
    [NUMBER_DIFFERENCE] = {"difference", 11, 54},
};

static int stages_numbers_columns(int columns)
{
    int width = NAME_COLUMNS;
    for (int k = 0; k < NUMBERS; k++)
        width += columns >= stages_numbers[k].least ? stages_numbers[k].columns : 0;
    return width;
}

static void stages_text(char out[CELL], const char *unit, double value, const char *sign)
{
    double size = fabs(value);
    if (isnan(value))
        out[0] = '\0';
    else if (strcmp(unit, "share") == 0)
        snprintf(out, CELL, "%s%.1f %%", sign, 100 * value);
    else if (strcmp(unit, "bytes") == 0)
        snprintf(out, CELL, "%s%.0f", sign, value);
    else
        snprintf(out, CELL, "%s%.*f", sign,
                 size < 9.9995   ? 3
                 : size < 99.995 ? 2
                 : size < 9999.5 ? 1
                                 : 0,
                 value);
}

static bool stages_is_off(double value, double plan)
{
    return !isnan(plan) && !isnan(value) && fabs(value - plan) > OFF_SHARE * fabs(plan);
}

static void stages_cell(const struct run_row *row, double plan, enum stages_number k, char out[CELL])
{
    double difference = row->value - plan;
    if (k == NUMBER_MEDIAN)
        stages_text(out, row->unit, row->value, "");
    else if (k == NUMBER_P95)
        stages_text(out, row->unit, row->p95, "");
    else if (k == NUMBER_PLAN)
        stages_text(out, row->unit, plan, "");
    else
        stages_text(out, row->unit, difference, difference > 0 ? "+" : "");
    if (k == NUMBER_MEDIAN && !out[0])
        snprintf(out, CELL, "?");
}

static void stages_draw_numbers(const struct stages *s, struct canvas *c, const struct stages_layout *l,
                                int row, int measure)
{
    const struct run_row *r = &s->state->summary.rows[measure];
    double plan = s->plan[measure];
    int column = NAME_COLUMNS;
    canvas_field(c, l->area, row, 0, NAME_COLUMNS, ROLE_TEXT, r->name);
    for (int k = 0; k < NUMBERS; k++) {
        char text[CELL];
        int width = stages_numbers[k].columns;
        if (l->area.columns < stages_numbers[k].least)
            continue;
        stages_cell(r, plan, (enum stages_number)k, text);
        bool off = k == NUMBER_DIFFERENCE && stages_is_off(r->value, plan);
        enum role role = off ? ROLE_WARNING : k == NUMBER_MEDIAN ? ROLE_TEXT : ROLE_DIM;
        canvas_field(c, l->area, row, column, -(width - 1), role, text);
        if (off)
            canvas_text(c, l->area, row, column + width - 1, ROLE_WARNING, "!");
        column += width;
    }
}

/* ---- Bars ------------------------------------------------------------------------------------------- */

/* The parts have the glyphs that they have in the plan. */
static const struct {
    enum glyph glyph;
    enum role role;
} stages_parts[EXCHANGE_STAGES] = {
    [STAGE_DECODE] = {GLYPH_HEAD, ROLE_CURVE},  [STAGE_HEAD] = {GLYPH_HEAD, ROLE_CURVE},
    [STAGE_ENCODE] = {GLYPH_HEAD, ROLE_CURVE},  [STAGE_WIRE] = {GLYPH_LINK, ROLE_BYTES},
    [STAGE_RESTORE] = {GLYPH_TAIL, ROLE_PIN_3}, [STAGE_TAIL] = {GLYPH_TAIL, ROLE_PIN_3},
    [STAGE_ANSWER] = {GLYPH_LINK, ROLE_BYTES},
};

static struct area stages_bar(const struct stages_layout *l, int row)
{
    struct area bar = l->bar;
    bar.row = l->area.row + row;
    bar.rows = bar.columns > 0 && row < l->area.rows;
    return bar;
}

/* A sign at a time; at the end an arrow where it is beyond. */
static void stages_mark(struct canvas *c, struct area bar, double at, enum role role, enum glyph glyph)
{
    if (isnan(at))
        return;
    bool beyond = at > 1 + 1e-9;
    int column = beyond ? bar.columns - 1 : (int)lround(at * (bar.columns - 1));
    canvas_glyph(c, bar, 0, column < 0 ? 0 : column, role, beyond ? GLYPH_RIGHT : glyph);
}

static void stages_draw_bar(const struct stages *s, struct canvas *c, const struct stages_layout *l, int row,
                            int stage)
{
    const struct run_row *r = &s->state->summary.rows[stage];
    struct area bar = stages_bar(l, row);
    int to = isnan(r->value) ? 0 : (int)lround(r->value / l->end * (bar.columns - 1));
    for (int column = 0; column < to && column < bar.columns; column++)
        canvas_glyph(c, bar, 0, column, stages_parts[stage].role, stages_parts[stage].glyph);
    stages_mark(c, bar, r->p95 / l->end, ROLE_WARNING, GLYPH_INTERVAL);
    stages_mark(c, bar, s->plan[stage] / l->end, ROLE_BEST, GLYPH_PIN_1);
}

/* Of the total, what each stage has of it. */
static void stages_draw_parts(const struct stages *s, struct canvas *c, const struct stages_layout *l,
                              int row)
{
    const struct run_row *rows = s->state->summary.rows;
    struct area bar = stages_bar(l, row);
    double sum = 0, so_far = 0;
    for (int stage = 0; stage < EXCHANGE_STAGES; stage++)
        sum += fmax(rows[stage].value, 0);
    for (int stage = 0, from = 0; stage < EXCHANGE_STAGES && sum > 0; stage++) {
        so_far += fmax(rows[stage].value, 0);
        int to = (int)lround(so_far / sum * bar.columns);
        for (; from < to; from++)
            canvas_glyph(c, bar, 0, from, stages_parts[stage].role, stages_parts[stage].glyph);
    }
}

/* ---- Around them ------------------------------------------------------------------------------------ */

char *stages_status(const struct run_state *state)
{
    static const char *const ends[] = {"done", "ended", "ended", "stopped"};
    const struct exchange_result *x = &state->summary.result;
    switch (state->phase) {
    case RUN_LOOKING:
        return memory_copy("looking for images");
    case RUN_CONNECTING:
        return memory_format("starting both halves; %ld images", state->n);
    case RUN_RUNNING:
        return memory_format("running: %ld of %ld images", state->settled, state->n);
    case RUN_LOST:
        return memory_format("connection lost, made again: %ld of %ld images", state->settled, state->n);
    case RUN_COMPARING:
        return memory_format("running the whole network: %ld of %ld images", state->compared, x->answered);
    default:
        return memory_format("%s: %ld of %ld images answered", ends[state->end], x->answered, state->n);
    }
}

static enum role stages_status_role(const struct run_state *state)
{
    bool bad = state->phase == RUN_OVER && state->end != EXCHANGE_DONE && state->end != EXCHANGE_INTERRUPTED;
    return bad ? ROLE_ERROR : state->phase == RUN_LOST ? ROLE_WARNING : ROLE_TITLE;
}

/* Where there are no rows for them: "total 12.3 ms, 81.2/s, 97.5 %". New string. */
static char *stages_brief(const struct run_state *state)
{
    const struct run_row *rows = state->summary.rows;
    char total[CELL], rate[CELL], right[CELL];
    stages_text(total, "ms", rows[RUN_TOTAL].value, "");
    stages_text(rate, "images/s", rows[RUN_THROUGHPUT].value, "");
    stages_text(right, "share", rows[RUN_ACCURACY].value, "");
    if (!total[0])
        return stages_status(state);
    return memory_format("%ld/%ld%s  %s ms  %s/s%s%s", state->settled, state->n,
                         state->phase == RUN_LOST ? " lost" : "", total, rate, right[0] ? "  " : "", right);
}

static void stages_draw_status(const struct stages *s, struct canvas *c, const struct stages_layout *l)
{
    const struct run_state *state = s->state;
    bool compares = state->phase == RUN_COMPARING;
    double done = compares ? (double)state->compared / (double)state->summary.result.answered
                           : (double)state->settled / (double)(state->n ? state->n : 1);
    char *text = l->others >= 0 ? stages_status(state) : stages_brief(state);
    int used = canvas_width(text) + 2, bar = l->area.columns - used;
    canvas_field(c, l->area, l->status, 0, l->area.columns, stages_status_role(state), text);
    free(text);
    if (state->phase == RUN_OVER || bar < BAR_LEAST || l->others < 0)
        return;
    for (int i = 0; i < bar; i++)
        canvas_glyph(c, l->area, l->status, used + i, ROLE_PROGRESS,
                     i < (int)(done * bar) ? GLYPH_BAR : GLYPH_BAR_REST);
}

static void stages_draw_header(struct canvas *c, const struct stages_layout *l)
{
    int column = NAME_COLUMNS;
    char end[CELL + 8];
    canvas_text(c, l->area, l->header, 0, ROLE_TITLE, "ms");
    for (int k = 0; k < NUMBERS; k++) {
        if (l->area.columns < stages_numbers[k].least)
            continue;
        canvas_field(c, l->area, l->header, column, -(stages_numbers[k].columns - 1), ROLE_TITLE,
                     stages_numbers[k].title);
        column += stages_numbers[k].columns;
    }
    struct area bar = stages_bar(l, l->header);
    snprintf(end, sizeof end, "%.6g ms", l->end);
    canvas_text(c, bar, 0, 0, ROLE_DIM, "0");
    canvas_text(c, bar, 0, bar.columns - canvas_width(end), ROLE_DIM, end);
}

/* What has no bar: throughput and bytes; of shares their interval, and of how many images. */
static void stages_draw_others(const struct stages *s, struct canvas *c, const struct stages_layout *l)
{
    for (int m = RUN_THROUGHPUT; m < RUN_MEASURES; m++) {
        const struct run_row *r = &s->state->summary.rows[m];
        int row = l->others + m - RUN_THROUGHPUT;
        struct area bar = stages_bar(l, row);
        stages_draw_numbers(s, c, l, row, m);
        if (!isnan(r->low))
            canvas_printf(c, bar, 0, 0, ROLE_DIM, "%.1f to %.1f %% of %ld", 100 * r->low, 100 * r->high,
                          r->n);
        else if (m == RUN_THROUGHPUT)
            canvas_text(c, bar, 0, 0, ROLE_DIM,
                        s->pipelined ? "images/s, the head works ahead" : "images/s, one at a time");
    }
}

static void stages_draw_legend(const struct stages *s, struct canvas *c, const struct stages_layout *l)
{
    static const struct {
        enum role role;
        enum glyph glyph;
        const char *name;
    } signs[] = {{ROLE_CURVE, GLYPH_HEAD, "here"},
                 {ROLE_BYTES, GLYPH_LINK, "between"},
                 {ROLE_PIN_3, GLYPH_TAIL, "there"},
                 {ROLE_WARNING, GLYPH_INTERVAL, "95 %"},
                 {ROLE_BEST, GLYPH_PIN_1, "the plan"}};
    const struct exchange_result *x = &s->state->summary.result;
    int column = 0;
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        canvas_glyph(c, l->area, l->legend, column, signs[i].role, signs[i].glyph);
        column += 2 + canvas_text(c, l->area, l->legend, column + 2, ROLE_DIM, signs[i].name) + 2;
    }
    canvas_text(c, l->area, l->legend, column, ROLE_WARNING, "!");
    canvas_text(c, l->area, l->legend, column + 2, ROLE_DIM, "off by more than 15 %");
    if (x->answered > 0)
        canvas_printf(c, l->area, l->legend + 1, 0, x->losses ? ROLE_WARNING : ROLE_DIM,
                      "shortest round trip %.3g ms; connection lost %ld times, %ld frames sent again",
                      x->rtt_ms, x->losses, x->resent);
}

/* What the measure under the cursor is. */
static const char *const stages_meanings[RUN_MEASURES] = {
#define STAGES_MEANING(stage, word, meaning) [stage] = (meaning),
    EXCHANGE_STAGES_LIST(STAGES_MEANING)[RUN_TOTAL] =
        "from the file to the answer; the bar has the parts of it",
    [RUN_THROUGHPUT] = "answers a second, from the first image's begin to the last answer",
    [RUN_BYTES] = "of a frame",
    [RUN_ACCURACY] = "predicted as labelled, with its 95 % interval",
    [RUN_AGREEMENT] = "predicted as by the whole network, which runs here afterwards",
};

static void stages_draw_chosen(const struct stages *s, struct canvas *c, const struct stages_layout *l)
{
    int m = s->chosen;
    if (m < 0 || m >= stages_shown(l->area.rows))
        return;
    int row = l->stages + m;
    struct area cells = {l->area.row + row, l->area.column, 1, l->bar.column - l->area.column - 1};
    canvas_shade(c, cells, ROLE_SELECTED);
    canvas_cursor(c, l->area, row, 0);
    if (l->words < 0)
        return;
    char *text = memory_format("%s: %s", s->state->summary.rows[m].name, stages_meanings[m]);
    canvas_field(c, l->area, l->words, 0, l->area.columns, ROLE_TEXT, text);
    free(text);
}

/* ---- All of it -------------------------------------------------------------------------------------- */

static struct stages_layout stages_lay_out(const struct stages *s, struct area area)
{
    struct stages_layout l = {.area = area, .end = stages_end(s)};
    int used = 0, numbers = stages_numbers_columns(area.columns) + 1;
    l.title = stages_row(&l, &used, 1, LEAST_TITLE);
    l.status = stages_row(&l, &used, 1, 1);
    l.header = stages_row(&l, &used, 1, LEAST_HEADER);
    l.stages = stages_row(&l, &used, EXCHANGE_STAGES, LEAST_STAGES);
    l.total = stages_row(&l, &used, 1, LEAST_TOTAL);
    l.others = stages_row(&l, &used, RUN_MEASURES - RUN_THROUGHPUT, LEAST_OTHERS);
    used += area.rows >= LEAST_LEGEND; /* a blank row */
    l.legend = stages_row(&l, &used, 2, LEAST_LEGEND);
    l.words = stages_row(&l, &used, 1, LEAST_LEGEND + 1);
    l.bar = (struct area){area.row, area.column + numbers, 1, area.columns - numbers};
    if (l.bar.columns < BAR_LEAST)
        l.bar.columns = 0;
    return l;
}

void stages_draw(const struct stages *s, struct canvas *c, struct area area)
{
    struct stages_layout l = stages_lay_out(s, area);
    if (l.title >= 0)
        canvas_field(c, area, l.title, 0, area.columns, ROLE_TITLE, s->title);
    if (l.status >= 0)
        stages_draw_status(s, c, &l);
    if (l.header >= 0)
        stages_draw_header(c, &l);
    for (int stage = 0; stage < EXCHANGE_STAGES && l.stages >= 0; stage++) {
        stages_draw_numbers(s, c, &l, l.stages + stage, stage);
        stages_draw_bar(s, c, &l, l.stages + stage, stage);
    }
    if (l.total >= 0) {
        stages_draw_numbers(s, c, &l, l.total, RUN_TOTAL);
        stages_draw_parts(s, c, &l, l.total);
    }
    if (l.others >= 0)
        stages_draw_others(s, c, &l);
    if (l.legend >= 0)
        stages_draw_legend(s, c, &l);
    stages_draw_chosen(s, c, &l);
}
