#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/program_file.h"
#include "commands/running.h"
#include "deploy/profile.h"
#include "deployment/run_plan.h"
#include "half/talk.h"
#include "study/child.h"

#define RUNNING_PLACE "{}" /* in --to, where the folder is to stand */

/* ---- Which ------------------------------------------------------------------------------------------ */

static bool running_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* --to with the folder in all its places. */
static char *running_command(const char *to, const char *folder)
{
    char *word = text_shell(folder), *command = memory_copy("");
    for (const char *at = to; *at;) {
        const char *place = strstr(at, RUNNING_PLACE);
        size_t n = place ? (size_t)(place - at) : strlen(at);
        char *more = memory_format("%s%.*s%s", command, (int)n, at, place ? word : "");
        free(command);
        command = more;
        at += n + (place ? strlen(RUNNING_PLACE) : 0);
    }
    free(word);
    return command;
}

int running_find_cuts(struct running *r)
{
    const struct options *o = &r->c->options;
    struct error e;
    int n = 1;
    while (n < o->arguments_n && running_is_folder(o->arguments[n]))
        n++;
    if (n > 1 && (!o->cost_model.edge || !o->cost_model.server))
        return command_usage(r->c,
                             "several folders need --edge and --server: which cut is best follows from what "
                             "they take, too");
    if (n > 1 && !strstr(o->run.to, RUNNING_PLACE))
        return command_usage(r->c, "of several folders, --to must say where the one that is used stands: {}");
    r->cuts = memory_new((size_t)n, sizeof *r->cuts);
    r->cuts_n = n;
    for (int i = 0; i < n; i++) {
        struct running_cut *cut = &r->cuts[i];
        cut->folder = o->arguments[i];
        cut->to = running_command(o->run.to, cut->folder);
        if (half_sheet_read(cut->folder, &cut->sheet, &e) < 0)
            return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    }
    return COMMAND_DONE;
}

void running_free_cuts(struct running *r)
{
    for (int i = 0; i < r->cuts_n; i++) {
        free(r->cuts[i].to);
        free(r->cuts[i].program);
        table_free(r->cuts[i].table);
    }
    free(r->cuts);
    free(r->of_cuts);
    steer_free(r->steer);
}

/* ---- What runs them --------------------------------------------------------------------------------- */

char *running_program(const struct running *r, const struct running_cut *cut, bool both, const char **runtime,
                      struct error *e)
{
    static const char *const places[] = {"isplit-half", NULL};
    const enum net_runs *runs = cut->sheet.runs_in;
    int asked = r->c->options.runtime;
    bool stock = runs[HALF_HEAD] == NET_RUNS_STOCK && (!both || runs[HALF_TAIL] == NET_RUNS_STOCK);
    bool own = asked == PROFILE_ONEDNN || (!stock && (both || asked != PROFILE_DARKNET));
    *runtime = own ? profile_runtime_words[PROFILE_ONEDNN] : NULL;
    if (own)
        return child_program(e);
    char *folder, *found = program_file_find(places, X_OK, &folder);
    if (!found)
        error_set(e, "no program isplit-half in %.1000s (build it: make half)", folder);
    free(folder);
    return found;
}

/* ---- What the plan says ----------------------------------------------------------------------------- */

static int running_steer(struct running *r)
{
    const struct options *o = &r->c->options;
    struct link shape;
    struct error e;
    if (run_plan_given_link(o, &shape, &e) < 0)
        return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    r->steer = steer_new(r->cuts_n, &shape);
    for (int i = 0; i < r->cuts_n; i++) {
        const struct running_cut *cut = &r->cuts[i];
        double plan[RUN_MEASURES];
        if (run_plan_predict(o, cut->folder, cut->table, &cut->sheet, 0, false, plan, &e) < 0)
            return command_fail(r->c, COMMAND_BAD_INPUT, &e);
        steer_expect(r->steer, i, plan[STAGE_HEAD], plan[STAGE_TAIL], (int64_t)plan[RUN_BYTES],
                     run_plan_answer(cut->table));
    }
    return COMMAND_DONE;
}

/* Whatever can be wrong with the prediction is seen before anything runs. */
int running_prepare_cuts(struct running *r)
{
    const struct options *o = &r->c->options;
    struct error e;
    double plan[RUN_MEASURES];
    for (int i = 0; i < r->cuts_n && run_plan_asked(o); i++) {
        struct running_cut *cut = &r->cuts[i];
        cut->table = run_plan_table(cut->folder, &e);
        if (!cut->table || run_plan_predict(o, cut->folder, cut->table, &cut->sheet, 0, true, plan, &e) < 0)
            return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    }
    return r->cuts_n > 1 ? running_steer(r) : COMMAND_DONE;
}

int running_choose(void *data, const struct exchange_image *last)
{
    struct running *r = data;
    int64_t answer = TALK_HEADER + (int64_t)sizeof(struct talk_answer) + 4 * r->result.outputs;
    if (last && last->answered && last->sent == 1) /* what was sent twice says nothing of the link */
        steer_learn(r->steer, last->cut, last->ms[STAGE_HEAD] + last->ms[STAGE_ENCODE],
                    last->ms[STAGE_RESTORE] + last->ms[STAGE_TAIL], last->bytes, answer, last->ms[STAGE_WIRE],
                    last->ms[STAGE_ANSWER]);
    return steer_choose(r->steer);
}
