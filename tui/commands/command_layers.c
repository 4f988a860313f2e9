#include "commands/command.h"

#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "commands/outputs.h"
#include "cli/option_rows.h"
#include "commands/conclusion.h"
#include "commands/format.h"
#include "csv/provenance.h"
#include "report/report.h"
#include "study/inputs.h"

static const struct option_entry layers_entries[] = {
    ROW_LAYERS,
    {ROW_TEXT('o', "output", output.path, "FILE", "the table as CSV (default: standard output)")},
    ROWS_FORMAT,
    ROW_WORKER_COMMAND,
    ROW_HELP,
};

const struct option_command options_layers = {
    .name = "layers",
    .synopsis = "isplit layers CFG [OPTIONS]\nisplit layers FILE.data [OPTIONS]",
    .summary = "Writes the layer table of a network as CSV: shapes, sizes, and what each cut\n"
               "sends and costs. Needs no weights.",
    .entries = layers_entries,
    .entries_n = ROWS_COUNT(layers_entries),
    .tables = "layers",
    .arguments_min = 1,
    .arguments_max = 1,
};

static void command_layers_describe(const struct command *c, struct provenance *p)
{
    char *cfg = inputs_cfg(c->options.arguments[0]);
    command_describe(c, cfg, NULL, p);
    free(cfg);
    provenance_add(p, "layers", "%s", table_list_words[c->options.measure.layers]);
    provenance_add_time(p);
}

static void command_layers_conclude(struct command *c, const struct report *r)
{
    const struct table_row *least = NULL;
    char bytes[16];
    for (int i = 0; i < r->listed_n; i++) {
        const struct table_row *row = &r->table->rows[r->listed[i]];
        if (row->cut_tensors > 0 && (!least || row->cut_bytes < least->cut_bytes))
            least = row;
    }
    if (!least)
        return;
    text_bytes(bytes, least->cut_bytes);
    conclusion_set(c, "%d of %d layers are listed; the cut after %s sends least, %s", r->listed_n,
                   r->table->rows_n, least->name, bytes);
}

int command_layers(struct command *c)
{
    const struct options *o = &c->options;
    char *cfg = inputs_cfg(o->arguments[0]);
    int status = outputs_check(c, &o->output.path, 1, (const char *const *)&cfg, 1);
    if (status == COMMAND_DONE)
        status = command_start(c);
    if (status == COMMAND_DONE)
        status = command_open(c, cfg, NULL);
    free(cfg);
    if (status != COMMAND_DONE)
        return status;

    command_tell_lacks(c);
    struct report r = {.table = c->connection->table};
    int *listed = table_listed(r.table, (enum table_list)o->measure.layers, &r.listed_n);
    bool *cde = table_cde(r.table, listed, r.listed_n);
    r.listed = listed;
    r.cde = cde;
    struct provenance *p = provenance_new();
    command_layers_describe(c, p);
    status = command_write(c, p, report_layers, &r);
    if (r.listed_n > 0)
        command_layers_conclude(c, &r);
    if (status == COMMAND_DONE && r.listed_n == 0)
        console_note(c->console, "%s",
                     o->measure.layers == TABLE_BACKBONE
                         ? "no layer is listed: there is no clean cut before the classifier, the first "
                           "connected or avgpool layer (--layers clean or all lists others)"
                         : "no layer is listed: there is no clean cut (--layers all lists every layer)");
    free(listed);
    free(cde);
    return status;
}
