/* isplit evaluate --compare: what two evaluations measured, side by side. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/conclusion.h"
#include "base/process.h"
#include "base/text.h"
#include "commands/evaluate.h"
#include "commands/format.h"
#include "commands/outputs.h"
#include "partition/partition_folder.h"
#include "report/compared.h"
#include "wire/version.h"

struct comparison {
    struct command *c;
    const char *const *folders; /* [2] */
    char *sheets[2];
    struct measured *of[2];
    struct compared *compared;
};

static int comparison_check(struct comparison *k)
{
    const struct command *c = k->c;
    const char *const output[] = {c->options.output.path};
    if (c->options.arguments_n != 2)
        return command_usage(k->c, "--compare takes two folders of isplit evaluate");
    k->folders = c->options.arguments;
    for (int i = 0; i < 2; i++)
        k->sheets[i] = partition_folder_path(k->folders[i], MEASURED_CSV);
    return outputs_check(k->c, output, 1, (const char *const *)k->sheets, 2);
}

static int comparison_read(struct comparison *k)
{
    struct error e;
    for (int i = 0; i < 2; i++) {
        k->of[i] = measured_read(k->folders[i], NULL, NULL, &e);
        if (!k->of[i])
            return command_fail(k->c, COMMAND_BAD_INPUT, &e);
    }
    const struct measured *const of[] = {k->of[0], k->of[1]};
    k->compared = compared_new(of, k->folders, &e);
    return k->compared ? COMMAND_DONE : command_fail(k->c, COMMAND_BAD_INPUT, &e);
}

/* ---- For people --------------------------------------------------------------------------------------- */

static void comparison_print_line(char *text)
{
    console_print(stdout, "%s", text);
    free(text);
}

static void comparison_print(const struct comparison *k)
{
    int n = compared_cuts(k->compared);
    double low, high, r = compared_spearman(k->compared, (uint64_t)k->c->options.input.seed, &low, &high);
    console_print(stdout, "%-21s %-33.33s %-33.33s %s", "", k->folders[0], k->folders[1],
                  "difference in points");
    for (int i = 0; i < n; i++)
        comparison_print_line(compared_line(k->compared, i));
    comparison_print_line(compared_best(k->compared, k->folders));
    comparison_print_line(compared_regrets(k->compared, k->folders));
    if (isnan(r))
        console_print(stdout, "Spearman between both: not known of %d cut%s", n, n == 1 ? "" : "s");
    else if (isnan(low))
        console_print(stdout, "Spearman between both: %.2f, %d cuts (too few for an interval)", r, n);
    else
        console_print(stdout, "Spearman between both: %.2f [%.2f, %.2f], %d cuts", r, low, high, n);
}

/* ---- As CSV ------------------------------------------------------------------------------------------- */

static void comparison_add_real(struct provenance *p, const char *key, double value)
{
    if (isnan(value))
        provenance_add(p, key, "%s", "");
    else
        provenance_add(p, key, "%.9g", value);
}

/* Of the classes and images that the evaluations are of, what is told beside their sheets. */
static void comparison_describe_one(const struct comparison *k, int i, struct provenance *p)
{
    static const char *const keys[] = {"classes", "data", "bottleneck", "train", "state"};
    struct provenance *theirs = provenance_of(k->sheets[i]);
    char name[32];
    snprintf(name, sizeof name, "folder_%d", i + 1);
    provenance_add(p, name, "%s", k->folders[i]);
    for (size_t m = 0; m < sizeof keys / sizeof keys[0]; m++) {
        const char *value = provenance_find(theirs, keys[m]);
        snprintf(name, sizeof name, "%s_%d", keys[m], i + 1);
        provenance_add(p, name, "%s", value ? value : "");
    }
    snprintf(name, sizeof name, "regret_%d", i + 1);
    comparison_add_real(p, name, compared_regret(k->compared, i));
    snprintf(name, sizeof name, "holds_other_%d", i + 1);
    provenance_add(p, name, "%d", compared_holds_other(k->compared, i));
    provenance_free(theirs);
}

static struct provenance *comparison_describe(const struct comparison *k)
{
    struct provenance *p = provenance_new();
    double low, high, r = compared_spearman(k->compared, (uint64_t)k->c->options.input.seed, &low, &high);
    provenance_add(p, "program", "isplit evaluate");
    provenance_add(p, "version", "%s", ISPLIT_VERSION);
    provenance_add_arguments(p, k->c->options.argc, k->c->options.argv);
    for (int i = 0; i < 2; i++)
        comparison_describe_one(k, i, p);
    comparison_add_real(p, "spearman", r);
    comparison_add_real(p, "spearman_low", low);
    comparison_add_real(p, "spearman_high", high);
    provenance_add_time(p);
    return p;
}

/* What a race that is not over has found may still change; and nobody knows the state of a sheet whose
 * .meta.csv is another's. */
static void comparison_warn(const struct comparison *k)
{
    struct error why;
    for (int i = 0; i < 2; i++) {
        struct provenance *theirs = provenance_own(k->sheets[i], &why);
        if (*why.text)
            console_warn(k->c->console, "%s", why.text);
        const char *state = provenance_find(theirs, "state");
        if (state && strcmp(state, "complete") != 0)
            console_warn(k->c->console, "%s: the race is not over (%s)", k->folders[i], state);
        provenance_free(theirs);
    }
}

static int comparison_tell(struct comparison *k)
{
    const struct report r = {.compared = k->compared};
    comparison_warn(k);
    char *best = compared_best(k->compared, k->folders);
    conclusion_set(k->c, "%s", best);
    free(best);
    process_become_filter();
    if (!format_is_own(k->c))
        return command_write(k->c, comparison_describe(k), report_compare, &r);
    comparison_print(k);
    return command_flush(k->c);
}

int evaluate_compare(struct command *c)
{
    struct comparison k = {.c = c};
    int (*const steps[])(struct comparison *) = {comparison_check, comparison_read, comparison_tell};
    int status = COMMAND_DONE;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && status == COMMAND_DONE; i++)
        status = steps[i](&k);
    compared_free(k.compared);
    for (int i = 0; i < 2; i++) {
        measured_free(k.of[i]);
        free(k.sheets[i]);
    }
    return status;
}
