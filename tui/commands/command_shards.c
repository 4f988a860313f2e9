/* isplit shards: the script that measures a curve in shares, on a cluster or by GNU parallel. */
#include "commands/command.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "commands/conclusion.h"
#include "base/text.h"
#include "cli/option_rows.h"
#include "commands/outputs.h"
#include "commands/shards_script.h"

static const struct option_entry shards_entries[] = {
    {ROW_FLAG(0, "slurm", slurm, "for Slurm: an array of jobs, and one that joins them")},
    {ROW_FLAG(0, "parallel", parallel, "for GNU parallel, here or on machines that share the\nfolder")},
    {ROW_REAL("speed", rate, "R", 0,
              "images a second of one share (default: measured\nhere on some images)")},
    {ROW_TEXT('o', "output", output.path, "FILE", "the script (default: standard output)")},
    ROW_DATA,
    ROW_CLASSES,
    {ROW_TEXT(0, "subsets", input.subsets, "FILE", "a curve for each line 'name = CLASSES' of the file")},
    ROWS_MEASURING,
    ROWS_WORKERS,
    ROW_HELP,
};

const struct option_command options_shards = {
    .name = "shards",
    .synopsis = "isplit shards N --slurm CFG WEIGHTS -d DATA [OPTIONS] >job.sh\n"
                "isplit shards N --parallel FILE.data [OPTIONS] >job.sh",
    .summary = "Writes a script that measures a curve in N shares, joins them when none runs any\n"
               "more, says which are missing, and measures these again. It asks for time and\n"
               "memory by what some images take here.",
    .notes = "The options of isplit curve say what is measured, and stand in the script.\n"
             "Exit status: 0 done; 1 bad input; 2 wrong usage; 3 the worker was lost; 130\n"
             "interrupted (nothing is written).",
    .entries = shards_entries,
    .entries_n = ROWS_COUNT(shards_entries),
    .arguments_min = 2,
    .arguments_max = 3,
};

/* The script has to know its own name: that of -o, or of the file that standard output goes to. New string.
 */
static char *shards_own_path(const char *output)
{
    char link[4096];
    struct stat st;
    if (output && !outputs_is_stdout(output))
        return file_resolve(output);
    ssize_t n = fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode)
                    ? readlink("/proc/self/fd/1", link, sizeof link)
                    : -1;
    return n > 0 ? memory_copy_n(link, (size_t)n) : file_resolve("job.sh");
}

static int shards_check(struct command *c, long *shares)
{
    const struct options *o = &c->options;
    enum { MOST = 1000000 };
    if (o->slurm == o->parallel)
        return command_usage(c, "shards needs one of --slurm and --parallel");
    if (!text_to_long(o->arguments[0], shares) || *shares < 1 || *shares > MOST)
        return command_usage(
            c, "shards needs the number of shares, as in isplit shards 20 --slurm CFG WEIGHTS -d DATA");
    if (o->measure.until_stable > 0)
        return command_usage(
            c, "a share cannot tell whether the whole is stable: --until-stable is for isplit curve");
    return outputs_check(c, &o->output.path, 1,
                         (const char *const[]){o->measure.tuning_file, o->input.subsets}, 2);
}

/* A file or a pipe gets the exact bytes of names, a terminal what it can show of them. */
static void shards_print(FILE *out, char *script)
{
    if (isatty(fileno(out)) != 1) {
        fputs(script, out);
        return;
    }
    for (char *rest = script, *line; rest && *rest && (line = strsep(&rest, "\n"));)
        console_print(out, "%s", line);
}

static int shards_write(struct command *c, long shares, const char *path, const struct shards_trial *trial)
{
    struct file_out f;
    struct error e;
    char *tuning = memory_format("%s.tuning", path);
    if (trial->images < shares) {
        console_say(c->console, "%ld shares of %ld images: some would be empty", shares, trial->images);
        free(tuning);
        return COMMAND_BAD_INPUT;
    }
    /* All compute alike: by one tuning, whose threads are those that are asked for. */
    if (!c->options.measure.tuning_file)
        c->options.measure.tuning_file = tuning;
    c->options.measure.threads = trial->threads;
    int status = COMMAND_DONE;
    if (file_out_open(&f, c->options.output.path, &e) < 0) {
        status = command_fail(c, COMMAND_BAD_INPUT, &e);
    } else {
        char *script;
        size_t length;
        FILE *stream = memory_stream(&script, &length);
        shards_script(stream, &c->options, shares, path, trial);
        fclose(stream);
        shards_print(f.stream, script);
        free(script);
        if (file_out_commit(&f, &e) < 0)
            status = command_fail(c, COMMAND_BAD_INPUT, &e);
    }
    conclusion_set(c, "%ld shares of %ld images, at %.*f images/s about %.1f s each", shares, trial->images,
                   trial->rate < 10 ? 1 : 0, trial->rate,
                   (double)trial->images / (double)shares / trial->rate + trial->start_s);
    if (c->options.output.path && !outputs_is_stdout(c->options.output.path))
        conclusion_made(c, c->options.output.path);
    free(tuning);
    return status;
}

int command_shards(struct command *c)
{
    long shares = 0;
    struct shards_trial trial;
    struct options *o = &c->options;
    int status = shards_check(c, &shares);
    if (status != COMMAND_DONE)
        return status;
    o->arguments++; /* what follows is as isplit curve has it */
    o->arguments_n--;
    char *path = shards_own_path(o->output.path);
    status = shards_try(c, &trial);
    if (status == COMMAND_DONE)
        status = shards_write(c, shares, path, &trial);
    free(path);
    o->arguments--;
    o->arguments_n++;
    return status;
}
