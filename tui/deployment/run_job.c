#include "deployment/run_job.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/program_file.h"
#include "deploy/profile.h"
#include "study/child.h"

enum { TIMEOUT_S = 30, RETRIES = 5 };

/* ---- The cuts --------------------------------------------------------------------------------------- */

/* The command with the folder in all its places. */
static char *run_job_command(const char *to, const char *folder)
{
    char *word = text_shell(folder), *command = memory_copy("");
    for (const char *at = to; *at;) {
        const char *place = strstr(at, RUN_PLACE);
        size_t n = place ? (size_t)(place - at) : strlen(at);
        char *more = memory_format("%s%.*s%s", command, (int)n, at, place ? word : "");
        free(command);
        command = more;
        at += n + (place ? strlen(RUN_PLACE) : 0);
    }
    free(word);
    return command;
}

int run_job_read(struct run_job *j, const char *const *folders, int n, const char *to, struct error *e)
{
    j->cuts = memory_new((size_t)n, sizeof *j->cuts);
    j->cuts_n = n;
    for (int i = 0; i < n; i++) {
        struct exchange_cut *cut = &j->cuts[i];
        cut->folder = folders[i];
        cut->command = run_job_command(to, cut->folder);
        if (half_sheet_read(cut->folder, &cut->sheet, e) < 0)
            return -1;
    }
    return 0;
}

void run_job_free(struct run_job *j)
{
    for (int i = 0; i < j->cuts_n; i++) {
        free(j->cuts[i].command);
        free(j->cuts[i].program);
    }
    free(j->cuts);
    exchange_images_free(j->images, j->images ? j->n : 0);
    run_job_free_images(j);
}

/* ---- What runs them --------------------------------------------------------------------------------- */

/* The program for a cut's halves here, both of them or its head: isplit-half where stock Darknet has all that
 * they need, or as --runtime says. *runtime is NULL for isplit-half. New string; NULL: it is missing. */
static char *run_job_program(const struct run_job *j, const struct exchange_cut *cut, bool both,
                             const char **runtime, struct error *e)
{
    const enum net_runs *runs = cut->sheet.runs_in;
    int asked = j->options->runtime;
    bool stock = runs[HALF_HEAD] == NET_RUNS_STOCK && (!both || runs[HALF_TAIL] == NET_RUNS_STOCK);
    bool own = asked == PROFILE_ONEDNN || (!stock && (both || asked != PROFILE_DARKNET));
    *runtime = own ? profile_runtime_words[PROFILE_ONEDNN] : NULL;
    if (own)
        return child_program(e);
    char *folder, *found = program_file_half(&folder);
    if (!found)
        error_set(e, "no program isplit-half in %.1000s (build it: make half)", folder);
    free(folder);
    return found;
}

static int run_job_find_programs(struct run_job *j, struct error *e)
{
    const struct options_run *o = &j->options->run;
    for (int i = 0; i < j->cuts_n; i++) {
        struct exchange_cut *cut = &j->cuts[i];
        cut->pipelined = j->pipelined && j->cuts_n == 1;
        cut->timeout_s = o->timeout > 0 ? o->timeout : TIMEOUT_S;
        cut->retries = o->retries >= 0 ? o->retries : RETRIES;
        cut->program = run_job_program(j, cut, false, &cut->runtime, e);
        if (!cut->program)
            return -1;
    }
    return 0;
}

/* ---- Both halves, and then the whole ---------------------------------------------------------------- */

/* Agreement is worth a note where it cannot be had, and no error: the tail need not be here. */
static enum exchange_end run_job_compare(struct run_job *j, int cut, const struct exchange_listener *listener,
                                         const volatile sig_atomic_t *signals)
{
    struct error e;
    struct exchange_cut whole = j->cuts[cut];
    whole.program = run_job_program(j, &whole, true, &whole.runtime, &e);
    enum exchange_end end = whole.program
                                ? exchange_whole(&whole, cut, j->images, j->n, listener, signals, &e)
                                : EXCHANGE_REFUSED;
    free(whole.program);
    if (end != EXCHANGE_DONE && end != EXCHANGE_INTERRUPTED && listener->unknown)
        listener->unknown(listener->data, e.text);
    return end;
}

static enum exchange_end run_job_compare_all(struct run_job *j, const struct exchange_listener *listener,
                                             const volatile sig_atomic_t *signals, struct error *e)
{
    enum exchange_end end = EXCHANGE_DONE;
    if (listener->whole)
        listener->whole(listener->data);
    for (int i = 0; i < j->cuts_n && end != EXCHANGE_INTERRUPTED && j->result.answered > 0; i++)
        end = run_job_compare(j, i, listener, signals);
    if (end != EXCHANGE_INTERRUPTED)
        return EXCHANGE_DONE;
    error_set(e, "interrupted before all images passed the whole network");
    return end;
}

static void run_job_begin(struct run_job *j)
{
    j->images = memory_new((size_t)j->n, sizeof *j->images);
    for (long i = 0; i < j->n; i++) {
        j->images[i].path = j->paths[i];
        j->images[i].file = j->files ? j->files[i] : j->paths[i];
    }
}

enum exchange_end run_job_work(struct run_job *j, const struct exchange_listener *listener,
                               const volatile sig_atomic_t *signals, struct error *e)
{
    enum exchange_end end = EXCHANGE_REFUSED;
    run_job_begin(j);
    if (run_job_find_programs(j, e) == 0)
        end = exchange_run(j->cuts, j->cuts_n, j->images, j->n, listener, signals, &j->result, e);
    if (end == EXCHANGE_DONE && !j->options->run.no_whole)
        end = run_job_compare_all(j, listener, signals, e);
    return end;
}

double run_job_mean_bytes(const struct run_job *j, int cut)
{
    double sum = 0;
    long n = 0;
    for (long i = 0; i < j->n && j->cuts[cut].sheet.coder != CODER_NONE; i++)
        if (j->images[i].answered && j->images[i].cut == cut) {
            sum += (double)j->images[i].bytes;
            n++;
        }
    return n ? sum / (double)n : 0;
}
