#include "commands/command.h"

#include <stdlib.h>

#include "base/memory.h"
#include "commands/outputs.h"
#include "cli/option_rows.h"
#include "csv/provenance.h"
#include "report/report.h"
#include "wire/version.h"

static const struct option_entry layers_entries[] = {
    ROW_LAYERS,
    {ROW_TEXT('o', "output", output.path, "FILE", "the table as CSV (default: standard output)")},
    ROW_WORKER_COMMAND,
    ROW_HELP,
};

const struct option_command options_layers = {
    .name = "layers",
    .synopsis = "isplit layers CFG [OPTIONS]",
    .summary = "Writes the layer table of a network as CSV: shapes, sizes, and what each cut\n"
               "sends and costs. Needs no weights.",
    .entries = layers_entries,
    .entries_n = ROWS_COUNT(layers_entries),
    .arguments_min = 1,
    .arguments_max = 1,
};

static void command_layers_describe(const struct command *c, struct provenance *p)
{
    const struct connection *n = c->connection;
    provenance_add(p, "program", "isplit layers");
    provenance_add(p, "version", "%s", ISPLIT_VERSION);
    provenance_add_arguments(p, c->argc, c->argv);
    provenance_add(p, "cfg", "%s", c->options.arguments[0]);
    provenance_add(p, "cfg_xxh3", "%s", n->cfg_xxh3);
    provenance_add(p, "layers", "%s", table_list_words[c->options.measure.layers]);
    provenance_add_time(p);
}

int command_layers(struct command *c)
{
    const struct options *o = &c->options;
    int status = outputs_check(c, &o->output.path, 1, o->arguments, o->arguments_n);
    if (status == COMMAND_DONE)
        status = command_start(c);
    if (status == COMMAND_DONE)
        status = command_open(c, o->arguments[0], NULL);
    if (status != COMMAND_DONE)
        return status;

    struct error e;
    struct report r = {.table = c->connection->table};
    int *listed = table_listed(r.table, (enum table_list)o->measure.layers, &r.listed_n);
    bool *cde = table_cde(r.table, listed, r.listed_n);
    r.listed = listed;
    r.cde = cde;
    struct provenance p = {0};
    command_layers_describe(c, &p);
    command_become_filter();
    if (provenance_write(&p, o->output.path, report_layers, &r, &e) < 0)
        status = command_fail(c, COMMAND_BAD_INPUT, &e);
    provenance_free(&p);
    free(listed);
    free(cde);
    return status;
}
