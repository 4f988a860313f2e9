/* What was measured for the chosen cut, in sentences. */
#include <math.h>

#include "app/model.h"
#include "base/text.h"
#include "panes/detail_why.h"

static const char *detail_measured_name(const struct app *a, const struct measured_cut *cut)
{
    return a->study->table->rows[cut->layer].name;
}

/* Why there is no accuracy. */
static void tell_unmeasured(const struct measured_cut *cut, FILE *out)
{
    fputs(!cut                              ? "It is not among the cuts that were retrained.\n"
          : cut->state == EVALUATED_OUTSIDE ? "It was not retrained: it is outside of the limits.\n"
          : cut->state == EVALUATED_FAILED
              ? "It has no accuracy: the numbers of all its trainings were not finite any more (a lower rate "
                "may help).\n"
              : "It has not been retrained yet.\n",
          out);
}

static void tell_measured(const struct measured_cut *cut, FILE *out)
{
    char bytes[16];
    text_bytes(bytes, cut->bytes);
    fprintf(out,
            "Measured: retrained with a bottleneck here that sends %s, the network is right on %.1f %% of "
            "the validation images",
            bytes, 100 * cut->accuracy);
    if (!isnan(cut->low) && !isnan(cut->high))
        fprintf(out, " (95 %% interval %.1f to %.1f)", 100 * cut->low, 100 * cut->high);
    fprintf(out, ", after %ld stage%s of training", cut->stages, cut->stages == 1 ? "" : "s");
    if (!isnan(cut->before))
        fprintf(out, "; on %.1f %% without it", 100 * cut->before);
    if (!isnan(cut->untrained))
        fprintf(out, ", on %.1f %% with it untrained", 100 * cut->untrained);
    fputs(".", out);
}

/* Its place in the race. */
static void tell_place(const struct app *a, const struct measured_cut *cut, FILE *out)
{
    const struct measured *m = evaluating_measured(a);
    const struct measured_cut *leader = measured_leader(m);
    int others = measured_in_set(m) - 1;
    if (cut == leader && others > 0)
        fprintf(out, " It leads, but %d other%s cannot be told apart from it.", others,
                others == 1 ? "" : "s");
    else if (cut == leader)
        fputs(" It leads.", out);
    else if (leader)
        fprintf(out,
                cut->in_set ? " It cannot be told apart from the leader, %s (%.1f %%)."
                            : " It is not in the set of the best: %s leads (%.1f %%).",
                detail_measured_name(a, leader), 100 * leader->accuracy);
    if (cut->state == EVALUATED_STOPPED)
        fputs(" It was stopped early, since it could not win any more.", out);
    fputc('\n', out);
}

/* CUI promises one cut, and another leads. */
static void tell_disagreement(const struct app *a, FILE *out)
{
    const struct measured_cut *leader = measured_leader(evaluating_measured(a));
    int best = a->shown.best;
    if (!leader || best < 0 || app_layer(a, best) == leader->layer)
        return;
    const struct measured_cut *promised = evaluating_cut(a, best);
    fprintf(out, "The best candidate by CUI is %s, but %s leads as measured", app_row(a, best)->name,
            detail_measured_name(a, leader));
    if (!promised)
        fputs("; the former was not retrained", out);
    else
        fprintf(out, ": the former is %.1f points below it, and %s",
                100 * (leader->accuracy - promised->accuracy),
                promised->in_set ? "cannot be told apart from it" : "not in the set of the best");
    fputs(".\n", out);
}

void detail_why_measured(const struct app *a, int position, FILE *out)
{
    const struct measured *m = evaluating_measured(a);
    const struct measured_cut *cut = measured_find(m, app_layer(a, position));
    if (!m)
        return;
    if (!cut || isnan(cut->accuracy)) {
        tell_unmeasured(cut, out);
    } else {
        tell_measured(cut, out);
        tell_place(a, cut, out);
    }
    tell_disagreement(a, out);
}
