/* What is measured next: runs of the images that are left, pauses, images that killed a worker. */
#include "study/study_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "study/run.h"

/* Seconds of a run before its rate means something. */
#define RATE_AFTER 0.5

void study_settle(struct study *s, long image)
{
    if (s->settled[image])
        return;
    s->settled[image] = true;
    s->run.found[image] = s->run.looks;
    s->settled_n++;
    s->version++;
}

void study_exclude(struct study *s, long image, enum exclusion exclusion)
{
    excluded_add(&s->excluded, image, exclusion);
    study_settle(s, image);
    study_stopping_exclude(s, image, exclusion);
}

void study_settle_rows(struct study *s)
{
    if (!s->curve)
        return;
    if (s->curve->rows_n > s->run.rows_seen && s->run.began_ms == 0 && !s->run.looks) {
        s->run.began_ms = clock_ms();
        s->run.began_n = s->settled_n + s->curve->rows_n - s->run.rows_seen;
        s->doing[0] = '\0';
    }
    for (; s->run.rows_seen < s->curve->rows_n; s->run.rows_seen++)
        study_settle(s, s->curve->rows[s->run.rows_seen].image);
}

struct run_options study_run_options(const struct study *s)
{
    struct run_options run = s->saved_rows ? s->saved_rows->run : run_of_options(&s->options);
    if (s->connection)
        run.bn_epsilon = s->connection->epsilon;
    run.layers = s->layer_list.layers;
    run.layers_n = s->layer_list.n;
    run.images_all = s->run.all;
    return run;
}

/* How many images of the order the next run is chosen from. A look at whether the pick is stable waits for
 * all images before its point: where a suspect is among them, they come first. */
static long images_in_reach(const struct study *s)
{
    const struct stopping *u = study_rule(s);
    if (!u || study_is_stable(s) || u->looks >= u->points_n)
        return s->order_n;
    for (long i = 0; i < u->points[u->looks]; i++)
        if (s->run.suspect[s->order[i]] && !s->settled[s->order[i]])
            return u->points[u->looks];
    return s->order_n;
}

/* The images of the next run: the first of those that are left, or, where only suspects are, one of them
 * alone, so that it is known which one it was if the worker dies again. */
static void run_choose_images(struct study *s)
{
    long suspect = -1;
    long reach = images_in_reach(s);
    free(s->run.images);
    s->run.images = memory_new((size_t)(reach < STUDY_RUN ? reach : STUDY_RUN), sizeof *s->run.images);
    s->run.n = s->run.left = 0;
    for (long i = 0; i < reach; i++) {
        long image = s->order[i];
        if (s->settled[image])
            continue;
        if (!s->run.suspect[image] && s->run.left++ < STUDY_RUN)
            s->run.images[s->run.n++] = image;
        else if (s->run.suspect[image] && suspect < 0)
            suspect = image;
    }
    if (s->run.n == 0 && suspect >= 0) {
        s->run.images[s->run.n++] = suspect;
        s->run.left = 1;
    }
    s->run.more = s->run.left > s->run.n;
}

/* A run that does not follow another one without a break: its rate and its progress are its own. */
static void run_begin_anew(struct study *s)
{
    s->run.began_ms = 0;
    s->run.before = 0;
    s->run.more = false;
}

void study_next_run(struct study *s)
{
    struct error e;
    if (s->run.more && !s->run.pausing)
        s->run.before += s->run.n;
    else
        run_begin_anew(s);
    if (study_is_stable(s)) {
        study_stop_early(s);
        return;
    }
    if (s->run.looks && !s->run.pausing) {
        s->state = STUDY_MEASURING; /* as soon as the store has been looked through */
        return;
    }
    run_choose_images(s);
    if (s->run.n == 0 || s->run.pausing) {
        run_begin_anew(s);
        row_cache_rest(study_row_cache(s));
        s->state = s->run.n == 0 ? STUDY_DONE : STUDY_PAUSED;
        s->run.pausing = false;
        s->doing[0] = '\0';
        return;
    }
    struct run_options run = study_run_options(s);
    run.images = s->run.images;
    run.images_n = s->run.n;
    s->state = STUDY_MEASURING;
    if (!s->connection->tuning.hash[0])
        snprintf(s->doing, sizeof s->doing, "preparing the network");
    if (connection_run(s->connection, &run, s->curve, &e) < 0) { /* a pipe that broke */
        study_fail(s, STUDY_LOST, &e);
    }
}

/* One image was under way alone when the worker died, for the second time: it is the cause. */
static void blame(struct study *s, long image)
{
    study_exclude(s, image, EXCLUDED_UNDECODABLE);
    study_say(s, STUDY_KILLED, "%s: left out, the worker crashes on it", s->dataset->images[image].path);
}

void study_suspect(struct study *s)
{
    if (s->heatmap_image >= 0 || s->state != STUDY_MEASURING)
        return; /* no image of the run need be the cause */
    if (s->run.n == 1 && s->run.suspect[s->run.images[0]] && !s->settled[s->run.images[0]]) {
        blame(s, s->run.images[0]);
        return;
    }
    int ahead = connection_ahead(s->connection);
    for (long i = 0; i < s->run.n && ahead > 0; i++)
        if (!s->settled[s->run.images[i]]) {
            s->run.suspect[s->run.images[i]] = true;
            ahead--;
        }
}

void study_pause(struct study *s)
{
    struct error e;
    if (s->state != STUDY_MEASURING || s->run.pausing)
        return;
    s->run.pausing = true;
    if (s->connection->state == CONNECTION_IDLE)
        study_next_run(s); /* between two slices of what the store has */
    else if (connection_stop(s->connection, &e) < 0)
        study_say(s, STUDY_ERROR, "%s", e.text);
}

void study_resume(struct study *s)
{
    if (s->state == STUDY_PAUSED)
        study_go_on(s);
    else
        s->run.pausing = false; /* the pause has not begun: the next run follows at once */
}

bool study_look(struct study *s, long image, int side, bool of_predicted)
{
    struct error e;
    bool listens = s->connection && (s->connection->state == CONNECTION_IDLE ||
                                     connection_waits_for(s->connection, &request_run));
    if (s->heatmap_image >= 0 || s->next || !listens)
        return false;
    struct heatmap_request request = {.run = study_run_options(s), .image = image, .side = side};
    if (of_predicted)
        request.run.score = SCORE_TOP;
    if (connection_heatmap(s->connection, &request, &e) < 0)
        return false;
    s->heatmap_image = image;
    return true;
}

double study_rate(const struct study *s)
{
    if (s->state != STUDY_MEASURING || s->run.began_ms == 0)
        return 0;
    double seconds = (double)(clock_ms() - s->run.began_ms) / 1000;
    return seconds >= RATE_AFTER ? (double)(s->settled_n - s->run.began_n) / seconds : 0;
}

void study_forget_rate(struct study *s)
{
    s->run.began_ms = 0;
}

double study_seconds_left(const struct study *s)
{
    double rate = study_rate(s);
    return rate > 0 ? (double)(s->order_n - s->settled_n) / rate : 0;
}
