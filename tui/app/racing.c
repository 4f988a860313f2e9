#include "app/racing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/subsets.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "report/curve_meta.h"
#include "study/evaluation.h"
#include "study/retraining.h"
#include "study/run.h"

struct racing {
    struct connection *connection;
    bool all;
    int layer; /* else */
    bool stopping;
    char doing[120];

    struct options options; /* of training: those of the study without what is about measuring */
    char *cfg, *weights, *data;
    char cfg_xxh3[17], weights_xxh3[17];
    bool *chosen;

    struct content *contents; /* [dataset->images_n] after they were asked for */
    long *images, images_n;
    int *layers, cuts_n;
    bool *allowed; /* [cuts_n] */
    struct retrain_request request;
    struct evaluation *evaluation;
    long known, most; /* trainings, and how many there can be; 0: not known yet */
    bool training, over;
    int64_t began;
};

bool racing_runs(const struct app *a)
{
    return a->racing != NULL;
}

static void racing_forget(struct app *a)
{
    struct racing *r = a->racing;
    if (!r)
        return;
    evaluating_end(a, r->over);
    connection_free(r->connection);
    evaluation_free(r->evaluation);
    retrain_request_free(&r->request);
    free(r->cfg);
    free(r->weights);
    free(r->data);
    free(r->chosen);
    free(r->contents);
    free(r->images);
    free(r->layers);
    free(r->allowed);
    free(r);
    a->racing = NULL;
    a->dirty = true;
}

/* The worker writes a checkpoint when it is asked to stop. */
void racing_free(struct app *a, int patience_ms)
{
    enum { TICK_MS = 50 };
    struct error e;
    int64_t end = clock_ms() + patience_ms;
    struct connection *n = racing_runs(a) ? a->racing->connection : NULL;
    if (n && connection_waits_for(n, &request_retrain) && connection_stop(n, &e) == 0)
        while (connection_waits_for(n, &request_retrain) && clock_ms() < end)
            connection_step(n, TICK_MS, &e);
    racing_forget(a);
}

void racing_stop(struct app *a)
{
    struct racing *r = a->racing;
    struct error e;
    if (connection_waits_for(r->connection, &request_retrain) && connection_stop(r->connection, &e) == 0) {
        r->stopping = true;
        app_say(a, JOURNAL_NOTE, "stopping the evaluation");
    } else {
        app_say(a, JOURNAL_NOTE, "the evaluation was stopped");
        racing_forget(a);
    }
}

char *racing_text(const struct app *a)
{
    const struct racing *r = a->racing;
    long silent = connection_silence(r->connection);
    if (silent > 0)
        return memory_format("evaluating: %s, no answer from the worker for %ld s (Esc stops it)", r->doing,
                             silent);
    if (r->most == 0)
        return memory_format("evaluating: %s (Esc stops it)", r->doing);
    return memory_format("evaluating %ld/%ld: %s (Esc stops it)", r->known, r->most, r->doing);
}

/* ---- What the worker says --------------------------------------------------------------------------------
 */

static void racing_on_log(void *data, bool warning, const char *text)
{
    if (warning)
        app_say(data, JOURNAL_WARNING, "%s", text);
}

static void racing_on_content(void *data, long image, const struct content *content)
{
    struct app *a = data;
    a->racing->contents[image] = *content;
}

static void racing_doing(struct app *a, const char *what)
{
    snprintf(a->racing->doing, sizeof a->racing->doing, "%s", what);
    a->dirty = true;
}

/* Which cut, and where it is in the race. */
static void racing_tell_work(struct app *a, long done, long of)
{
    struct racing *r = a->racing;
    int cut, start, stage;
    evaluation_work(r->evaluation, &cut, &start, &stage);
    const struct table_row *row = &r->connection->table->rows[r->layers[cut]];
    snprintf(r->doing, sizeof r->doing, "%.40s, start %d, stage %d: step %ld/%ld", row->name, start + 1,
             stage + 1, done, of);
    a->dirty = true;
}

static void racing_on_trained(void *data, long done, long of, double loss)
{
    (void)loss;
    racing_tell_work(data, done, of);
}

/* ---- The requests ----------------------------------------------------------------------------------------
 */

static int racing_list(struct app *a, struct error *e)
{
    struct racing *r = a->racing;
    if (strcmp(r->connection->cfg_xxh3, r->cfg_xxh3) != 0)
        return error_at(e, r->cfg, 0, "has changed since it was opened (o opens it again)");
    if (strcmp(r->connection->weights_xxh3, r->weights_xxh3) != 0)
        return error_at(e, r->weights, 0, "has changed since it was opened (o opens it again)");
    struct images_request request = run_images(&r->options, r->data, false);
    int status = connection_list(r->connection, &request, e);
    images_request_free(&request);
    return status;
}

static int racing_hash(struct app *a, struct error *e)
{
    struct racing *r = a->racing;
    r->images = retraining_choose(r->connection, &r->options, r->data, r->chosen, r->options.input.images,
                                  &r->images_n, e);
    if (!r->images)
        return -1;
    r->contents = memory_new((size_t)r->connection->dataset->images_n, sizeof *r->contents);
    return connection_hash(r->connection, r->images, r->images_n, e);
}

/* All listed cuts that can be evaluated; of one alone, the others keep what is known of them. */
static int racing_choose_cuts(struct racing *r, const struct app *a, struct error *e)
{
    const struct table *table = r->connection->table;
    const struct layer_list *l = &a->study->layer_list;
    struct error why;
    int allowed = 0;
    r->layers = memory_new((size_t)l->n, sizeof *r->layers);
    r->allowed = memory_new((size_t)l->n, sizeof *r->allowed);
    for (int i = 0; i < l->n; i++) {
        if (!retraining_possible(table, &r->request.bottleneck, l->layers[i], &why)) {
            if (!r->all && l->layers[i] == r->layer)
                return error_set(e, "%s: %s", table->rows[r->layer].name, why.text);
            continue;
        }
        r->allowed[r->cuts_n] = r->all || l->layers[i] == r->layer;
        allowed += r->allowed[r->cuts_n];
        r->layers[r->cuts_n++] = l->layers[i];
    }
    return allowed > 0 ? 0 : error_at(e, r->cfg, 0, "has no cut that can be evaluated with that bottleneck");
}

/* Kept by what decides the results: the same race goes on there. New string, or NULL with the error. */
static char *racing_folder(const struct content *key, struct error *e)
{
    char word[CONTENT_TEXT_SIZE];
    content_to_text(key, word);
    char *name = memory_format("evaluations/%s", word);
    char *folder = file_user_path("XDG_DATA_HOME", ".local/share", name);
    if (!folder)
        error_set(e, "there is no folder for what is measured (expected HOME or XDG_DATA_HOME to name one)");
    free(name);
    return folder;
}

static int racing_open(struct app *a, struct error *e)
{
    struct racing *r = a->racing;
    struct retrain_request *q = &r->request;
    if (bottleneck_read(r->options.bottleneck ? r->options.bottleneck : "ratio", &q->bottleneck, e) < 0 ||
        racing_choose_cuts(r, a, e) < 0 ||
        retraining_divide(r->connection, &r->options, r->data, r->contents, r->images, r->images_n, q, e) < 0)
        return -1;
    retraining_options(&r->options, q);
    q->steps = retraining_first_steps(&r->options, q);
    struct race_rules rules = retraining_rules(&r->options, q, r->cuts_n, r->allowed);
    struct content key = retraining_key(r->connection, q);
    char *folder = racing_folder(&key, e), *inside = folder ? memory_format("%s/results.csv", folder) : NULL;
    if (inside && file_make_folders(inside, e) == 0)
        r->evaluation = evaluation_open(&rules, r->layers, folder, false, (const long[2]){0}, &key, e);
    free(inside);
    free(folder);
    return r->evaluation ? 0 : -1;
}

/* Of each cut, where nothing more will be measured: values[PREDICTORS][cuts_n], and false else. */
static bool racing_predict(const struct app *a, double *values[PREDICTORS])
{
    const struct racing *r = a->racing;
    const struct study *s = a->study;
    if (!study_is_settled(s) || s->curve->rows_n == 0)
        return false;
    struct curve_point *points = memory_new((size_t)s->layer_list.n, sizeof *points);
    double *nats = study_trapped_list(s);
    curve_compute(s->curve, r->chosen, s->layer_list.correction, points);
    for (int i = 0; i < r->cuts_n; i++) {
        double of[PREDICTORS];
        int at = 0; /* other layers may be listed by now */
        while (at < s->layer_list.n && s->layer_list.layers[at] != r->layers[i])
            at++;
        bool listed = at < s->layer_list.n;
        evaluated_predict(s->table, r->layers[i], listed ? &points[at] : NULL, listed ? nats[at] : NAN, of);
        for (int p = 0; p < PREDICTORS; p++)
            values[p][i] = of[p];
    }
    free(nats);
    free(points);
    return true;
}

static struct provenance *racing_describe(const struct app *a, const struct race_rules *rules)
{
    const struct racing *r = a->racing;
    const struct connection *n = r->connection;
    const struct subset_names names = {
        .classes = n->dataset->classes, .classes_n = n->dataset->classes_n, .outputs = n->table->classes};
    struct provenance *p = provenance_new();
    char *classes = subsets_expression_among(r->chosen, &names);
    const bool all = memchr(r->chosen, false, (size_t)n->table->classes) == NULL;
    provenance_add(p, "cfg", "%s", r->cfg);
    provenance_add(p, "cfg_xxh3", "%s", n->cfg_xxh3);
    provenance_add(p, "weights", "%s", r->weights);
    provenance_add(p, "weights_xxh3", "%s", n->weights_xxh3);
    curve_meta_describe_epsilon(n->epsilon, p);
    provenance_add(p, "data", "%s", r->data);
    provenance_add(p, "classes", "%s", all ? "" : classes);
    retraining_describe(&r->request, rules, p);
    provenance_add(p, "seconds", "%.3f", evaluation_seconds(r->evaluation));
    provenance_add(p, "seed", "%ld", r->options.input.seed);
    curve_meta_describe_pixels(&r->request.pixels, p);
    curve_meta_describe_worker(&n->versions, p);
    free(classes);
    return p;
}

static void racing_show(struct app *a)
{
    struct racing *r = a->racing;
    size_t n = (size_t)r->cuts_n;
    struct race_cut *cuts = memory_new(n, sizeof *cuts);
    int best = race_verdict(evaluation_race(r->evaluation), cuts);
    long done[2], most[2];
    evaluation_extent(r->evaluation, cuts, done, most);
    r->known = done[0];
    r->most = most[0];
    for (int i = 0; i < r->cuts_n; i++) {
        cuts[i].in_set = cuts[i].in_set && r->all; /* one alone says nothing of which is the best */
        cuts[i].racing = cuts[i].racing || !r->all;
    }
    struct evaluated known = {.layers = r->layers,
                              .n = r->cuts_n,
                              .cuts = cuts,
                              .best = r->all ? best : -1,
                              .bottleneck = r->request.bottleneck,
                              .images = r->request.validation_n,
                              .before = evaluation_before(r->evaluation),
                              .untrained = evaluation_untrained(r->evaluation),
                              .allowed = NULL,
                              .failures = evaluation_failures(r->evaluation)};
    double *values[PREDICTORS];
    for (int p = 0; p < PREDICTORS; p++)
        values[p] = memory_new(n, sizeof *values[p]);
    bool predicted = racing_predict(a, values);
    for (int p = 0; p < PREDICTORS; p++)
        known.predictors[p] = predicted ? values[p] : NULL;
    const struct race_rules rules = retraining_rules(&r->options, &r->request, r->cuts_n, r->allowed);
    evaluating_show(a, measured_here(&known, r->connection->table), racing_describe(a, &rules));
    for (int p = 0; p < PREDICTORS; p++)
        free(values[p]);
    free(cuts);
}

/* The next piece of work; 1: the race is over. */
static int racing_train(struct app *a, struct error *e)
{
    struct racing *r = a->racing;
    struct retrain_request *q = &r->request;
    int cut, start, stage;
    r->over = !evaluation_next(r->evaluation);
    if (r->over)
        return 1;
    evaluation_ask(r->evaluation, r->options.input.seed, q);
    racing_tell_work(a, 0, evaluation_work(r->evaluation, &cut, &start, &stage));
    r->training = true;
    r->began = clock_ms();
    return connection_retrain(r->connection, q, false, e);
}

/* A training that was stopped is no result. */
static int racing_keep(struct app *a, struct error *e)
{
    struct racing *r = a->racing;
    r->training = false;
    if (!connection_retrain_is_whole(r->connection))
        return 0;
    int status = evaluation_add(r->evaluation, connection_retrain_checks(r->connection),
                                (double)(clock_ms() - r->began) / 1000, e);
    racing_show(a);
    return status;
}

/* Only that start has failed: the race goes on without it. */
static int racing_lose(struct app *a, const struct error *why, struct error *e)
{
    struct racing *r = a->racing;
    r->training = false;
    app_say(a, JOURNAL_WARNING, "%s has failed: %s", r->doing, why->text);
    int status = evaluation_fail(r->evaluation, why->text, (double)(clock_ms() - r->began) / 1000, e);
    racing_show(a);
    return status;
}

/* What follows an answer; 1: all is done. */
static int racing_go_on(struct app *a, struct error *e)
{
    struct racing *r = a->racing;
    if (r->training && racing_keep(a, e) < 0)
        return -1;
    if (r->stopping)
        return 1;
    if (!r->connection->table) {
        racing_doing(a, "reading the network");
        return connection_open(r->connection, r->cfg, r->weights, (enum epsilon)r->options.measure.bn_epsilon,
                               e);
    }
    if (!r->connection->dataset) {
        racing_doing(a, "looking for images");
        return racing_list(a, e);
    }
    if (!r->contents) {
        racing_doing(a, "looking for equal images");
        return racing_hash(a, e);
    }
    if (!r->evaluation) {
        if (racing_open(a, e) < 0)
            return -1;
        racing_show(a); /* of another time */
    }
    return racing_train(a, e);
}

static void racing_tell_leader(struct app *a, const struct measured_cut *leader)
{
    const char *name = a->racing->connection->table->rows[leader->layer].name;
    int others = measured_in_set(evaluating_measured(a)) - 1;
    if (others > 0)
        app_say(a, JOURNAL_GOOD,
                "evaluated: %s leads with %.1f %%, but %d other%s cannot be told apart from it", name,
                100 * leader->accuracy, others, others == 1 ? "" : "s");
    else
        app_say(a, JOURNAL_GOOD, "evaluated: %s leads with %.1f %%", name, 100 * leader->accuracy);
}

static void racing_finish(struct app *a)
{
    struct racing *r = a->racing;
    const struct measured_cut *leader = measured_leader(evaluating_measured(a));
    if (r->stopping)
        app_say(a, JOURNAL_NOTE, "the evaluation was stopped: it goes on from here the next time");
    else if (leader && r->all)
        racing_tell_leader(a, leader);
    else
        app_say(a, JOURNAL_GOOD, "evaluated: the accuracy is in the table and in view 7");
    racing_forget(a);
}

static void racing_fail(struct app *a, const struct error *why)
{
    app_say(a, JOURNAL_ERROR, "the evaluation has ended: %s", why->text);
    racing_forget(a);
}

int racing_polls(const struct app *a, struct pollfd fds[RACING_POLLS])
{
    return racing_runs(a) ? connection_polls(a->racing->connection, fds) : 0;
}

int racing_timeout(const struct app *a)
{
    return racing_runs(a) ? connection_timeout(a->racing->connection) : -1;
}

void racing_step(struct app *a)
{
    struct error e;
    if (!racing_runs(a))
        return;
    struct connection *n = a->racing->connection;
    enum connection_end end = connection_step(n, 0, &e);
    bool lost = end == CONNECTION_REFUSED && n->diverged && a->racing->training;
    struct error why = e;
    if ((lost && racing_lose(a, &why, &e) < 0) || (!lost && end != CONNECTION_DONE)) {
        racing_fail(a, &e);
        return;
    }
    if (n->state != CONNECTION_IDLE)
        return;
    int status = racing_go_on(a, &e);
    if (status < 0)
        racing_fail(a, &e);
    else if (status == 1)
        racing_finish(a);
}

/* ---- The beginning ---------------------------------------------------------------------------------------
 */

/* How rows are measured says nothing of training. */
static struct options racing_options(const struct app *a)
{
    struct options o = a->study->options;
    o.measure.batch = 0;
    o.measure.exact = false;
    return o;
}

static void racing_start(struct app *a, bool all, int layer)
{
    const struct study *s = a->study;
    const struct connection_listener listener = {
        .data = a, .log = racing_on_log, .content = racing_on_content, .trained = racing_on_trained};
    struct error e;
    size_t classes = (size_t)s->table->classes;
    struct racing *r = a->racing = memory_new(1, sizeof *r);
    r->all = all;
    r->layer = layer;
    r->options = racing_options(a);
    r->cfg = memory_copy(s->inputs.cfg);
    r->weights = memory_copy(s->inputs.weights);
    r->data = memory_copy(s->inputs.data);
    memcpy(r->cfg_xxh3, s->cfg_xxh3, sizeof r->cfg_xxh3);
    memcpy(r->weights_xxh3, s->weights_xxh3, sizeof r->weights_xxh3);
    r->chosen = memory_new(classes, sizeof *r->chosen);
    memcpy(r->chosen, a->shown.chosen, classes * sizeof *r->chosen);
    racing_doing(a, "starting a worker");
    r->connection = connection_start(s->options.engines[0], &listener, &e);
    if (!r->connection)
        racing_fail(a, &e);
}

void racing_begin(struct app *a, bool all, int layer)
{
    if (a->study->saved_rows)
        app_say(a, JOURNAL_WARNING, "there is no network to retrain: the rows come from %s",
                a->study->inputs.named);
    else if (racing_runs(a))
        app_say(a, JOURNAL_NOTE, "an evaluation is under way (Esc stops it)");
    else
        racing_start(a, all, layer);
}
