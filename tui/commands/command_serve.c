/* isplit serve: one half over standard input and output, as isplit-half does it, in isplit's own graph. The
 * worker's program takes this one's place, so that whoever started it has one process to end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/option_rows.h"
#include "commands/command.h"
#include "deploy/profile.h"
#include "study/child.h"

static const struct option_entry serve_entries[] = {
    {ROW_WORD("runtime", runtime, "WHICH", profile_runtime_words,
              "onednn: isplit's own graph (default); darknet: as\nisplit-half")},
    {ROW_FLAG(
        0, "head", run.head,
        "the head: images go in, frames come out (default: the\ntail, frames go in and answers come out)")},
    {ROW_FLAG(0, "text", run.text, "answers are lines of text")},
    {ROW_FLAG(0, "stats", run.stats, "tell at the end how much memory was used at the most")},
    ROW_HELP,
};

const struct option_command options_serve = {
    .name = "serve",
    .synopsis = "isplit serve DIR [OPTIONS]\nisplit serve DIR --head IMAGE... | - [OPTIONS]",
    .summary = "Runs the tail of DIR, as isplit split or isplit retrain made it: takes the place\n"
               "of isplit-half tail DIR and speaks as it does, but has all layers and uses all\n"
               "cores. With --head that of isplit-half head DIR; - reads names that end with a\n"
               "NUL byte.",
    .notes = "Exit status: 0 done; 1 bad input, or the other side is gone; 2 wrong usage.",
    .entries = serve_entries,
    .entries_n = ROWS_COUNT(serve_entries),
    .arguments_min = 1,
    .arguments_max = -1,
};

/* Does not return where the program can be started. */
static int serve_become(struct command *c, const char *program)
{
    const struct options *o = &c->options;
    int runtime = o->runtime >= 0 ? o->runtime : PROFILE_ONEDNN;
    const char **words = memory_new((size_t)o->arguments_n + 9, sizeof *words);
    int n = 0;
    words[n++] = "isplit"; /* its name in messages */
    words[n++] = "--half";
    words[n++] = o->run.head ? "head" : "tail";
    words[n++] = "--runtime";
    words[n++] = profile_runtime_words[runtime];
    if (o->run.text)
        words[n++] = "--text";
    if (o->run.stats)
        words[n++] = "--stats";
    words[n++] = "--";
    for (int i = 0; i < o->arguments_n; i++)
        words[n++] = o->arguments[i];
    child_calm_threads();
    execv(program, (char *const *)(uintptr_t)words);
    free(words);
    struct error e;
    error_at(&e, program, 0, "cannot be started: %s", strerror(errno));
    return command_fail(c, COMMAND_BAD_INPUT, &e);
}

int command_serve(struct command *c)
{
    const struct options *o = &c->options;
    struct error e;
    if (o->run.head && o->arguments_n == 1)
        return command_usage(c, "there are no images: expected files, or - for names on standard input");
    if (!o->run.head && o->arguments_n > 1)
        return command_usage(c, "images are for --head: a tail reads frames");
    char *program = child_program(&e);
    int status = program ? serve_become(c, program) : command_fail(c, COMMAND_BAD_INPUT, &e);
    free(program);
    return status;
}
