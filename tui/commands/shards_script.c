#include "commands/shards_script.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/program_file.h"
#include "commands/shards.h"

/* What is asked of the machines is this many times what was measured, as another one may be slower, and so
 * much more. */
#define TIME_FACTOR 2.0
#define MEMORY_FACTOR 1.5
enum { MORE_MINUTES = 1, JOIN_MINUTES = 30, JOIN_MEGABYTES = 1024 };

static long shards_minutes(const struct shards_trial *t, long shares)
{
    double images = ceil((double)t->images / (double)shares);
    return (long)ceil(TIME_FACTOR * (t->start_s + images / t->rate) / 60) + MORE_MINUTES;
}

/* 0: not known. With --memory the worker keeps to that; its front end takes little. */
static long shards_megabytes(const struct options *o, const struct shards_trial *t)
{
    enum { FRONT_END = 200, STEP = 100 };
    double megabytes = o->measure.memory ? (double)o->measure.memory / 1048576 + FRONT_END
                                         : MEMORY_FACTOR * (double)t->bytes / 1048576;
    return (long)ceil(megabytes / STEP) * STEP;
}

/* ---- What it says ------------------------------------------------------------------------------------ */

static void shards_say_usage(FILE *out, const struct options *o, long shares, const struct shards_trial *t,
                             const char *name)
{
    fprintf(out, "#\n# %ld images in %ld shares, each with a store of its own, and joined:\n", t->images,
            shares);
    fprintf(out, "#     sh %s          %s all shares, then joins them\n", name,
            o->slurm ? "submits" : "measures");
    fprintf(out, "#     sh %s 7,13-15  the same with these shares only, as isplit store shards names them\n",
            name);
    fputs("# What a share has measured stays: one that is begun again measures what is left.\n", out);
    if (o->parallel)
        fputs("# JOBS=4 runs four at a time here; PARALLEL='-S node1,node2' on machines that share this "
              "folder.\n",
              out);
}

static void shards_say_basis(FILE *out, const struct options *o, long shares, const struct shards_trial *t)
{
    long megabytes = shards_megabytes(o, t);
    fprintf(out, "# Time: %.3g images a second (%s", t->rate,
            o->rate > 0 ? "as given" : "measured here, a guess for other machines");
    if (o->rate <= 0)
        fprintf(out, ", on %ld images", t->measured);
    fprintf(out, ") and %.1f s to start; %g times that and %d min: %ld min a share.\n", t->start_s,
            TIME_FACTOR, MORE_MINUTES, shards_minutes(t, shares));
    if (o->measure.memory)
        fprintf(out, "# Memory: --memory and what the front end takes, a guess: %ld MB.\n", megabytes);
    else if (megabytes)
        fprintf(out, "# Memory: %g times what was taken here, a guess for other machines: %ld MB.\n",
                MEMORY_FACTOR, megabytes);
    else
        fputs(
            "# Memory: not known (--memory says how much); what the machines give where nothing is asked.\n",
            out);
}

static void shards_ask_slurm(FILE *out, const struct options *o, long shares, const struct shards_trial *t)
{
    long megabytes = shards_megabytes(o, t);
    long cores = t->threads * (o->workers > 1 ? o->workers : 1);
    fprintf(out, "#SBATCH --cpus-per-task=%ld\n#SBATCH --time=%ld\n", cores, shards_minutes(t, shares));
    if (megabytes)
        fprintf(out, "#SBATCH --mem=%ldM\n", megabytes);
    fputs("#SBATCH --requeue\n#SBATCH --open-mode=append\n", out);
}

/* ---- What it does ------------------------------------------------------------------------------------ */

static void shards_set(FILE *out, const char *variable, const char *value)
{
    char *quoted = text_shell(value);
    fprintf(out, "%s=%s\n", variable, quoted);
    free(quoted);
}

/* `name` begins the names of all its files. */
static void shards_variables(FILE *out, long shares, const char *path, const char *name)
{
    char *program = program_file_self();
    char *folder = getcwd(NULL, 0);
    char *quoted = text_shell(path);
    char *again = memory_format("sh %s %%s", quoted);
    fprintf(out, "\nshares=%ld # the same for every task, whichever are run\n", shares);
    shards_set(out, "script", path);
    shards_set(out, "again", again);
    shards_set(out, "name", name);
    shards_set(out, "isplit", program);
    shards_set(out, "folder", folder ? folder : ".");
    fputs("cd \"$folder\" || exit 1\n", out);
    free(again);
    free(quoted);
    free(folder);
    free(program);
}

static void shards_share(FILE *out, const struct options *o)
{
    char *command = shards_command(o);
    fprintf(out,
            "\n# The share of that number.\nshare() {\n    %s \\\n"
            "        --shard \"$1/$shares\" --store \"$name-$1.db\" -o /dev/null --again \"$again\"\n}\n",
            command);
    free(command);
}

/* The curve is that of the same choice. */
static void shards_join(FILE *out, const struct options *o)
{
    static const char *const none[] = {NULL};
    struct options read = options_default();
    read.input.classes = o->input.classes;
    read.input.subsets = o->input.subsets;
    read.input.images = o->input.images;
    read.input.seed = o->input.seed;
    char *words = options_words(&options_curve, &read, none);
    fputs(
        "\n# What there is of all shares; the curve, once none is missing.\njoin() {\n    set --\n    i=1\n"
        "    while [ \"$i\" -le \"$shares\" ]; do\n"
        "        [ ! -s \"$name-$i.db\" ] || set -- \"$@\" \"$name-$i.db\"\n        i=$((i + 1))\n    done\n"
        "    [ $# -gt 0 ] || { echo \"$name: no share has measured anything\" >&2; return 1; }\n"
        "    \"$isplit\" store merge \"$@\" --store \"$name-all.db\" && \"$isplit\" store shards "
        "\"$name-all.db\" &&\n",
        out);
    fprintf(out, "        \"$isplit\" %s --from \"$name-all.db\" -o \"$name.csv\"\n}\n", words);
    free(words);
}

/* The join waits for tasks that fail, too (afterok would wait for ever): it looks itself whether a share is
 * missing. Two joins of one run never run side by side (singleton). */
static void shards_submit(FILE *out)
{
    fprintf(
        out,
        "\nif [ -n \"${SLURM_ARRAY_TASK_ID-}\" ]; then\n    share \"$SLURM_ARRAY_TASK_ID\"\n"
        "elif [ \"${1-}\" = join ]; then\n    join\nelse\n"
        "    job=$(sbatch --parsable --array=\"${1:-1-$shares}\" --job-name=\"$name\" --chdir=\"$folder\" "
        "\\\n"
        "        --output=\"$name-%%a.log\" \"$script\") || exit 1\n    job=${job%%%%;*}\n"
        "    last=$(sbatch --parsable --dependency=\"afterany:$job,singleton\" --job-name=\"$name-join\" \\\n"
        "        --chdir=\"$folder\" --output=\"$name-join.log\" --cpus-per-task=1 --time=%d --mem=%dM \\\n"
        "        \"$script\" join) || exit 1\n"
        "    echo \"shares: job $job; joined by job ${last%%%%;*}, which says in $name-join.log what is "
        "missing\"\n"
        "fi\n",
        JOIN_MINUTES, JOIN_MEGABYTES);
}

static void shards_run_parallel(FILE *out)
{
    fputs("\n# 7,13-15,1-9:2 as a number a line.\nlist() {\n"
          "    echo \"$1\" | tr , '\\n' |\n        while IFS=-: read -r first last step; do seq \"$first\" "
          "\"${step:-1}\" \"${last:-$first}\"; done\n"
          "}\n\ncase ${1-} in\nshare) share \"$2\" ;;\njoin) join ;;\n*)\n"
          "    list \"${1:-1-$shares}\" | parallel --quote --jobs \"${JOBS:-1}\" --workdir \"$folder\" sh "
          "\"$script\" share\n"
          "    join\n    ;;\nesac\n",
          out);
}

/* The script's name without its end. New string. */
static char *shards_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strlen(name);
    bool sh = length > 3 && strcmp(name + length - 3, ".sh") == 0;
    return memory_copy_n(name, sh ? length - 3 : length);
}

void shards_script(FILE *out, const struct options *o, long shares, const char *path,
                   const struct shards_trial *trial)
{
    char *name = shards_name(path);
    char *word = text_shell(path);
    char *shown = text_escape(word); /* what follows a line's end in a comment would be run */
    fputs("#!/bin/sh\n", out);
    if (o->slurm)
        shards_ask_slurm(out, o, shares, trial);
    shards_say_usage(out, o, shares, trial, shown);
    shards_say_basis(out, o, shares, trial);
    shards_variables(out, shares, path, name);
    shards_share(out, o);
    shards_join(out, o);
    if (o->slurm)
        shards_submit(out);
    else
        shards_run_parallel(out);
    free(shown);
    free(word);
    free(name);
}
