#include "study/evaluation.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "csv/sheet.h"
#include "csv/sheet_rows.h"
#include "partition/partition_folder.h"
#include "study/folder_lock.h"

/* One training to the end of one stage. */
struct evaluation_work {
    int cut, start, stage; /* cut -1: of a layer that is not among them */
    long steps;
};
struct evaluation_result {
    struct evaluation_work work;
    int layer;
    char *right;   /* [images] '1' or '0'; NULL: it failed, */
    char *failed;  /* for this reason */
    long before,   /* images that the whole network has right, */
        untrained; /* and the one with the first bottleneck; -1: not looked at */
    double seconds;
};

struct evaluation {
    struct race_rules rules;
    long shard[2];
    struct race *race;
    struct evaluation_work work;
    int *layers;
    bool *allowed; /* [cuts] who takes part: of this shard, and within the limits */
    char *folder, key[CONTENT_TEXT_SIZE];
    struct folder_lock *lock;          /* on the folder, as long as this is open */
    struct evaluation_result *results; /* of this shard's own file, also what this race does not ask for */
    int results_n;
    long before;     /* -1: nothing is known */
    long *untrained; /* [cuts] of the first start, -1 likewise */
    char **failed;   /* [cuts] of the first start that failed; NULL likewise */
    double seconds;  /* of all that are known */
    enum { EVALUATION_OPEN, EVALUATION_KNOWN, EVALUATION_NEVER } * state; /* [cuts][starts][stages] */
};

/* ---- The folder -----------------------------------------------------------------------------------------
 */

static char *evaluation_own_file(const struct evaluation *v)
{
    const long *shard = v->shard;
    char *name = shard[1] > 0 ? memory_format("results-%ld-of-%ld.csv", shard[0], shard[1])
                              : memory_copy("results.csv");
    char *path = partition_folder_path(v->folder, name);
    free(name);
    return path;
}

/* Where the training of one start goes on from. */
static char *evaluation_checkpoint(const struct evaluation *v, int cut, int start)
{
    char *name = memory_format("layer-%d-start-%d.checkpoint", v->layers[cut], start);
    char *path = partition_folder_path(v->folder, name);
    free(name);
    return path;
}

/* ---- Reading ---------------------------------------------------------------------------------------------
 */

static const char *const evaluation_columns[] = {
    "key",       "layer", "start",   "stage",  "steps", "before",
    "untrained", "right", "seconds", "failed", NULL}; /* earlier versions have not written the last */
enum {
    RESULT_KEY,
    RESULT_LAYER,
    RESULT_START,
    RESULT_STAGE,
    RESULT_STEPS,
    RESULT_BEFORE,
    RESULT_UNTRAINED,
    RESULT_RIGHT,
    RESULT_SECONDS,
    RESULT_FAILED,
    RESULT_COLUMNS
};

struct evaluation_reading {
    struct evaluation *v;
    bool own; /* the file is this shard's */
};

static int evaluation_find(const struct evaluation *v, long layer)
{
    for (int i = 0; i < v->rules.cuts; i++)
        if (v->layers[i] == layer)
            return i;
    return -1;
}

static bool evaluation_is_row(const struct evaluation *v, const char *right)
{
    size_t n = strlen(right);
    return n == (size_t)v->rules.images && strspn(right, "01") == n;
}

static int evaluation_at(const struct evaluation *v, int cut, int start, int stage)
{
    return (cut * v->rules.starts + start) * v->rules.stages + stage;
}

static void evaluation_know_failure(struct evaluation *v, const struct evaluation_result *r)
{
    race_fail(v->race, r->work.cut, r->work.start, r->work.stage);
    v->seconds += r->seconds;
    if (!v->failed[r->work.cut])
        v->failed[r->work.cut] = memory_copy(r->failed);
    for (int s = r->work.stage + 1; s < v->rules.stages; s++)
        v->state[evaluation_at(v, r->work.cut, r->work.start, s)] = EVALUATION_NEVER;
}

static void evaluation_know(struct evaluation *v, const struct evaluation_result *r)
{
    v->state[evaluation_at(v, r->work.cut, r->work.start, r->work.stage)] = EVALUATION_KNOWN;
    if (!r->right) {
        evaluation_know_failure(v, r);
        return;
    }
    size_t n = (size_t)v->rules.images;
    uint8_t *bits = memory_new(n, sizeof *bits);
    for (size_t i = 0; i < n; i++)
        bits[i] = r->right[i] == '1';
    race_add(v->race, r->work.cut, r->work.start, r->work.stage, bits);
    v->seconds += r->seconds;
    v->before = r->before;
    if (r->work.start == 0 && r->untrained >= 0)
        v->untrained[r->work.cut] = r->untrained;
    free(bits);
}

/* Whether the race asks for it: it may have fewer cuts, starts or stages than one before. */
static bool evaluation_asks(const struct evaluation *v, const struct evaluation_work *work)
{
    return work->cut >= 0 && work->start < v->rules.starts && work->stage < v->rules.stages;
}

static void evaluation_keep(struct evaluation *v, const struct evaluation_result *r)
{
    v->results = memory_grow(v->results, (size_t)v->results_n + 1, sizeof *v->results);
    v->results[v->results_n] = *r;
    struct evaluation_result *kept = &v->results[v->results_n++];
    kept->right = r->right ? memory_copy(r->right) : NULL;
    kept->failed = r->failed ? memory_copy(r->failed) : NULL;
}

/* A whole number from `least` to `most`. */
static bool evaluation_number(const char *cell, long least, long most, long *value)
{
    return text_to_long(cell, value) && *value >= least && *value <= most;
}

/* What came of a training that did not fail. */
static int evaluation_read_result(const struct evaluation *v, char **cells, struct evaluation_result *r,
                                  struct error *e)
{
    long images = v->rules.images;
    if (!evaluation_number(cells[RESULT_BEFORE], 0, images, &r->before))
        return sheet_rows_bad_cell(e, evaluation_columns, cells, RESULT_BEFORE, "a number of images");
    r->untrained = -1;
    if (*cells[RESULT_UNTRAINED] && !evaluation_number(cells[RESULT_UNTRAINED], 0, images, &r->untrained))
        return sheet_rows_bad_cell(e, evaluation_columns, cells, RESULT_UNTRAINED, "a number of images");
    if (!evaluation_is_row(v, cells[RESULT_RIGHT]))
        return sheet_rows_bad_cell(e, evaluation_columns, cells, RESULT_RIGHT,
                                   "a 0 or 1 for each image of validation");
    r->right = cells[RESULT_RIGHT];
    return 0;
}

static int evaluation_read_row(void *data, char **cells, long line, struct error *e)
{
    struct evaluation_reading *reading = data;
    struct evaluation *v = reading->v;
    const struct race_rules *rules = &v->rules;
    long layer, start, stage, steps;
    double seconds;
    (void)line;
    if (strcmp(cells[RESULT_KEY], v->key) != 0)
        return error_set(e,
                         "is of another evaluation: of other images, weights or options, or of a version of "
                         "isplit that computed otherwise (expected another folder, or --force)");
    if (!evaluation_number(cells[RESULT_LAYER], 0, INT32_MAX, &layer))
        return sheet_rows_bad_cell(e, evaluation_columns, cells, RESULT_LAYER, "the number of a layer");
    if (!evaluation_number(cells[RESULT_START], 0, INT32_MAX, &start))
        return sheet_rows_bad_cell(e, evaluation_columns, cells, RESULT_START, "the number of a start");
    if (!evaluation_number(cells[RESULT_STAGE], 0, RACE_STAGES_MAX - 1, &stage))
        return sheet_rows_bad_cell(e, evaluation_columns, cells, RESULT_STAGE, "the number of a stage");
    if (!evaluation_number(cells[RESULT_STEPS], rules->first_steps << stage, rules->first_steps << stage,
                           &steps))
        return sheet_rows_bad_cell(e, evaluation_columns, cells, RESULT_STEPS, "the steps of that stage");
    if (!text_to_double(cells[RESULT_SECONDS], &seconds) || !(seconds >= 0))
        return sheet_rows_bad_cell(e, evaluation_columns, cells, RESULT_SECONDS, "seconds");
    struct evaluation_result r = {.work = {evaluation_find(v, layer), (int)start, (int)stage, steps},
                                  .layer = (int)layer,
                                  .failed = *cells[RESULT_FAILED] ? cells[RESULT_FAILED] : NULL,
                                  .seconds = seconds};
    if (!r.failed && evaluation_read_result(v, cells, &r, e) < 0)
        return -1;
    if (evaluation_asks(v, &r.work))
        evaluation_know(v, &r);
    if (reading->own)
        evaluation_keep(v, &r);
    return 0;
}

static bool evaluation_is_results(const char *name)
{
    size_t n = strlen(name);
    return strncmp(name, "results", 7) == 0 && n > 4 && strcmp(name + n - 4, ".csv") == 0;
}

static int evaluation_read_file(struct evaluation *v, const char *path, bool own, struct error *e)
{
    struct evaluation_reading reading = {v, own};
    return sheet_rows_read(path, evaluation_columns, RESULT_FAILED, NULL, "what isplit evaluate has written",
                           NULL, evaluation_read_row, &reading, e);
}

/* All files, in no order: what the race makes of them does not depend on it. */
static int evaluation_read(struct evaluation *v, struct error *e)
{
    DIR *folder = opendir(v->folder);
    if (!folder)
        return errno == ENOENT ? 0 : error_at(e, v->folder, 0, "cannot read: %s", strerror(errno));
    char *own = evaluation_own_file(v);
    int status = 0;
    for (struct dirent *d; status == 0 && (d = readdir(folder));) {
        if (!evaluation_is_results(d->d_name))
            continue;
        char *path = partition_folder_path(v->folder, d->d_name);
        status = evaluation_read_file(v, path, strcmp(path, own) == 0, e);
        free(path);
    }
    free(own);
    closedir(folder);
    return status;
}

/* ---- Writing ---------------------------------------------------------------------------------------------
 */

static void evaluation_write_rows(const struct evaluation *v, FILE *out)
{
    struct sheet *s = sheet_new(out);
    for (int i = 0; evaluation_columns[i]; i++)
        sheet_text(s, evaluation_columns[i]);
    sheet_end_row(s);
    for (int i = 0; i < v->results_n; i++) {
        const struct evaluation_result *r = &v->results[i];
        sheet_text(s, v->key);
        sheet_integer(s, r->layer);
        sheet_integer(s, r->work.start);
        sheet_integer(s, r->work.stage);
        sheet_integer(s, r->work.steps);
        sheet_known_integer(s, r->before, r->right);
        sheet_known_integer(s, r->untrained, r->right && r->untrained >= 0);
        sheet_text(s, r->right ? r->right : "");
        sheet_real(s, r->seconds);
        sheet_text(s, r->failed ? r->failed : "");
        sheet_end_row(s);
    }
    sheet_free(s);
}

/* The whole file anew: it is small beside what it has cost. */
static int evaluation_write(const struct evaluation *v, struct error *e)
{
    struct file_out out;
    char *path = evaluation_own_file(v);
    int status = file_out_open(&out, path, e);
    free(path);
    if (status < 0)
        return -1;
    evaluation_write_rows(v, out.stream);
    return file_out_commit(&out, e);
}

/* ---- The evaluation --------------------------------------------------------------------------------------
 */

struct evaluation *evaluation_open(const struct race_rules *race, const int *layers, const char *folder,
                                   bool anew, const long shard[2], const struct content *key, struct error *e)
{
    struct evaluation *v = memory_new(1, sizeof *v);
    size_t cuts = (size_t)race->cuts;
    v->rules = *race;
    v->shard[0] = shard[0];
    v->shard[1] = shard[1];
    v->folder = memory_copy(folder);
    v->layers = memory_new(cuts, sizeof *v->layers);
    v->allowed = memory_new(cuts, sizeof *v->allowed);
    memcpy(v->layers, layers, cuts * sizeof *v->layers);
    memset(v->allowed, true, cuts * sizeof *v->allowed);
    if (race->allowed)
        memcpy(v->allowed, race->allowed, cuts * sizeof *v->allowed);
    if (shard[1] > 0)
        race_shard(v->allowed, race->cuts, (int)shard[0], (int)shard[1]);
    v->untrained = memory_new(cuts, sizeof *v->untrained);
    v->failed = memory_new(cuts, sizeof *v->failed);
    size_t starts = (size_t)race->starts, stages = (size_t)race->stages;
    v->state = memory_new(memory_product(cuts, memory_product(starts, stages)), sizeof *v->state);
    v->before = -1;
    for (size_t i = 0; i < cuts; i++)
        v->untrained[i] = -1;
    content_to_text(key, v->key);
    v->rules.allowed = v->allowed;
    v->race = race_new(&v->rules);
    v->lock =
        folder_lock_take(v->folder, shard[0], e); /* where the folder cannot be, the first file says why */
    if (v->lock && (anew || evaluation_read(v, e) == 0))
        return v;
    evaluation_free(v);
    return NULL;
}

void evaluation_free(struct evaluation *v)
{
    if (!v)
        return;
    for (int i = 0; i < v->results_n; i++) {
        free(v->results[i].right);
        free(v->results[i].failed);
    }
    for (int i = 0; i < v->rules.cuts; i++)
        free(v->failed[i]);
    free(v->failed);
    free(v->state);
    free(v->results);
    folder_lock_free(v->lock);
    race_free(v->race);
    free(v->layers);
    free(v->allowed);
    free(v->untrained);
    free(v->folder);
    free(v);
}

bool evaluation_next(struct evaluation *v)
{
    struct evaluation_work *work = &v->work;
    work->steps = race_next(v->race, 0, &work->cut, &work->start, &work->stage);
    return work->steps > 0;
}

void evaluation_choose(struct evaluation *v, int cut, int stage)
{
    v->work = (struct evaluation_work){cut, 0, stage, v->rules.first_steps << stage};
}

long evaluation_work(const struct evaluation *v, int *cut, int *start, int *stage)
{
    *cut = v->work.cut;
    *start = v->work.start;
    *stage = v->work.stage;
    return v->work.steps;
}

void evaluation_ask(const struct evaluation *v, int64_t seed, struct retrain_request *request)
{
    const struct evaluation_work *work = &v->work;
    request->layer = v->layers[work->cut];
    request->stages = work->stage + 1;
    request->seed = seed + work->start;
    request->ends_only = work->start > 0 || v->untrained[work->cut] >= 0;
    free(request->checkpoint);
    request->checkpoint = evaluation_checkpoint(v, work->cut, work->start);
}

int evaluation_add(struct evaluation *v, const struct retrain_check *checks, double seconds, struct error *e)
{
    if (!checks[RETRAIN_CHECKED].right)
        return error_set(e, "the worker did not look at the network that it trained");
    struct evaluation_result r = {
        .work = v->work,
        .layer = v->layers[v->work.cut],
        .right = memory_copy(checks[RETRAIN_CHECKED].right),
        .before = checks[RETRAIN_BEFORE].correct,
        .untrained = checks[RETRAIN_UNTRAINED].right ? checks[RETRAIN_UNTRAINED].correct : -1,
        .seconds = seconds};
    for (char *c = r.right; *c; c++) /* an image that cannot be decoded is wrong for all alike */
        *c = *c == '1' ? '1' : '0';
    evaluation_know(v, &r);
    evaluation_keep(v, &r);
    free(r.right);
    return evaluation_write(v, e);
}

int evaluation_fail(struct evaluation *v, const char *why, double seconds, struct error *e)
{
    struct evaluation_result r = {
        .work = v->work, .layer = v->layers[v->work.cut], .failed = memory_copy(why), .seconds = seconds};
    evaluation_know(v, &r);
    evaluation_keep(v, &r);
    free(r.failed);
    return evaluation_write(v, e);
}

const char *const *evaluation_failures(const struct evaluation *v)
{
    return (const char *const *)v->failed;
}

struct race *evaluation_race(struct evaluation *v)
{
    return v->race;
}

double evaluation_seconds(const struct evaluation *v)
{
    return v->seconds;
}

void evaluation_extent(const struct evaluation *v, const struct race_cut *cuts, long known[2], long most[2])
{
    const struct race_rules *rules = &v->rules;
    known[0] = known[1] = most[0] = most[1] = 0;
    for (int cut = 0; cut < rules->cuts; cut++)
        for (int start = 0; start < rules->starts; start++)
            for (int stage = 0; stage < rules->stages; stage++) {
                bool is_known = v->state[evaluation_at(v, cut, start, stage)] == EVALUATION_KNOWN;
                bool may_come = v->state[evaluation_at(v, cut, start, stage)] == EVALUATION_OPEN &&
                                v->allowed[cut] && (!cuts || cuts[cut].racing);
                long steps = rules->first_steps << stage;
                known[0] += is_known;
                known[1] += is_known ? steps : 0;
                most[0] += is_known || may_come;
                most[1] += is_known || may_come ? steps : 0;
            }
}

long evaluation_before(const struct evaluation *v)
{
    return v->before;
}

const long *evaluation_untrained(const struct evaluation *v)
{
    return v->untrained;
}
