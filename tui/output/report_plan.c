#include <math.h>

#include "output/columns_csv.h"
#include "output/report.h"

/* Room for a reason that names many tensors, and for every limit. */
enum { REASON = sizeof(struct error) + 1024 };

struct plan_line {
    const struct verdict *verdict;
    const struct choice_cut *cut;
    int recommended; /* 1: the best, 2: the runner-up, 0: neither */
};

static const struct choice_cut *planner_cut(const void *row)
{
    return ((const struct plan_line *)row)->cut;
}

static void planner_kind(struct sheet *s, const void *row)
{
    static const char *const kinds[] = {
        [CHOICE_SPLIT] = "split", [CHOICE_ALL_SERVER] = "server", [CHOICE_ALL_DEVICE] = "device"};
    sheet_text(s, kinds[planner_cut(row)->kind]);
}

static void planner_layer(struct sheet *s, const void *row)
{
    sheet_known_integer(s, planner_cut(row)->layer, planner_cut(row)->kind == CHOICE_SPLIT);
}

static void planner_name(struct sheet *s, const void *row)
{
    sheet_text(s, verdict_name(((const struct plan_line *)row)->verdict, planner_cut(row)));
}

/* What is not known, and what no double holds, is an empty cell. */
#define PLAN_REAL(member)                                                                                    \
    static void planner_##member(struct sheet *s, const void *row)                                           \
    {                                                                                                        \
        double value = planner_cut(row)->member;                                                             \
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

static void planner_bytes(struct sheet *s, const void *row)
{
    sheet_known_integer(s, planner_cut(row)->bytes, planner_cut(row)->bytes >= 0);
}

static void planner_memory(struct sheet *s, const void *row)
{
    sheet_integer(s, planner_cut(row)->memory);
}

static void planner_rank(struct sheet *s, const void *row)
{
    sheet_known_integer(s, planner_cut(row)->rank, planner_cut(row)->rank > 0);
}

static void planner_candidate(struct sheet *s, const void *row)
{
    const struct choice_cut *c = planner_cut(row);
    sheet_known_integer(s, c->candidate, c->kind == CHOICE_SPLIT && !isnan(c->cui));
}

static void planner_pareto(struct sheet *s, const void *row)
{
    sheet_integer(s, planner_cut(row)->front);
}

static void planner_feasible(struct sheet *s, const void *row)
{
    sheet_integer(s, planner_cut(row)->open);
}

static void planner_reason(struct sheet *s, const void *row)
{
    char reason[REASON];
    choice_why(planner_cut(row), &((const struct plan_line *)row)->verdict->limits, reason, sizeof reason);
    sheet_text(s, reason);
}

static void planner_recommended(struct sheet *s, const void *row)
{
    int place = ((const struct plan_line *)row)->recommended;
    sheet_known_integer(s, place, place > 0);
}

static const struct csv_column plan_columns[] = {
    {"kind", "server (all of it there), split, or device (all of it there)", planner_kind, NULL},
    {"layer", "of a split the head's last layer; else empty", planner_layer, NULL},
    {"name", "of a split the name of that layer; else server only or device only", planner_name, NULL},
    {"head_ms", "time of the head for one image, ms", planner_head_ms, NULL},
    {"transfer_ms", "time of sending the tensor and the answer, ms", planner_transfer_ms, NULL},
    {"tail_ms", "time of the tail for one image, ms", planner_tail_ms, NULL},
    {"total_ms", "head_ms + transfer_ms + tail_ms", planner_total_ms, NULL},
    {"bytes", "bytes that are sent to the server", planner_bytes, NULL},
    {"memory_bytes", "bytes that the head needs: weights and peak activations", planner_memory, NULL},
    {"head_joules", "energy of the device for computing, J", planner_head_joules, NULL},
    {"link_joules", "energy of the device for sending, J", planner_link_joules, NULL},
    {"joules", "head_joules + link_joules", planner_joules, NULL},
    {"cui", "importance of the split (CUI), as in the curve", planner_cui, NULL},
    {"log10_cui", "log10 of cui; empty where cui is 0", planner_log10_cui, NULL},
    {"rank", "rank by cui among the listed layers, 1 is the highest", planner_rank, NULL},
    {"candidate", "1 for a candidate (local_max of the curve), else 0", planner_candidate, NULL},
    {"pick_share", "share of the resamples in which the split is the best candidate", planner_pick_share,
     NULL},
    {"accuracy", "fraction of images predicted right with what arrives, from --features", planner_accuracy,
     NULL},
    {"pareto", "1 on the Pareto front, else 0", planner_pareto, NULL},
    {"feasible", "1 where the cut can be made and holds the limits, else 0", planner_feasible, NULL},
    {"reason", "why it is not feasible; else empty", planner_reason, NULL},
    {"recommended", "1 for the recommended one, 2 for the runner-up, else empty", planner_recommended, NULL},
};
const struct csv_table csv_table_plan = CSV_TABLE("plan", plan_columns);

void report_plan(FILE *out, const struct report *r)
{
    const struct verdict *v = r->verdict;
    struct sheet s = {.out = out};
    csv_table_header(&s, &csv_table_plan, r);
    for (int i = 0; i < v->n; i++) {
        const struct plan_line line = {
            .verdict = v,
            .cut = &v->cuts[i],
            .recommended = i == v->pick.best     ? 1
                           : i == v->pick.second ? 2
                                                 : 0,
        };
        csv_table_row(&s, &csv_table_plan, &line);
    }
}
