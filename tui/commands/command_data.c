#include "commands/command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"
#include "cli/option_rows.h"
#include "commands/conclusion.h"
#include "commands/data_copies.h"
#include "commands/format.h"
#include "commands/outputs.h"
#include "study/inputs.h"
#include "study/run.h"
#include "screen/cells.h"

static const struct option_entry data_entries[] = {
    {ROW_TEXT('o', "output", output.path, "FILE", "the classes as CSV (default: standard output)")},
    ROW_SPLIT,
    ROWS_LABELS,
    ROWS_FORMAT,
    ROW_WORKER_COMMAND,
    ROW_HELP,
};

const struct option_command options_data = {
    .name = "data",
    .synopsis = "isplit data DATA [CFG] [OPTIONS]",
    .summary = "Shows what was found in DATA: layout, split, classes with their counts, which\n"
               "folder is which output of the network, and what cannot be decoded.",
    .entries = data_entries,
    .entries_n = ROWS_COUNT(data_entries),
    .tables = "data",
    .arguments_min = 1,
    .arguments_max = 2,
};

static char *folder_text(const struct dataset_class *k)
{
    return text_printable(k->folder ? k->folder : "-");
}

static void print_classes(const struct dataset *d)
{
    int widest = (int)strlen("folder");
    for (int i = 0; i < d->classes_n; i++) {
        char *folder = folder_text(&d->classes[i]);
        int width = cells_width(folder);
        widest = width > widest ? width : widest;
        free(folder);
    }
    if (widest > 40)
        widest = 40;
    printf("\n%6s  %8s  ", "output", "images");
    cells_print(stdout, "folder", widest);
    printf("  class\n");
    for (int i = 0; i < d->classes_n; i++) {
        char *folder = folder_text(&d->classes[i]);
        printf("%6d  %8ld  ", d->classes[i].index, d->classes[i].images);
        cells_print(stdout, folder, widest);
        console_print(stdout, "  %s", d->classes[i].name);
        free(folder);
    }
}

static void command_data_print_line(const char *key, const char *text)
{
    console_print(stdout, "%-10s %s", key, text);
}

static void print_head(const struct command *c)
{
    const struct connection *n = c->connection;
    const struct dataset *d = n->dataset;
    long unlabelled = 0;
    int empty = 0;
    for (long i = 0; i < d->images_n; i++)
        unlabelled += d->images[i].class_index == DATASET_NO_CLASS;
    for (int i = 0; i < d->classes_n; i++)
        empty += d->classes[i].images == 0;
    command_data_print_line("data", d->root);
    command_data_print_line("layout", d->layout);
    command_data_print_line("split", d->split[0] ? d->split : "-");
    printf("%-10s %ld", "images", d->images_n);
    if (unlabelled)
        printf(", %ld of them without a label", unlabelled);
    printf("\n%-10s %d", "classes", d->classes_n);
    if (empty)
        printf(", %d of them without images", empty);
    putchar('\n');
    if (d->labelled)
        command_data_print_line("labels by", d->labelled);
    if (n->table)
        printf("%-10s %d\n", "outputs", n->table->classes);
}

static void print_skipped(const struct command *c)
{
    const struct dataset *d = c->connection->dataset;
    if (c->skipped_n == 0) {
        printf("\nevery image can be decoded\n");
        return;
    }
    printf("\n%ld of %ld images cannot be decoded:\n", c->skipped_n, d->images_n);
    for (long i = 0; i < c->skipped_n; i++)
        console_print(stdout, "  %s: %s", d->images[c->skipped[i].image].path, c->skipped[i].reason);
}

/* A pipe gets all of them. */
static void print_copies(const struct command *c, const struct data_copies *copies)
{
    enum { SHOWN = 10 };
    char *text = data_copies_text(c, copies);
    long shown = isatty(STDOUT_FILENO) == 1 && copies->n > SHOWN ? SHOWN : copies->n;
    if (text)
        printf("\n%s:\n", text);
    for (long i = 0; i < shown; i++) {
        char *line = data_copies_line(c, &copies->all[i]);
        console_print(stdout, "  %s", line);
        free(line);
    }
    if (shown < copies->n)
        printf("  and %ld more, which --format table in a pipe names\n", copies->n - shown);
    free(text);
}

static int command_data_print(struct command *c, const struct data_copies *copies)
{
    process_become_filter();
    print_head(c);
    print_classes(c->connection->dataset);
    print_skipped(c);
    print_copies(c, copies);
    return command_flush(c);
}

static void command_data_describe(const struct command *c, const struct data_copies *copies,
                                  struct provenance *p)
{
    const struct options *o = &c->options;
    const struct dataset *d = c->connection->dataset;
    char *cfg = o->arguments_n > 1 ? inputs_cfg(o->arguments[1]) : NULL;
    command_describe(c, cfg ? cfg : "", NULL, p);
    free(cfg);
    provenance_add(p, "data", "%s", d->root);
    provenance_add(p, "layout", "%s", d->layout);
    provenance_add(p, "split", "%s", d->split);
    provenance_add(p, "images", "%ld", d->images_n);
    provenance_add(p, "images_undecodable", "%ld", c->skipped_n);
    provenance_add(p, "images_copied", "%ld", copies->n);
    provenance_add_time(p);
}

static void warn_copies(struct command *c, const struct data_copies *copies)
{
    char *text = data_copies_text(c, copies);
    if (text) {
        char *line = data_copies_line(c, &copies->all[0]);
        console_warn(c->console, "%s, and intervals take each for an independent image (first: %s)", text,
                     line);
        free(line);
    }
    free(text);
}

/* The classes as rows; what else there is to say goes to standard error. */
static int command_data_write(struct command *c, const struct data_copies *copies)
{
    const struct dataset *d = c->connection->dataset;
    const struct report r = {.dataset = d};
    for (long i = 0; i < c->skipped_n; i++) {
        char *text = memory_format("%s: cannot be decoded: %s", d->images[c->skipped[i].image].path,
                                   c->skipped[i].reason);
        command_warn_single(c, text);
        free(text);
    }
    command_end_warnings(c);
    warn_copies(c, copies);
    struct provenance *p = provenance_new();
    command_data_describe(c, copies, p);
    return command_write(c, p, report_data, &r);
}

int command_data(struct command *c)
{
    const struct options *o = &c->options;
    int status = outputs_check(c, &o->output.path, 1, (const char *const *)o->arguments, o->arguments_n);
    if (status == COMMAND_DONE)
        status = command_start(c);
    char *cfg = o->arguments_n > 1 ? inputs_cfg(o->arguments[1]) : NULL;
    if (status == COMMAND_DONE && cfg)
        status = command_open(c, cfg, NULL);
    free(cfg);
    if (status != COMMAND_DONE)
        return status;
    struct images_request request = run_images(o, o->arguments[0], false);
    request.probe = true;
    c->keep_skipped = true;
    status = command_list(c, &request);
    images_request_free(&request);
    struct data_copies copies = {0};
    if (status == COMMAND_DONE)
        status = data_copies_find(c, &copies);
    if (status != COMMAND_DONE)
        return status;

    conclusion_set(c, "%ld images of %d classes, %ld cannot be decoded", c->connection->dataset->images_n,
                   c->connection->dataset->classes_n, c->skipped_n);
    status = format_is_own(c) ? command_data_print(c, &copies) : command_data_write(c, &copies);
    data_copies_free(&copies);
    if (status != COMMAND_DONE || c->skipped_n < c->connection->dataset->images_n)
        return status;
    console_say(c->console, "none of %ld images can be decoded", c->skipped_n);
    return COMMAND_BAD_INPUT;
}
