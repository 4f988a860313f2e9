/* isplit profile: how long each layer of a network takes where the worker runs. */
#include "commands/command.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/text.h"
#include "commands/outputs.h"
#include "cli/option_rows.h"
#include "commands/conclusion.h"
#include "commands/format.h"
#include "study/inputs.h"
#include "csv/provenance.h"
#include "report/device_file.h"
#include "report/report.h"

static const struct option_entry profile_entries[] = {
    {ROW_WORD("runtime", runtime, "WHICH", profile_runtime_words,
              "darknet: libdarknet's own forward pass (default,\nwhere it can run the network); onednn: that "
              "of\nisplit's own graph")},
    {ROW_NUMBER(0, "threads", measure.threads, 1, 4096, "of onednn (default: all cores); darknet has one"),
     .measures = true},
    {ROW_NUMBER(0, "runs", runs, 1, PROFILE_RUNS_LIMIT,
                "run at least N times, and for 2 seconds; of fewer\nthan 20, 0.1 second each (default: 20)")},
    ROW_EPSILON,
    {ROW_TEXT('o', "output", output.path, "FILE", "the times as CSV (default: standard output)")},
    ROWS_FORMAT,
    ROW_WORKER_COMMAND,
    ROW_HELP,
};

const struct option_command options_profile = {
    .name = "profile",
    .synopsis = "isplit profile CFG WEIGHTS [OPTIONS]\nisplit profile FILE.data [OPTIONS]",
    .summary = "Writes as CSV how long each layer takes on this machine (the worker's, with\n"
               "--engine): forward, one image, median and 95th percentile in ms. The whole\n"
               "network and the network layer by layer take turns; a warning says where the sum\n"
               "of the layers' medians is not within 5 % of the whole network's.",
    .notes = "Beside FILE stands FILE.meta.csv, which says how it was made, with sum_ms,\n"
             "whole_ms and the memory that the network takes (model_bytes, memory_*_bytes).\n"
             "Exit status: 0 done; 1 bad input; 2 wrong usage; 3 the worker was lost; 130\n"
             "interrupted (nothing is written).",
    .entries = profile_entries,
    .entries_n = ROWS_COUNT(profile_entries),
    .tables = "profile",
    .arguments_min = 1,
    .arguments_max = 2,
};

static const char *const medians_of[] = {
    [PROFILE_CALM] = "undisturbed passes",
    [PROFILE_PROCESSOR] = "processor time of all passes",
    [PROFILE_ALL] = "all passes",
};

static double sum_ms(const struct profile *p)
{
    double sum = 0;
    for (int l = 0; l < p->layers_n; l++)
        sum += (double)p->median_ms[l];
    return sum;
}

/* What the network needs at the least: its parameters, and the activations that are alive at once. */
static int64_t model_bytes(const struct table *t)
{
    const struct table_row *last = &t->rows[t->rows_n - 1];
    return 4 * last->head_params + last->head_peak_bytes;
}

/* Without being asked for another one: libdarknet, or where it cannot run the network, what can. */
static int choose_runtime(struct command *c, enum profile_runtime *runtime)
{
    int asked = c->options.runtime;
    const struct table *table = c->connection->table;
    struct error e;
    *runtime = asked >= 0 ? (enum profile_runtime)asked : table->lacks ? PROFILE_ONEDNN : PROFILE_DARKNET;
    if (*runtime == PROFILE_DARKNET && table->lacks) {
        error_at(&e, c->options.arguments[0], 0,
                 "--runtime darknet: stock Darknet cannot run it: it lacks %s (expected --runtime onednn)",
                 table->lacks);
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    }
    command_tell_lacks(c);
    return COMMAND_DONE;
}

static int profile(struct command *c)
{
    const struct options *o = &c->options;
    struct error why;
    enum profile_runtime runtime;
    int runs = o->runs ? (int)o->runs : PROFILE_RUNS;
    int status = choose_runtime(c, &runtime);
    if (status != COMMAND_DONE)
        return status;
    snprintf(c->what, sizeof c->what, "profiling");
    if (connection_profile(c->connection, runtime, (int)o->measure.threads, runs, &why) < 0)
        return command_fail(c, COMMAND_LOST, &why);
    return command_wait_whole(c);
}

static void command_profile_describe(const struct command *c, const struct inputs *in, struct provenance *p)
{
    const struct profile *m = connection_profile_answer(c->connection);
    char *off = device_sum_off(sum_ms(m), (double)m->whole_ms[0]);
    command_describe(c, in->cfg, in->weights, p);
    provenance_add(p, "runtime", "%s", profile_runtime_words[m->runtime]);
    provenance_add(p, "threads", "%d", m->threads);
    provenance_add(p, "batch", "1");
    provenance_add(p, "runs", "%d", m->runs);
    provenance_add(p, "medians_of", "%s", medians_of[m->basis]);
    provenance_add(p, "sum_ms", "%.9g", sum_ms(m));
    provenance_add(p, "whole_ms", "%.9g", (double)m->whole_ms[0]);
    provenance_add(p, "sum_agrees", "%d", off == NULL);
    provenance_add(p, "whole_p95_ms", "%.9g", (double)m->whole_ms[1]);
    provenance_add(p, "model_bytes", "%" PRId64, model_bytes(c->connection->table));
    provenance_add(p, "memory_loaded_bytes", "%" PRId64, m->loaded);
    provenance_add(p, "memory_peak_bytes", "%" PRId64, m->peak);
    if (m->resident >= 0)
        provenance_add(p, "memory_resident_bytes", "%" PRId64, m->resident);
    provenance_add(p, "processor", "%s", m->processor);
    free(off);
    command_describe_worker(c, p);
}

static int command_profile_write_sheet(struct command *c, const struct inputs *in)
{
    struct provenance *p = provenance_new();
    const struct report r = {.table = c->connection->table,
                             .profile = connection_profile_answer(c->connection)};
    command_profile_describe(c, in, p);
    return command_write(c, p, report_profile, &r);
}

static void tell_memory(struct command *c)
{
    const struct profile *m = connection_profile_answer(c->connection);
    char model[16], peak[16], resident[16] = "";
    text_bytes(model, model_bytes(c->connection->table));
    text_bytes(peak, m->peak);
    if (m->resident >= 0)
        text_bytes(resident, m->resident);
    console_note(c->console, "weights and live activations are %s; %s allocates %s%s%s", model,
                 profile_runtime_words[m->runtime], peak, resident[0] ? " and writes to " : "", resident);
}

static void command_profile_tell(struct command *c)
{
    const struct profile *m = connection_profile_answer(c->connection);
    double sum = sum_ms(m), whole = (double)m->whole_ms[0];
    char *off = device_sum_off(sum, whole);
    console_note(
        c->console,
        "%d layers take %.4g ms in all, the whole network %.4g ms (medians of %d run%s, %s, %d thread%s)",
        m->layers_n, sum, whole, m->runs, m->runs == 1 ? "" : "s", profile_runtime_words[m->runtime],
        m->threads, m->threads == 1 ? "" : "s");
    conclusion_set(c, "the whole network takes %.4g ms on %s", whole, m->processor);
    tell_memory(c);
    if (m->basis == PROFILE_ALL)
        console_warn(c->console,
                     "other programs disturbed nearly every pass: these are times of a busy machine");
    if (off)
        console_warn(c->console,
                     "the layers' sum is %s the whole network's time (expected at most 5 %%: is the machine "
                     "busy?)",
                     off);
    free(off);
}

static int command_profile_run(struct command *c, const struct inputs *in)
{
    const char *const inputs[] = {in->cfg, in->weights, in->named};
    int status = outputs_check(c, &c->options.output.path, 1, inputs, 3);
    if (status == COMMAND_DONE)
        status = command_start(c);
    if (status == COMMAND_DONE)
        status = command_open(c, in->cfg, in->weights);
    if (status == COMMAND_DONE)
        status = profile(c);
    if (status == COMMAND_DONE)
        status = command_profile_write_sheet(c, in);
    if (status == COMMAND_DONE)
        command_profile_tell(c);
    return status;
}

int command_profile(struct command *c)
{
    struct inputs in;
    int status = command_find_inputs(c, false, &in);
    if (status != COMMAND_DONE)
        return status;
    status = command_profile_run(c, &in);
    inputs_free(&in);
    return status;
}
