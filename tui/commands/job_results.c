#include "commands/job.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"
#include "commands/chart.h"
#include "commands/conclusion.h"
#include "commands/format.h"
#include "commands/outputs.h"
#include "report/curve_meta.h"
#include "report/report.h"

const char *job_curve_path(const struct options *o)
{
    return o->output.path ? o->output.path : o->output.chart ? NULL : "-";
}

/* Of the images that the results stand on. */
static long job_count_recalled(const struct job *j)
{
    const struct saved_rows *a = j->study->saved_rows;
    if (a)
        return a->study ? j->report.curve->rows_n : 0;
    return study_recalled_rows(j->study);
}

/* Whether the accuracy is told without a line of its own: on a terminal by a title that stands there too,
 * elsewhere (where only warnings are wanted) by the title or the provenance of any file. */
static bool accuracy_is_told(const struct job *j, bool titled)
{
    const struct options *o = &j->c->options;
    if (console_is_terminal(j->c->console))
        return titled && isatty(STDOUT_FILENO) == 1;
    return titled || outputs_has_meta(o->output.path) || outputs_has_meta(o->output.images_csv) ||
           outputs_has_meta(o->output.classes_csv);
}

void job_accuracy(struct job *j, bool titled, char out[JOB_ACCURACY])
{
    struct curve_accuracy a = curve_accuracy(j->report.curve, j->chosen);
    double percent = a.images ? 100 * (double)a.correct / (double)a.images : 0;
    const char *images = a.images == 1 ? "image" : "images";
    if (a.unknown)
        snprintf(out, JOB_ACCURACY, "%ld %s without labels", a.images, images);
    else
        snprintf(out, JOB_ACCURACY, "%ld %s, accuracy %.1f %%", a.images, images, percent);
    if (!accuracy_is_told(j, titled))
        console_say(j->c->console, "%s", out);
    char *guesses = study_chance_words(&a);
    if (guesses)
        console_warn(j->c->console, "%s", guesses);
    free(guesses);
}

static void print_chart(struct job *j, const char *accuracy)
{
    const char *classes = j->c->options.input.classes;
    const struct study *s = j->study;
    char *title = memory_format("%s on %s: %s", inputs_name(&s->inputs), s->inputs.data, accuracy);
    if (classes)
        console_print(stdout, "classes %s", classes);
    chart_print(stdout, &j->report, title);
    free(title);
}

struct provenance *job_describe(const struct job *j, const char *program, const char *state, bool rows)
{
    const struct study *s = j->study;
    const struct run_options run = study_run_options(s);
    struct excluded lost = excluded_among(&s->excluded, s->order, s->order_n); /* in the order of measuring */
    struct curve_meta meta = curve_meta_of_study(s, &run, &j->c->options);
    meta.program = program;
    meta.classes = j->c->options.input.classes;
    meta.state = state;
    meta.asked = j->report.order_n;
    meta.cached = job_count_recalled(j);
    meta.excluded = &lost;
    meta.stopping = study_rule(s);
    meta.confirmation = &j->confirmation;
    struct provenance *p = provenance_new();
    curve_meta_describe(&meta, j->report.curve, j->chosen, p);
    if (rows)
        curve_meta_describe_rows(&meta, p);
    excluded_free(&lost);
    return p;
}

/* Standard output comes last: a reader that goes away must not cost the files. */
static int job_write_files(struct job *j, const char *state)
{
    const struct options *o = &j->c->options;
    struct error e;
    struct {
        const char *path;
        void (*report)(FILE *, const struct report *);
    } outputs[] = {
        {o->output.images_csv, report_images},
        {o->output.classes_csv, report_classes},
        {job_curve_path(o), report_curve},
    };
    const struct sheet_style style = format_style(j->c);
    int status = COMMAND_DONE;
    for (int to_stdout = 0; to_stdout < 2; to_stdout++) {
        if (to_stdout)
            process_become_filter();
        for (size_t i = 0; i < sizeof outputs / sizeof outputs[0]; i++) {
            const char *path = outputs[i].path;
            if (!path || outputs_is_stdout(path) != to_stdout)
                continue;
            struct provenance *p = job_describe(j, "isplit curve", state, outputs[i].report == report_images);
            j->report.style = outputs[i].report == report_curve ? &style : NULL;
            if (provenance_write(p, path, outputs[i].report, &j->report, &e) < 0)
                status = command_fail(j->c, COMMAND_BAD_INPUT, &e);
            else
                conclusion_written(j->c, path);
            provenance_free(p);
        }
    }
    j->report.style = NULL;
    return status;
}

/* The best candidate of the chosen classes; what the curve stands on has been said. */
static void job_conclude(struct job *j)
{
    const struct report *r = &j->report;
    struct curve_point *points = memory_new((size_t)r->listed_n, sizeof *points);
    int best = curve_compute(r->curve, j->chosen, r->correction, points);
    if (best >= 0)
        conclusion_set(j->c, "best candidate: %s, CUI %.4g", r->table->rows[r->listed[best]].name,
                       points[best].cui);
    else
        conclusion_set(j->c, "no layer is a candidate");
    free(points);
}

int job_write(struct job *j, const char *state)
{
    char accuracy[JOB_ACCURACY];
    job_accuracy(j, j->c->options.output.chart, accuracy);
    int status = job_write_files(j, state);
    if (j->c->options.output.chart)
        print_chart(j, accuracy);
    job_conclude(j);
    return status == COMMAND_DONE ? command_flush(j->c) : status;
}
