/* isplit import: an ONNX model becomes a Darknet network. It runs here and not in the worker: nothing is
 * computed, the files are this machine's, and what a hostile model could break is this process, which has
 * nothing else to do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "commands/conclusion.h"
#include "cli/option_rows.h"
#include "commands/command.h"
#include "commands/outputs.h"
#include "onnx/onnx_import.h"

static const struct option_entry import_entries[] = {
    {ROW_TEXT(
        'o', "output", output.path, "FILE",
        "the network's name: FILE.cfg and FILE.weights\n(default: that of the model without .onnx, here)")},
    {ROW_FLAG(0, "force", force, "replace these files")},
    ROW_HELP,
};

const struct option_command options_import = {
    .name = "import",
    .synopsis = "isplit import MODEL.onnx [-o FILE] [OPTIONS]",
    .summary = "Turns an ONNX model of an image classifier, as torch.onnx.export writes it,\n"
               "into a Darknet network, FILE.cfg and FILE.weights. Says with which --mean and\n"
               "--std its images are to be measured, where it normalises its input itself.",
    .notes = "Exit status: 0 done; 1 bad input, or what Darknet has no counterpart of, named\n"
             "by its node; 2 wrong usage. Nothing is written unless it is 0.",
    .entries = import_entries,
    .entries_n = ROWS_COUNT(import_entries),
    .arguments_min = 1,
    .arguments_max = 1,
};

enum { IMPORT_CFG, IMPORT_WEIGHTS, IMPORT_FILES };

/* "dir/net.onnx" -> "net". New string. */
static char *default_name(const char *model)
{
    const char *slash = strrchr(model, '/');
    char *name = memory_copy(slash ? slash + 1 : model);
    size_t length = strlen(name);
    if (length > 5 && strcmp(name + length - 5, ".onnx") == 0)
        name[length - 5] = '\0';
    return name;
}

static int check_new(const struct command *c, char *const paths[IMPORT_FILES], struct error *e)
{
    for (int i = 0; i < IMPORT_FILES; i++)
        if (!c->options.force && access(paths[i], F_OK) == 0)
            return error_at(e, paths[i], 0, "exists already (expected another name, or --force)");
    return 0;
}

/* Both are on the disk before the first gets its name; they get them both or neither. */
static int import_commit(struct file_out files[IMPORT_FILES], struct error *e)
{
    for (int i = 0; i < IMPORT_FILES; i++)
        if (ferror(files[i].stream) || fflush(files[i].stream) != 0 || file_out_sync(&files[i]) < 0)
            return error_at(e, files[i].named, 0, "cannot write: %s", strerror(errno));
    return file_out_commit_pair(&files[0], &files[1], e);
}

/* Of the weights, in thousands: the rest takes no time. */
static void import_on_written(void *data, int64_t done, int64_t of)
{
    struct command *c = data;
    if (!c->counting)
        console_begin(c->console, 0);
    c->counting = true;
    console_progress(c->console, "writing the weights", (long)(done / 1000), (long)(of / 1000), 0);
}

static int import_convert(struct command *c, char *const paths[IMPORT_FILES], struct text_list *notes,
                          struct error *e)
{
    struct file_out files[IMPORT_FILES] = {0};
    int status = check_new(c, paths, e);
    for (int i = 0; i < IMPORT_FILES && status == 0; i++)
        status = file_out_open(&files[i], paths[i], e);
    console_unit(c->console, "thousand numbers");
    if (status == 0)
        status = onnx_import(c->options.arguments[0], files[IMPORT_CFG].stream, files[IMPORT_WEIGHTS].stream,
                             import_on_written, c, notes, e);
    console_clear(c->console);
    if (status == 0)
        status = import_commit(files, e);
    for (int i = 0; i < IMPORT_FILES; i++)
        file_out_abandon(&files[i]);
    return status;
}

static int import_tell(struct command *c, char *const paths[IMPORT_FILES], const struct text_list *notes)
{
    for (int i = 0; i < notes->n; i++)
        if (i == 0)
            console_print(stdout, "%s, %s: %s", paths[IMPORT_CFG], paths[IMPORT_WEIGHTS], notes->texts[i]);
        else
            console_print(stdout, "%s", notes->texts[i]);
    conclusion_set(c, "%s is a Darknet network now", c->options.arguments[0]);
    for (int i = 0; i < IMPORT_FILES; i++)
        conclusion_made(c, paths[i]);
    return command_flush(c);
}

int command_import(struct command *c)
{
    const struct options *o = &c->options;
    struct text_list notes = {0};
    struct error e;
    char *name = o->output.path ? memory_copy(o->output.path) : default_name(o->arguments[0]);
    char *paths[IMPORT_FILES] = {memory_format("%s.cfg", name), memory_format("%s.weights", name)};
    int status = outputs_check(c, (const char *const *)paths, IMPORT_FILES, o->arguments, o->arguments_n);
    if (status == COMMAND_DONE && import_convert(c, paths, &notes, &e) < 0)
        status = command_fail(c, COMMAND_BAD_INPUT, &e);
    if (status == COMMAND_DONE)
        status = import_tell(c, paths, &notes);
    text_list_free(&notes);
    for (int i = 0; i < IMPORT_FILES; i++)
        free(paths[i]);
    free(name);
    return status;
}
