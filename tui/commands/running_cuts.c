#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "commands/running.h"
#include "deployment/run_origin.h"
#include "deployment/run_plan.h"
#include "half/talk.h"

/* ---- Which ------------------------------------------------------------------------------------------ */

static bool running_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
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
    if (n > 1 && !strstr(o->run.to, RUN_PLACE))
        return command_usage(r->c, "of several folders, --to must say where the one that is used stands: {}");
    if (run_job_read(&r->job, (const char *const *)o->arguments, n, o->run.to, &e) < 0 ||
        run_origin_check(r->job.cuts, n, &e) < 0)
        return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    return COMMAND_DONE;
}

void running_free_cuts(struct running *r)
{
    for (int i = 0; r->tables && i < r->job.cuts_n; i++)
        table_free(r->tables[i]);
    free(r->tables);
    free(r->of_cuts);
    steer_free(r->steer);
}

/* ---- What the plan says ----------------------------------------------------------------------------- */

static int running_steer(struct running *r)
{
    const struct options *o = &r->c->options;
    struct link shape;
    struct error e;
    if (run_plan_given_link(o, &shape, &e) < 0)
        return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    r->steer = steer_new(r->job.cuts_n, &shape);
    for (int i = 0; i < r->job.cuts_n; i++) {
        const struct exchange_cut *cut = &r->job.cuts[i];
        double plan[RUN_MEASURES];
        if (run_plan_predict(o, cut->folder, r->tables[i], &cut->sheet, 0, false, plan, &e) < 0)
            return command_fail(r->c, COMMAND_BAD_INPUT, &e);
        steer_expect(r->steer, i, plan[STAGE_HEAD], plan[STAGE_TAIL], (int64_t)plan[RUN_BYTES],
                     run_plan_answer(r->tables[i]));
    }
    return COMMAND_DONE;
}

/* Whatever can be wrong with the prediction is seen before anything runs. */
int running_prepare_cuts(struct running *r)
{
    const struct options *o = &r->c->options;
    struct error e;
    double plan[RUN_MEASURES];
    r->tables = memory_new((size_t)r->job.cuts_n, sizeof *r->tables);
    for (int i = 0; i < r->job.cuts_n && run_plan_asked(o); i++) {
        const struct exchange_cut *cut = &r->job.cuts[i];
        r->tables[i] = run_plan_table(cut->folder, &e);
        if (!r->tables[i] || run_origin_match(cut->folder, r->tables[i], "the whole network", &e) < 0 ||
            run_plan_predict(o, cut->folder, r->tables[i], &cut->sheet, 0, true, plan, &e) < 0)
            return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    }
    return r->job.cuts_n > 1 ? running_steer(r) : COMMAND_DONE;
}

int running_choose(void *data, const struct exchange_image *last)
{
    struct running *r = data;
    int64_t answer = TALK_HEADER + (int64_t)sizeof(struct talk_answer) + 4 * r->job.result.outputs;
    if (last && last->answered && last->sent == 1) /* what was sent twice says nothing of the link */
        steer_learn(r->steer, last->cut, last->ms[STAGE_HEAD] + last->ms[STAGE_ENCODE],
                    last->ms[STAGE_RESTORE] + last->ms[STAGE_TAIL], last->bytes, answer, last->ms[STAGE_WIRE],
                    last->ms[STAGE_ANSWER]);
    return steer_choose(r->steer);
}
