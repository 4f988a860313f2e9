#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "commands/running.h"
#include "deploy/profile.h"
#include "report/curve_meta.h"

enum { RUNNING_CELL = 24 };

static void running_number(char out[RUNNING_CELL], const char *unit, double value)
{
    if (isnan(value))
        out[0] = '\0';
    else if (strcmp(unit, "share") == 0)
        snprintf(out, RUNNING_CELL, "%.1f %%", 100 * value);
    else if (strcmp(unit, "bytes") == 0)
        snprintf(out, RUNNING_CELL, "%.0f", value);
    else
        snprintf(out, RUNNING_CELL, "%.*f", fabs(value) < 10 ? 3 : fabs(value) < 1000 ? 2 : 0, value);
}

static void running_line(FILE *out, const struct run_row *row)
{
    char value[RUNNING_CELL], p95[RUNNING_CELL], plan[RUNNING_CELL], difference[RUNNING_CELL];
    running_number(value, row->unit, row->value);
    running_number(p95, row->unit, row->p95);
    running_number(plan, row->unit, row->plan);
    running_number(difference, row->unit, row->value - row->plan);
    char interval[2 * RUNNING_CELL] = "";
    if (!isnan(row->low))
        snprintf(interval, sizeof interval, "  %.1f to %.1f %% of %ld", 100 * row->low, 100 * row->high,
                 row->n);
    console_print(out, "%-12s %-8s %10s %10s %10s %10s%s", row->name,
                  strcmp(row->unit, "share") == 0 ? "" : row->unit, value[0] ? value : "?", p95, plan,
                  difference, interval);
}

/* Which images went over which cut, and how the link was at the end. */
static void running_print_cuts(FILE *out, const struct running *r)
{
    const struct link link = steer_link(r->steer);
    for (int i = 0; i < r->job.cuts_n; i++) {
        const struct exchange_cut *cut = &r->job.cuts[i];
        const struct run_row *total = &r->of_cuts[i].rows[RUN_TOTAL];
        char value[RUNNING_CELL], plan[RUNNING_CELL];
        running_number(value, total->unit, total->value);
        running_number(plan, total->unit, total->plan);
        console_print(out, "%s after layer %d (%s): %ld images%s%s%s%s%s", cut->folder, cut->sheet.layer,
                      cut->sheet.name, total->n, total->n ? ", in all " : "", value, total->n ? " ms" : "",
                      plan[0] ? ", plan " : "", plan);
    }
    console_print(out, "the cut was moved %ld times; the link at the end: %.3g Mbit/s, round trip %.3g ms",
                  steer_moves(r->steer), link.mbit_s, link.rtt_ms);
}

void running_print(FILE *out, const struct running *r)
{
    const struct exchange_result *x = &r->job.result;
    bool one = r->c->options.run.no_pipeline || r->job.cuts_n > 1;
    const char *how = one ? "one at a time" : "the head works ahead";
    const struct half_sheet *sheet = &r->job.cuts[0].sheet;
    if (r->job.cuts_n > 1)
        console_print(out, "%d cuts: %ld of %ld images answered, %s", r->job.cuts_n, x->answered, r->job.n,
                      how);
    else
        console_print(out, "%s after layer %d (%s): %ld of %ld images answered, %s", r->job.cuts[0].folder,
                      sheet->layer, sheet->name, x->answered, r->job.n, how);
    console_print(out, "%-12s %-8s %10s %10s %10s %10s", "", "", "median", "95 %", "plan", "difference");
    for (int m = 0; m < RUN_MEASURES; m++)
        running_line(out, &r->summary.rows[m]);
    console_print(out, "shortest round trip %.3g ms; connection lost %ld times, %ld frames sent again",
                  x->rtt_ms, x->losses, x->resent);
    if (r->job.cuts_n > 1)
        running_print_cuts(out, r);
}

static const char *running_given(const char *text)
{
    return text ? text : "";
}

static void running_describe_cut(const struct exchange_cut *cut, struct provenance *p)
{
    provenance_add(p, "halves", "%s", cut->folder);
    provenance_add(p, "halves_xxh3", "%016" PRIx64, cut->sheet.hash);
    provenance_add(p, "head_runtime", "%s",
                   cut->runtime ? cut->runtime : profile_runtime_words[PROFILE_DARKNET]);
    curve_meta_describe_pixels(&cut->sheet.pixels, p);
    provenance_add(p, "dtype", "%s", dtype_words[cut->sheet.type]);
    provenance_add(p, "coder", "%s", coder_words[cut->sheet.coder]);
}

struct provenance *running_describe(const struct running *r, const char *state)
{
    const struct options *o = &r->c->options;
    const struct exchange_result *x = &r->job.result;
    struct provenance *p = provenance_new();
    provenance_add(p, "program", "isplit run");
    provenance_add(p, "version", "%s", ISPLIT_VERSION);
    provenance_add_arguments(p, r->c->options.argc, r->c->options.argv);
    provenance_add(p, "to", "%s", o->run.to);
    for (int i = 0; i < r->job.cuts_n; i++)
        running_describe_cut(&r->job.cuts[i], p);
    provenance_add(p, "pipeline", "%d", !o->run.no_pipeline && r->job.cuts_n == 1);
    if (r->steer)
        provenance_add(p, "moves", "%ld", steer_moves(r->steer));
    provenance_add(p, "data", "%s", running_given(o->input.data));
    if (r->job.dataset) {
        provenance_add(p, "split", "%s", r->job.dataset->split);
        provenance_add(p, "seed", "%ld", o->input.seed);
    }
    provenance_add(p, "edge", "%s", running_given(o->cost_model.edge));
    provenance_add(p, "server", "%s", running_given(o->cost_model.server));
    provenance_add(p, "link", "%s", running_given(o->cost_model.link));
    provenance_add(p, "state", "%s", state);
    provenance_add(p, "images_asked", "%ld", r->job.n);
    provenance_add(p, "images", "%ld", x->answered);
    provenance_add(p, "images_skipped", "%ld", x->skipped);
    provenance_add(p, "losses", "%ld", x->losses);
    provenance_add(p, "head_losses", "%ld", x->head_losses);
    provenance_add(p, "resent", "%ld", x->resent);
    provenance_add(p, "rtt_ms", "%.9g", x->rtt_ms);
    provenance_add_time(p);
    return p;
}
