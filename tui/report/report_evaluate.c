#include "report/evaluated.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "features/features.h"
#include "race/paired.h"
#include "report/columns_csv.h"
#include "report/columns_layer.h"
#include "report/measured.h"
#include "report/report.h"

const char *const predictor_words[PREDICTORS + 1] = {"cui", "cui_corrected", "depth", "trapped", NULL};
const char *const evaluated_state_words[EVALUATED_STATES + 1] = {"leader",  "racing", "stopped",
                                                                 "outside", "failed", NULL};

void evaluated_predict(const struct table *table, int layer, const struct curve_point *point, double nats,
                       double values[PREDICTORS])
{
    double all = (double)table->rows[table->rows_n - 1].head_macs;
    values[PREDICTOR_CUI] = point ? point->cui : NAN;
    values[PREDICTOR_CORRECTED] = point ? point->log10_corrected : NAN;
    values[PREDICTOR_DEPTH] = (double)table->rows[layer].head_macs / all;
    values[PREDICTOR_TRAPPED] = -log10(nats + 1e-9);
}

double *evaluated_accuracies(const struct evaluated *v)
{
    double *accuracies = memory_new((size_t)v->n, sizeof *accuracies);
    for (int i = 0; i < v->n; i++)
        accuracies[i] = v->cuts[i].stage >= 0 ? v->cuts[i].accuracy : NAN;
    return accuracies;
}

int evaluated_rank(const double *values, int n, int cut)
{
    int rank = 1;
    if (isnan(values[cut]))
        return 0;
    for (int i = 0; i < n; i++)
        rank += values[i] > values[cut];
    return rank;
}

enum evaluated_state evaluated_state_of(const struct evaluated *v, int cut)
{
    if (v->allowed && !v->allowed[cut])
        return EVALUATED_OUTSIDE;
    if (v->cuts[cut].lost)
        return EVALUATED_FAILED;
    if (v->best == cut)
        return EVALUATED_LEADER;
    return v->cuts[cut].racing ? EVALUATED_RACING : EVALUATED_STOPPED;
}

int evaluated_contestants(const struct evaluated *v)
{
    int n = 0;
    for (int i = 0; i < v->n; i++)
        n += (!v->allowed || v->allowed[i]) && !v->cuts[i].lost;
    return n;
}

int evaluated_in_set(const struct evaluated *v)
{
    int n = 0;
    for (int i = 0; i < v->n; i++)
        n += v->cuts[i].in_set;
    return n;
}

int evaluated_lost(const struct evaluated *v)
{
    int n = 0;
    for (int i = 0; i < v->n; i++)
        n += v->cuts[i].lost;
    return n;
}

int64_t evaluated_head_macs(const struct bottleneck *b, const struct table_row *row)
{
    int encoder;
    struct table *inserted = bottleneck_table(b, row->out, &encoder);
    int64_t macs = row->head_macs + (inserted ? inserted->rows[encoder - 1].head_macs : 0);
    table_free(inserted);
    return macs;
}

/* ---- A row for each cut ----------------------------------------------------------------------------------
 */

struct evaluate_line {
    const struct table_row *layer;
    const struct evaluated *of;
    int cut;
};

static const struct race_cut *evaluate_cut_of(const void *row)
{
    const struct evaluate_line *line = row;
    return &line->of->cuts[line->cut];
}

static struct net_shape evaluate_code(const void *row)
{
    const struct evaluate_line *line = row;
    return bottleneck_code(&line->of->bottleneck, line->layer->out);
}

static void evaluate_floats(struct sheet *s, const void *row)
{
    sheet_integer(s, net_shape_size(evaluate_code(row)));
}

static void evaluate_bytes(struct sheet *s, const void *row)
{
    const struct evaluate_line *line = row;
    bool int8 = line->of->bottleneck.form == BOTTLENECK_BYTES;
    sheet_integer(s, dtype_bytes(int8 ? DTYPE_INT8 : DTYPE_F32, 4 * net_shape_size(evaluate_code(row))));
}

static double evaluate_share(long correct, long images)
{
    return correct < 0 ? NAN : (double)correct / (double)images;
}

static void evaluate_before(struct sheet *s, const void *row)
{
    const struct evaluated *v = ((const struct evaluate_line *)row)->of;
    sheet_real(s, evaluate_share(v->before, v->images));
}

static void evaluate_untrained(struct sheet *s, const void *row)
{
    const struct evaluate_line *line = row;
    sheet_real(s, evaluate_share(line->of->untrained[line->cut], line->of->images));
}

/* With --train bottleneck that is the training itself. */
static void evaluate_accuracy_alone(struct sheet *s, const void *row)
{
    const struct evaluate_line *line = row;
    sheet_real(s, line->of->alone ? line->of->alone[line->cut] : NAN);
}

static void evaluate_bottleneck(struct sheet *s, const void *row)
{
    char *word = bottleneck_word(&((const struct evaluate_line *)row)->of->bottleneck);
    sheet_text(s, word);
    free(word);
}

static void evaluate_head_macs(struct sheet *s, const void *row)
{
    const struct evaluate_line *line = row;
    sheet_integer(s, evaluated_head_macs(&line->of->bottleneck, line->layer));
}

#define EVALUATE_REAL(member)                                                                                \
    static void evaluate_##member(struct sheet *s, const void *row)                                          \
    {                                                                                                        \
        const struct race_cut *c = evaluate_cut_of(row);                                                     \
        sheet_real(s, c->stage >= 0 ? c->member : NAN);                                                      \
    }
EVALUATE_REAL(accuracy)
EVALUATE_REAL(low)
EVALUATE_REAL(high)
EVALUATE_REAL(reach)
EVALUATE_REAL(p)

static void evaluate_stages(struct sheet *s, const void *row)
{
    sheet_integer(s, evaluate_cut_of(row)->stage + 1);
}

static void evaluate_steps(struct sheet *s, const void *row)
{
    sheet_integer(s, evaluate_cut_of(row)->steps);
}

static void evaluate_state(struct sheet *s, const void *row)
{
    const struct evaluate_line *line = row;
    sheet_text(s, evaluated_state_words[evaluated_state_of(line->of, line->cut)]);
}

static void evaluate_failed(struct sheet *s, const void *row)
{
    sheet_integer(s, evaluate_cut_of(row)->failed);
}

static void evaluate_reason(struct sheet *s, const void *row)
{
    const struct evaluate_line *line = row;
    const char *why = line->of->failures ? line->of->failures[line->cut] : NULL;
    sheet_text(s, why ? why : "");
}

static void evaluate_in_set(struct sheet *s, const void *row)
{
    sheet_integer(s, evaluate_cut_of(row)->in_set);
}

/* [n] of all cuts; NULL: not known. */
static const double *evaluate_predictor(const void *row, enum predictor p)
{
    return ((const struct evaluate_line *)row)->of->predictors[p];
}

#define EVALUATE_PREDICTOR(name, which)                                                                      \
    static void evaluate_##name(struct sheet *s, const void *row)                                            \
    {                                                                                                        \
        const double *values = evaluate_predictor(row, which);                                               \
        sheet_real(s, values ? values[((const struct evaluate_line *)row)->cut] : NAN);                      \
    }                                                                                                        \
    static void evaluate_##name##_rank(struct sheet *s, const void *row)                                     \
    {                                                                                                        \
        const struct evaluate_line *line = row;                                                              \
        const double *values = evaluate_predictor(row, which);                                               \
        int rank = values ? evaluated_rank(values, line->of->n, line->cut) : 0;                              \
        sheet_known_integer(s, rank, rank > 0);                                                              \
    }
EVALUATE_PREDICTOR(cui, PREDICTOR_CUI)
EVALUATE_PREDICTOR(corrected, PREDICTOR_CORRECTED)
EVALUATE_PREDICTOR(depth, PREDICTOR_DEPTH)
EVALUATE_PREDICTOR(trapped, PREDICTOR_TRAPPED)

#define EVALUATE_COLUMNS(name, cell, what)                                                                   \
    {name, what, evaluate_##cell, NULL},                                                                     \
    {                                                                                                        \
        name "_rank", "1: the cut that it prefers", evaluate_##cell##_rank, NULL                             \
    }

static const struct csv_column evaluate_columns[] = {
    COLUMN_LAYER,
    COLUMN_NAME,
    COLUMN_TYPE,
    COLUMNS_OUT,
    COLUMN_CUT_BYTES,
    {"floats_sent", "numbers that the bottleneck sends for an image", evaluate_floats, NULL},
    {"bytes_sent", "bytes that these are: as int8 with the bottleneck bytes, else as f32", evaluate_bytes,
     NULL},
    {"head_macs", "multiply-adds of the head for one image, with the encoder", evaluate_head_macs, NULL},
    {"accuracy_before", "share of the validation images that the whole network is right on", evaluate_before,
     NULL},
    {"accuracy_untrained", "of the network with the bottleneck as it began, first start", evaluate_untrained,
     NULL},
    {"accuracy_bottleneck",
     "with only the bottleneck trained, first start, as many stages; as accuracy with --train bottleneck",
     evaluate_accuracy_alone, NULL},
    {"accuracy", "after retraining: mean of the starts after their last stage", evaluate_accuracy, NULL},
    {"accuracy_low", "lower end of its 95 % interval, which holds images and starts", evaluate_low, NULL},
    {"accuracy_high", "upper end of that interval", evaluate_high, NULL},
    {"stages", "stages that all its starts have finished", evaluate_stages, NULL},
    {"steps", "steps trained, all starts together", evaluate_steps, NULL},
    {"state", "leader, racing, stopped, outside (the limits, or the shard), or failed (all starts)",
     evaluate_state, NULL},
    {"reach", "by how much it could still end above its rival, at most; below 0: stopped", evaluate_reach,
     NULL},
    {"in_set", "1: it cannot be told apart from the best", evaluate_in_set, NULL},
    {"p", "of the model confidence set", evaluate_p, NULL},
    EVALUATE_COLUMNS("cui", cui, "Grad-CAM importance of the layer"),
    EVALUATE_COLUMNS("cui_corrected", corrected, "the same, size-corrected"),
    EVALUATE_COLUMNS("depth", depth, "share of all multiply-adds that the head has"),
    EVALUATE_COLUMNS("trapped", trapped, "-log10 of the trapped Fisher energy in nats + 1e-9"),
    {"bottleneck", "its form, as --bottleneck has it", evaluate_bottleneck, NULL},
    {"starts_failed", "starts whose numbers were not finite any more; the others count", evaluate_failed,
     NULL},
    {"reason", "why the first of them failed", evaluate_reason, NULL},
};
const struct csv_table csv_table_evaluate = CSV_TABLE_FIRST("evaluate", evaluate_columns,
                                                            "layer,name,floats_sent,accuracy,accuracy_low,"
                                                            "accuracy_high,state,in_set,stages,steps,p");

void report_evaluate(FILE *out, const struct report *r)
{
    struct sheet *s = csv_table_begin(out, &csv_table_evaluate, r, r->style);
    for (int i = 0; i < r->evaluated->n; i++) {
        const struct evaluate_line line = {&r->table->rows[r->evaluated->layers[i]], r->evaluated, i};
        csv_table_row(s, &csv_table_evaluate, &line);
    }
    sheet_free(s);
}

void report_measured(FILE *out, const struct report *r)
{
    fputs(measured_sheet(r->measured), out);
}

/* ---- A row for each predictor ----------------------------------------------------------------------------
 */

struct predictor_line {
    enum predictor predictor;
    double values[3][3]; /* [enum rank_measure]: value, low, high */
    double regret;
    int pick; /* -1: none */
    const struct evaluated *of;
    const struct table *table;
};

static void predictor_name(struct sheet *s, const void *row)
{
    sheet_text(s, predictor_words[((const struct predictor_line *)row)->predictor]);
}

#define PREDICTOR_CELL(name, measure, which)                                                                 \
    static void predictor_##name(struct sheet *s, const void *row)                                           \
    {                                                                                                        \
        sheet_real(s, ((const struct predictor_line *)row)->values[measure][which]);                         \
    }
PREDICTOR_CELL(spearman, RANKS_SPEARMAN, 0)
PREDICTOR_CELL(spearman_low, RANKS_SPEARMAN, 1)
PREDICTOR_CELL(spearman_high, RANKS_SPEARMAN, 2)
PREDICTOR_CELL(kendall, RANKS_KENDALL, 0)
PREDICTOR_CELL(kendall_low, RANKS_KENDALL, 1)
PREDICTOR_CELL(kendall_high, RANKS_KENDALL, 2)
PREDICTOR_CELL(partial, RANKS_PARTIAL, 0)
PREDICTOR_CELL(partial_low, RANKS_PARTIAL, 1)
PREDICTOR_CELL(partial_high, RANKS_PARTIAL, 2)

static void predictor_pick(struct sheet *s, const void *row)
{
    const struct predictor_line *line = row;
    if (line->pick < 0)
        sheet_empty(s);
    else
        sheet_text(s, line->table->rows[line->of->layers[line->pick]].name);
}

static void predictor_regret(struct sheet *s, const void *row)
{
    sheet_real(s, ((const struct predictor_line *)row)->regret);
}

static const struct csv_column predictor_columns[] = {
    {"predictor", "cui, cui_corrected, depth or trapped", predictor_name, NULL},
    {"spearman", "rank correlation with the measured accuracy", predictor_spearman, NULL},
    {"spearman_low", "lower end of its 95 % interval: another draw of cuts", predictor_spearman_low, NULL},
    {"spearman_high", "upper end of that interval", predictor_spearman_high, NULL},
    {"kendall", "Kendall's tau-b with it", predictor_kendall, NULL},
    {"kendall_low", "lower end of that interval", predictor_kendall_low, NULL},
    {"kendall_high", "upper end of that interval", predictor_kendall_high, NULL},
    {"partial", "Spearman's with depth removed", predictor_partial, NULL},
    {"partial_low", "lower end of that interval", predictor_partial_low, NULL},
    {"partial_high", "upper end of that interval", predictor_partial_high, NULL},
    {"pick", "the cut that it prefers within the limits", predictor_pick, NULL},
    {"regret", "accuracy of the best cut less that of the pick", predictor_regret, NULL},
};
const struct csv_table csv_table_predictors = CSV_TABLE("predictors", predictor_columns);

static int predictor_pick_of(const struct evaluated *v, const double *values, const double *accuracy)
{
    int pick = -1;
    for (int i = 0; i < v->n; i++)
        if ((!v->allowed || v->allowed[i]) && !isnan(values[i]) && !isnan(accuracy[i]) &&
            (pick < 0 || values[i] > values[pick]))
            pick = i;
    return pick;
}

static struct predictor_line predictor_measure(const struct report *r, enum predictor p,
                                               const double *accuracy)
{
    const struct evaluated *v = r->evaluated;
    const double *values = v->predictors[p], *depth = v->predictors[PREDICTOR_DEPTH];
    struct predictor_line line = {.predictor = p, .of = v, .table = r->table};
    for (int m = 0; m <= RANKS_PARTIAL; m++) {
        double *to = line.values[m];
        to[0] = ranks_interval((enum rank_measure)m, values, accuracy, depth, v->n, 0.95, v->seed, &to[1],
                               &to[2]);
    }
    line.regret = ranks_regret(values, accuracy, v->allowed, v->n);
    line.pick = predictor_pick_of(v, values, accuracy);
    return line;
}

void report_predictors(FILE *out, const struct report *r)
{
    double *accuracy = evaluated_accuracies(r->evaluated);
    struct sheet *s = csv_table_begin(out, &csv_table_predictors, r, r->style);
    for (int p = 0; p < PREDICTORS; p++) {
        const struct predictor_line line = predictor_measure(r, (enum predictor)p, accuracy);
        csv_table_row(s, &csv_table_predictors, &line);
    }
    sheet_free(s);
    free(accuracy);
}
