/* A study under a batch command: the same steps as on the screen, but it waits for each of them. */

#include "study/study_parts.h"

/* Drawn rows between two looks at the signals. */
enum { WAIT_ROWS = 5000000 };

struct study_waiting {
    struct study *s;
    const volatile sig_atomic_t *signals;
};

/* ---- Stopping ---------------------------------------------------------------------------------------- */

/* The worker goes on while we look, and what it measures beyond the point is not kept: the result is the same
 * however far it came. */
static void study_watch(struct study *s, const volatile sig_atomic_t *signals)
{
    while (study_judge(s, WAIT_ROWS) == STOPPING_WORKS && *signals == 0)
        continue;
}

bool study_settle_stable(struct study *s, const volatile sig_atomic_t *signals)
{
    study_watch(s, signals);
    if (study_is_stable(s) && s->state != STUDY_DONE)
        study_stop_early(s);
    return study_is_stable(s);
}

/* ---- Waiting ----------------------------------------------------------------------------------------- */

static void wait_tick(void *data)
{
    const struct study_waiting *w = data;
    struct study *s = w->s;
    const struct connection *n = s->connection;
    long done = n->results + n->skipped + n->nonfinite;
    if (connection_waits_for(n, &request_run))
        study_watch(s, w->signals);
    if (connection_waits_for(n, &request_hash))
        study_progress(s, "looking whether images are known", n->hashed, n->asked);
    else if ((!n->tuning.hash[0] && s->run.before == 0) || n->asked == 0)
        study_progress(s, s->doing, 0, 0);
    else
        study_progress(s, "measuring", s->run.before + done, s->run.before + s->run.left);
}

/* A slice of looking for rows that need not be measured. */
static enum connection_end wait_row_cache(const struct study_waiting *w, struct error *why)
{
    struct study *s = w->s;
    if (*w->signals > 0)
        return CONNECTION_INTERRUPTED;
    study_watch(s, w->signals);
    if (study_step_row_cache(s, why) < 0)
        return CONNECTION_GONE;
    if (s->run.looks)
        study_progress(s, "looking for rows measured before",
                       (long)(row_cache_progress(study_row_cache(s)) * (double)s->order_n), s->order_n);
    else
        study_progress(s, NULL, 0, 0);
    return CONNECTION_DONE;
}

/* Whether the rows so far and those that came are of one tuning; 0 or -1 with why. */
static int wait_check_plan(struct study *s, struct error *why)
{
    if (study_tell_row_cache(s, &s->connection->tuning, why) < 0)
        return -1;
    study_take_tuning(s, &s->connection->tuning);
    return 0;
}

/* The answer to what was asked last: a run, a run of no images for its tuning, or contents. */
static enum connection_end wait_answer(struct study_waiting *w, struct error *why)
{
    struct study *s = w->s;
    enum connection_end end = connection_wait(s->connection, w->signals, wait_tick, w, why);
    if (!s->run.more || end != CONNECTION_DONE)
        study_progress(s, NULL, 0, 0);
    study_settle_rows(s);
    if ((end == CONNECTION_DONE || s->run.n > 0) && wait_check_plan(s, why) < 0)
        return CONNECTION_REFUSED;
    if (end == CONNECTION_DONE)
        study_next_run(s);
    return end;
}

enum connection_end study_wait(struct study *s, const volatile sig_atomic_t *signals, struct error *why)
{
    struct study_waiting w = {s, signals};
    const struct connection_listener before = s->connection->listener;
    enum connection_end end = CONNECTION_DONE;
    s->connection->listener = study_listener(s);
    study_begin_row_cache(s);
    study_next_run(s);
    while (end == CONNECTION_DONE && s->state == STUDY_MEASURING)
        end = study_can_row_cache(s) ? wait_row_cache(&w, why) : wait_answer(&w, why);
    study_progress(s, NULL, 0, 0);
    if (s->state == STUDY_LOST) { /* a request could not be sent */
        *why = s->why;
        end = CONNECTION_GONE;
    }
    s->connection->listener = before;
    return end;
}

long study_recalled_rows(const struct study *s)
{
    long n = 0;
    for (long i = 0; i < s->order_n; i++)
        n += s->run.found[s->order[i]] && curve_find(s->curve, s->order[i]) >= 0;
    return n;
}
