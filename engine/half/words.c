#include "half/words.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "half/modes.h"

struct half_mode {
    const char *name;
    bool folder, images; /* what it takes: a tail gets frames in place of images, or answers probes only */
    bool whole;
    const char *synopsis;
};

static const struct half_mode half_modes[] = {
    {"head", true, true, false, "isplit-half head DIR IMAGE... | -    images go in, frames come out"},
    {"tail", true, false, false, "isplit-half tail DIR                 frames go in, answers come out"},
    {"whole", true, true, true, "isplit-half whole DIR IMAGE... | -   both, without a frame between them"},
    {"probe", false, false, false, "isplit-half probe                    answers what measures the link"},
};
enum { HALF_MODES = sizeof half_modes / sizeof half_modes[0], USAGE = 2 };

int mode_fail(const char *text)
{
    char *shown = text_printable(text);
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, shown);
    free(shown);
    return 1;
}

int half_flush(void)
{
    char text[256];
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    snprintf(text, sizeof text, "standard output: cannot write: %s", strerror(errno));
    return mode_fail(text);
}

static int half_usage(FILE *out, int status)
{
    for (int i = 0; i < HALF_MODES; i++)
        fprintf(out, "%s%s\n", i ? "       " : "usage: ", half_modes[i].synopsis);
    fputs("-        names come from standard input, each ended by a NUL\n"
          "--first N  number of the first image, as frames carry it (default: 0)\n"
          "--text   answers as lines of text\n"
          "--stats  tells at the end how much memory was used\n",
          out);
    return status ? status : half_flush();
}

/* The most that was ever resident, by what the system says of this program alone. (What getrusage says begins
 * with what started it.) */
static void half_tell_memory(void)
{
    char line[256];
    long kib = -1;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && kib < 0 && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %ld", &kib) != 1)
            kib = -1;
    if (f)
        fclose(f);
    if (kib < 0)
        fprintf(stderr, "%s: the system does not say how much memory was used\n",
                program_invocation_short_name);
    else
        fprintf(stderr, "%s: %ld KiB of memory at the most\n", program_invocation_short_name, kib);
}

/* By name; NULL where the program has no such runtime. */
static const struct half_runtime *half_find_runtime(const struct half_runtime *const *runtimes,
                                                    const char *name)
{
    while (*runtimes && strcmp((*runtimes)->name, name) != 0)
        runtimes++;
    return *runtimes;
}

/* What the flags say. */
struct half_options {
    long first;
    bool text, stats;
    const struct half_runtime *runtime;
};

/* Takes the flags out of the words; -1: an unknown one. */
static int half_flags(int *n, char **words, const struct half_runtime *const *runtimes,
                      struct half_options *o)
{
    int kept = 0;
    bool all = false;
    for (int i = 0; i < *n; i++) {
        if (all || words[i][0] != '-' || !words[i][1])
            words[kept++] = words[i];
        else if (strcmp(words[i], "--text") == 0)
            o->text = true;
        else if (strcmp(words[i], "--stats") == 0)
            o->stats = true;
        else if (strcmp(words[i], "--first") == 0 && i + 1 < *n && text_to_long(words[i + 1], &o->first) &&
                 o->first >= 0 && (unsigned long)o->first <= UINT32_MAX)
            i++;
        else if (strcmp(words[i], "--runtime") == 0 && i + 1 < *n &&
                 (o->runtime = half_find_runtime(runtimes, words[i + 1])))
            i++;
        else if (strcmp(words[i], "--") == 0)
            all = true;
        else
            return -1;
    }
    *n = kept;
    return 0;
}

static const struct half_mode *half_find(const char *name)
{
    for (int i = 0; i < HALF_MODES; i++)
        if (strcmp(half_modes[i].name, name) == 0)
            return &half_modes[i];
    return NULL;
}

/* `words`: the folder, where the mode takes one, and the images. */
static int half_run_mode(const struct half_mode *mode, char *const *words, int n,
                         const struct half_options *o)
{
    const char *folder = mode->folder ? words[0] : NULL;
    bool lines = o->text && (mode->whole || !mode->images);
    if (!lines && isatty(STDOUT_FILENO) == 1)
        return mode_fail("messages are not for a terminal (expected a pipe or a file as standard output)");
    if (!mode->images)
        return mode_tail(folder, o->text, o->runtime);
    struct names *images = names_new(words + 1, n - 1);
    int status = mode_head(folder, mode->whole, images, o->first, o->text, o->runtime);
    names_free(images);
    return status;
}

int half_main(int argc, char **argv, const struct half_runtime *const *runtimes)
{
    struct half_options o = {.runtime = runtimes[0]};
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return half_usage(stdout, 0);
    const struct half_mode *mode = argc > 1 ? half_find(argv[1]) : NULL;
    int n = argc - 2;
    char **words = argv + 2;
    if (!mode || half_flags(&n, words, runtimes, &o) < 0 || n < mode->folder ||
        (n > mode->folder) != mode->images)
        return half_usage(stderr, USAGE);
    int status = half_run_mode(mode, words, n, &o);
    if (o.stats)
        half_tell_memory();
    return status;
}
