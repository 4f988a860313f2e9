#include "report/compared.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "race/paired.h"
#include "race/ranks.h"
#include "report/columns_csv.h"
#include "report/report.h"

/* A cut that both have measured. */
struct compared_cut {
    const char *name;
    const struct measured_cut *of[2];
    int rank[2];                  /* by accuracy, among these cuts: 1 the highest */
    double difference, low, high; /* of the accuracies, first less second, with its 95 % interval */
};

struct compared {
    const struct measured *of[2];
    struct compared_cut *cuts; /* [n] in the order of the first */
    int n;
};

/* ---- Which cuts --------------------------------------------------------------------------------------- */

/* The place of the layer in an evaluation; -1: none. */
static int compared_place(const struct measured *m, int layer)
{
    const struct measured_cut *cuts, *cut = measured_find(m, layer);
    measured_cuts(m, &cuts);
    return cut ? (int)(cut - cuts) : -1;
}

static void compared_add(struct compared *c, int first, int second)
{
    const struct measured_cut *cuts[2];
    struct compared_cut cut = {.name = measured_name(c->of[0], first)};
    double share[2][3];
    for (int i = 0; i < 2; i++) {
        measured_cuts(c->of[i], &cuts[i]);
        cut.of[i] = &cuts[i][i == 0 ? first : second];
        const double known[] = {cut.of[i]->accuracy, cut.of[i]->low, cut.of[i]->high};
        memcpy(share[i], known, sizeof known);
    }
    if (isnan(share[0][0]) || isnan(share[1][0]))
        return;
    cut.difference = paired_apart(share[0], share[1], &cut.low, &cut.high);
    c->cuts = memory_grow(c->cuts, (size_t)c->n + 1, sizeof *c->cuts);
    c->cuts[c->n++] = cut;
}

static int compared_align(struct compared *c, const char *const names[2], struct error *e)
{
    const struct measured_cut *cuts;
    int n = measured_cuts(c->of[0], &cuts);
    for (int i = 0; i < n; i++) {
        int other = compared_place(c->of[1], cuts[i].layer);
        if (other < 0)
            continue;
        if (strcmp(measured_name(c->of[0], i), measured_name(c->of[1], other)) != 0) {
            char *one = text_escape(measured_name(c->of[0], i)),
                 *two = text_escape(measured_name(c->of[1], other));
            error_at(e, names[1], 0,
                     "layer %d has the name '%.60s' here, but '%.60s' in %s (expected two "
                     "evaluations of one network)",
                     cuts[i].layer, two, one, names[0]);
            free(one);
            free(two);
            return -1;
        }
        compared_add(c, i, other);
    }
    return c->n > 0 ? 0 : error_at(e, names[1], 0, "has no cut measured that %s has measured too", names[0]);
}

static void compared_rank_all(struct compared *c)
{
    for (int i = 0; i < c->n; i++)
        for (int k = 0; k < 2; k++) {
            c->cuts[i].rank[k] = 1;
            for (int other = 0; other < c->n; other++)
                c->cuts[i].rank[k] += c->cuts[other].of[k]->accuracy > c->cuts[i].of[k]->accuracy;
        }
}

struct compared *compared_new(const struct measured *const of[2], const char *const names[2], struct error *e)
{
    struct compared *c = memory_new(1, sizeof *c);
    int status = 0;
    for (int i = 0; i < 2; i++) {
        c->of[i] = of[i];
        if (status == 0 && !measured_leader(of[i]))
            status = error_at(e, names[i], 0,
                              "has no leader yet (expected an evaluation that has finished a stage)");
    }
    if (status == 0)
        status = compared_align(c, names, e);
    if (status == 0) {
        compared_rank_all(c);
        return c;
    }
    compared_free(c);
    return NULL;
}

void compared_free(struct compared *c)
{
    if (!c)
        return;
    free(c->cuts);
    free(c);
}

int compared_cuts(const struct compared *c)
{
    return c->n;
}

/* ---- What they say ------------------------------------------------------------------------------------ */

double compared_spearman(const struct compared *c, uint64_t seed, double *low, double *high)
{
    double *x = memory_new(memory_product(2, (size_t)c->n), sizeof *x), *y = x + c->n;
    for (int i = 0; i < c->n; i++) {
        x[i] = c->cuts[i].of[0]->accuracy;
        y[i] = c->cuts[i].of[1]->accuracy;
    }
    double r = ranks_interval(RANKS_SPEARMAN, x, y, NULL, c->n, 0.95, seed, low, high);
    free(x);
    return r;
}

/* The other's best, as measured here; NULL: it was not. */
static const struct measured_cut *compared_others_best(const struct compared *c, int which)
{
    const struct measured_cut *cut = measured_find(c->of[which], measured_leader(c->of[!which])->layer);
    return cut && !isnan(cut->accuracy) ? cut : NULL;
}

double compared_regret(const struct compared *c, int which)
{
    const struct measured_cut *other = compared_others_best(c, which);
    return other ? measured_leader(c->of[which])->accuracy - other->accuracy : NAN;
}

bool compared_holds_other(const struct compared *c, int which)
{
    const struct measured_cut *other = compared_others_best(c, which);
    return other && other->in_set;
}

static const char *compared_leader_name(const struct compared *c, int which)
{
    const struct measured_cut *cuts;
    measured_cuts(c->of[which], &cuts);
    return measured_name(c->of[which], (int)(measured_leader(c->of[which]) - cuts));
}

/* Where the other's best was not measured nothing is known of its place. */
static char *compared_best_unmeasured(const struct compared *c, const char *const best[2],
                                      const char *const names[2])
{
    int in = compared_others_best(c, 0) ? 1 : 0; /* where it was not measured */
    if (!compared_others_best(c, !in))
        return memory_format("the best splits differ, %s and %s, and neither was measured in the other's "
                             "evaluation",
                             best[0], best[1]);
    return memory_format(
        "the best splits differ, %s and %s: the one of %s was not measured in %s, the other way "
        "round it is %s the set",
        best[0], best[1], names[!in], names[in], compared_holds_other(c, !in) ? "in" : "not in");
}

char *compared_best(const struct compared *c, const char *const names[2])
{
    const char *best[] = {compared_leader_name(c, 0), compared_leader_name(c, 1)};
    bool holds[] = {compared_holds_other(c, 0), compared_holds_other(c, 1)};
    if (strcmp(best[0], best[1]) == 0)
        return memory_format("the best split is the same: %s", best[0]);
    if (!compared_others_best(c, 0) || !compared_others_best(c, 1))
        return compared_best_unmeasured(c, best, names);
    if (holds[0] && holds[1])
        return memory_format("the best splits differ, %s and %s, but each is in the other's set: that may be "
                             "chance",
                             best[0], best[1]);
    if (!holds[0] && !holds[1])
        return memory_format("the best splits differ, %s and %s, and neither is in the other's set", best[0],
                             best[1]);
    return memory_format(
        "the best splits differ, %s and %s: the one of %s is not in the set of %s, the other "
        "way round it is",
        best[0], best[1], names[!holds[0]], names[holds[0]]);
}

char *compared_regrets(const struct compared *c, const char *const names[2])
{
    char points[2][32];
    for (int i = 0; i < 2; i++) {
        double regret = compared_regret(c, i);
        if (isnan(regret))
            snprintf(points[i], sizeof points[i], "it was not measured there");
        else
            snprintf(points[i], sizeof points[i], "%.1f points", 100 * regret);
    }
    return memory_format("regret of the other's best: in %s %s, in %s %s", names[0], points[0], names[1],
                         points[1]);
}

/* "97.5 % [93.1, 99.1] best". */
static void compared_cell(char *to, size_t size, const struct measured_cut *cut)
{
    const char *stands = cut->state == EVALUATED_LEADER ? "best" : cut->in_set ? "in the set" : "";
    if (isnan(cut->low))
        snprintf(to, size, "%5.1f %% %s", 100 * cut->accuracy, stands);
    else
        snprintf(to, size, "%5.1f %% [%5.1f, %5.1f] %s", 100 * cut->accuracy, 100 * cut->low, 100 * cut->high,
                 stands);
}

char *compared_line(const struct compared *c, int i)
{
    const struct compared_cut *cut = &c->cuts[i];
    char cells[2][64], difference[64];
    for (int k = 0; k < 2; k++)
        compared_cell(cells[k], sizeof cells[k], cut->of[k]);
    if (isnan(cut->low))
        snprintf(difference, sizeof difference, "%+6.1f", 100 * cut->difference);
    else
        snprintf(difference, sizeof difference, "%+6.1f [%+6.1f, %+6.1f]", 100 * cut->difference,
                 100 * cut->low, 100 * cut->high);
    char *name = text_printable(cut->name);
    char *line =
        memory_format("%3d  %-16s %-33s %-33s %s", cut->of[0]->layer, name, cells[0], cells[1], difference);
    free(name);
    return line;
}

/* ---- As CSV ------------------------------------------------------------------------------------------- */

static const struct compared_cut *compare_cut_of(const void *row)
{
    return row;
}

static void compare_layer(struct sheet *s, const void *row)
{
    sheet_integer(s, compare_cut_of(row)->of[0]->layer);
}

static void compare_name(struct sheet *s, const void *row)
{
    sheet_text(s, compare_cut_of(row)->name);
}

#define COMPARE_CELLS(n, i)                                                                                  \
    static void compare_accuracy_##n(struct sheet *s, const void *row)                                       \
    {                                                                                                        \
        sheet_real(s, compare_cut_of(row)->of[i]->accuracy);                                                 \
    }                                                                                                        \
    static void compare_low_##n(struct sheet *s, const void *row)                                            \
    {                                                                                                        \
        sheet_real(s, compare_cut_of(row)->of[i]->low);                                                      \
    }                                                                                                        \
    static void compare_high_##n(struct sheet *s, const void *row)                                           \
    {                                                                                                        \
        sheet_real(s, compare_cut_of(row)->of[i]->high);                                                     \
    }                                                                                                        \
    static void compare_rank_##n(struct sheet *s, const void *row)                                           \
    {                                                                                                        \
        sheet_integer(s, compare_cut_of(row)->rank[i]);                                                      \
    }                                                                                                        \
    static void compare_state_##n(struct sheet *s, const void *row)                                          \
    {                                                                                                        \
        sheet_text(s, evaluated_state_words[compare_cut_of(row)->of[i]->state]);                             \
    }                                                                                                        \
    static void compare_set_##n(struct sheet *s, const void *row)                                            \
    {                                                                                                        \
        sheet_integer(s, compare_cut_of(row)->of[i]->in_set);                                                \
    }
COMPARE_CELLS(1, 0)
COMPARE_CELLS(2, 1)

static void compare_difference(struct sheet *s, const void *row)
{
    sheet_real(s, compare_cut_of(row)->difference);
}

static void compare_difference_low(struct sheet *s, const void *row)
{
    sheet_real(s, compare_cut_of(row)->low);
}

static void compare_difference_high(struct sheet *s, const void *row)
{
    sheet_real(s, compare_cut_of(row)->high);
}

#define COMPARE_COLUMNS(n, which)                                                                            \
    {"accuracy_" #n, "after retraining, in the " which " folder", compare_accuracy_##n, NULL},               \
        {"accuracy_" #n "_low", "lower end of its 95 % interval", compare_low_##n, NULL},                    \
        {"accuracy_" #n "_high", "upper end of that interval", compare_high_##n, NULL},                      \
        {"rank_" #n, "1: the highest accuracy of these cuts there", compare_rank_##n, NULL},                 \
        {"state_" #n, "leader, racing, stopped, or outside", compare_state_##n, NULL},                       \
    {                                                                                                        \
        "in_set_" #n, "1: it cannot be told apart from the best there", compare_set_##n, NULL                \
    }

static const struct csv_column compare_columns[] = {
    {"layer", "Darknet's index of the layer", compare_layer, NULL},
    {"name", "name of the layer", compare_name, NULL},
    COMPARE_COLUMNS(1, "first"),
    COMPARE_COLUMNS(2, "second"),
    {"difference", "accuracy_1 - accuracy_2", compare_difference, NULL},
    {"difference_low", "lower end of its 95 % interval, as of different images (Newcombe)",
     compare_difference_low, NULL},
    {"difference_high", "upper end of that interval", compare_difference_high, NULL},
};
const struct csv_table csv_table_compare = CSV_TABLE("compare", compare_columns);

void report_compare(FILE *out, const struct report *r)
{
    struct sheet *s = csv_table_begin(out, &csv_table_compare, r, r->style);
    for (int i = 0; i < r->compared->n; i++)
        csv_table_row(s, &csv_table_compare, &r->compared->cuts[i]);
    sheet_free(s);
}
