#include <math.h>

#include "report/columns_csv.h"
#include "report/report.h"

/* Size of a reason that names many tensors and every limit. */
enum { REASON = sizeof(struct error) + 1024 };

struct plan_line {
    const struct verdict *verdict;
    const struct placement *cut;
    int recommended; /* 1: the best, 2: the runner-up, 0: neither */
};

static const struct placement *report_plan_cut(const void *row)
{
    return ((const struct plan_line *)row)->cut;
}

static void report_plan_kind(struct sheet *s, const void *row)
{
    static const char *const kinds[] = {
        [PLACEMENT_SPLIT] = "split", [PLACEMENT_ALL_SERVER] = "server", [PLACEMENT_ALL_DEVICE] = "device"};
    sheet_text(s, kinds[report_plan_cut(row)->kind]);
}

static void report_plan_layer(struct sheet *s, const void *row)
{
    sheet_known_integer(s, report_plan_cut(row)->layer, report_plan_cut(row)->kind == PLACEMENT_SPLIT);
}

static void report_plan_name(struct sheet *s, const void *row)
{
    sheet_text(s, verdict_name(((const struct plan_line *)row)->verdict, report_plan_cut(row)));
}

/* Unknown and infinite values are empty cells. */
#define PLAN_REAL(member)                                                                                    \
    static void report_plan_##member(struct sheet *s, const void *row)                                       \
    {                                                                                                        \
        double value = report_plan_cut(row)->member;                                                         \
        sheet_real(s, isfinite(value) ? value : NAN);                                                        \
    }
PLAN_REAL(head_ms)
PLAN_REAL(transfer_ms)
PLAN_REAL(tail_ms)
PLAN_REAL(total_ms)
PLAN_REAL(head_joules)
PLAN_REAL(link_joules)
PLAN_REAL(joules)
PLAN_REAL(cui)
PLAN_REAL(log10_cui)
PLAN_REAL(pick_share)
PLAN_REAL(accuracy)
PLAN_REAL(picture_bytes)

static void report_plan_bd_rate(struct sheet *s, const void *row)
{
    sheet_real(s, report_plan_cut(row)->jpeg.rate);
}

static void report_plan_bd_low(struct sheet *s, const void *row)
{
    sheet_real(s, report_plan_cut(row)->jpeg.low);
}

static void report_plan_bd_high(struct sheet *s, const void *row)
{
    sheet_real(s, report_plan_cut(row)->jpeg.high);
}

static void report_plan_bytes(struct sheet *s, const void *row)
{
    sheet_known_integer(s, report_plan_cut(row)->bytes, report_plan_cut(row)->bytes >= 0);
}

static void report_plan_dtype(struct sheet *s, const void *row)
{
    const struct feature *sent = report_plan_cut(row)->sent;
    sheet_text(s, sent ? dtype_words[sent->type] : "");
}

static void report_plan_coder(struct sheet *s, const void *row)
{
    const struct feature *sent = report_plan_cut(row)->sent;
    sheet_text(s, sent ? coder_words[sent->coder] : "");
}

static void report_plan_fewer(struct sheet *s, const void *row)
{
    const char *why = report_plan_cut(row)->fewer;
    sheet_text(s, why ? why : "");
}

static void report_plan_memory(struct sheet *s, const void *row)
{
    sheet_integer(s, report_plan_cut(row)->memory);
}

static void report_plan_rank(struct sheet *s, const void *row)
{
    sheet_known_integer(s, report_plan_cut(row)->rank, report_plan_cut(row)->rank > 0);
}

static void report_plan_candidate(struct sheet *s, const void *row)
{
    const struct placement *c = report_plan_cut(row);
    sheet_known_integer(s, c->candidate, c->kind == PLACEMENT_SPLIT && !isnan(c->cui));
}

static void report_plan_pareto(struct sheet *s, const void *row)
{
    sheet_integer(s, report_plan_cut(row)->pareto);
}

static void report_plan_feasible(struct sheet *s, const void *row)
{
    sheet_integer(s, report_plan_cut(row)->feasible);
}

static void report_plan_reason(struct sheet *s, const void *row)
{
    char reason[REASON];
    planner_reason(report_plan_cut(row), ((const struct plan_line *)row)->verdict->limits, reason,
                   sizeof reason);
    sheet_text(s, reason);
}

static void report_plan_recommended(struct sheet *s, const void *row)
{
    int place = ((const struct plan_line *)row)->recommended;
    sheet_known_integer(s, place, place > 0);
}

static const struct csv_column plan_columns[] = {
    {"kind", "server (all of it there), split, or device (all of it there)", report_plan_kind, NULL},
    {"layer", "of a split the head's last layer; else empty", report_plan_layer, NULL},
    {"name", "of a split the name of that layer; else server only or device only", report_plan_name, NULL},
    {"head_ms", "time of the head for one image, ms", report_plan_head_ms, NULL},
    {"transfer_ms", "time of sending the tensor and the answer, ms", report_plan_transfer_ms, NULL},
    {"tail_ms", "time of the tail for one image, ms", report_plan_tail_ms, NULL},
    {"total_ms", "head_ms + transfer_ms + tail_ms", report_plan_total_ms, NULL},
    {"bytes", "bytes that are sent to the server", report_plan_bytes, NULL},
    {"memory_bytes", "bytes that the head needs: weights and peak activations", report_plan_memory, NULL},
    {"head_joules", "energy of the device for computing, J", report_plan_head_joules, NULL},
    {"link_joules", "energy of the device for sending, J", report_plan_link_joules, NULL},
    {"joules", "head_joules + link_joules", report_plan_joules, NULL},
    {"cui", "importance of the split (CUI), as in the curve", report_plan_cui, NULL},
    {"log10_cui", "log10 of cui; empty where cui is 0", report_plan_log10_cui, NULL},
    {"rank", "rank by cui among the listed layers, 1 is the highest", report_plan_rank, NULL},
    {"candidate", "1 for a candidate (local_max of the curve), else 0", report_plan_candidate, NULL},
    {"pick_share", "share of the resamples in which the split is the best candidate", report_plan_pick_share,
     NULL},
    {"dtype", "with --dtype auto the number type of a split, else empty", report_plan_dtype, NULL},
    {"coder", "and the coder of its bytes", report_plan_coder, NULL},
    {"fewer", "and why it does not send fewer bits", report_plan_fewer, NULL},
    {"accuracy",
     "fraction of images predicted right: with what arrives, or after retraining (meta's accuracy_from)",
     report_plan_accuracy, NULL},
    {"picture_bytes",
     "fewest bytes of a picture, stored or JPEG, with which the whole network is as accurate (--features)",
     report_plan_picture_bytes, NULL},
    {"bd_rate",
     "Bjontegaard's difference of bytes to JPEG at equal accuracy: -0.2 is a fifth fewer (--features)",
     report_plan_bd_rate, NULL},
    {"bd_low", "lowest accuracy that bd_rate stands on", report_plan_bd_low, NULL},
    {"bd_high", "highest accuracy that bd_rate stands on", report_plan_bd_high, NULL},
    {"pareto", "1 on the Pareto front, else 0", report_plan_pareto, NULL},
    {"feasible", "1 where the cut can be made and meets the limits, else 0", report_plan_feasible, NULL},
    {"reason", "why it is not feasible; else empty", report_plan_reason, NULL},
    {"recommended", "1 for the recommended one, 2 for the runner-up, else empty", report_plan_recommended,
     NULL},
};
const struct csv_table csv_table_plan = CSV_TABLE("plan", plan_columns);

void report_plan(FILE *out, const struct report *r)
{
    const struct verdict *v = r->verdict;
    struct sheet *s = csv_table_begin(out, &csv_table_plan, r, r->style);
    for (int i = 0; i < v->n; i++) {
        const struct plan_line line = {
            .verdict = v,
            .cut = &v->cuts[i],
            .recommended = i == v->pick.best     ? 1
                           : i == v->pick.second ? 2
                                                 : 0,
        };
        csv_table_row(s, &csv_table_plan, &line);
    }
    sheet_free(s);
}
