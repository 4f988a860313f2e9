#include "app/partitioning.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "app/export_files.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "study/run.h"
#include "partition/partition_folder.h"

struct partitioning {
    struct connection *connection; /* NULL: nothing is cut yet */
    int layer;
    char *name; /* of the layer */
    char *folder;
    bool force;    /* what stands there is replaced */
    bool stopping; /* asked for */
    char doing[80];
    long silent; /* seconds without an answer, once they are many; else 0 */

    /* The network, which may not be the one on the screen any more. */
    struct options options;
    struct frame_format sent; /* how split.csv says that the tensor is sent */
    char *cfg, *weights, *data;
    char cfg_xxh3[17], weights_xxh3[17];
};

bool partitioning_runs(const struct app *a)
{
    return a->partitioning && a->partitioning->connection;
}

const char *partitioning_layer(const struct app *a)
{
    return a->partitioning->name;
}

static void partitioning_forget(struct app *a)
{
    struct partitioning *c = a->partitioning;
    if (!c)
        return;
    connection_free(c->connection);
    free(c->name);
    free(c->folder);
    free(c->cfg);
    free(c->weights);
    free(c->data);
    free(c);
    a->partitioning = NULL;
}

/* The worker removes its drafts when it is asked to stop; killed, it could not. */
void partitioning_free(struct app *a, int patience_ms)
{
    enum { TICK_MS = 50 };
    struct error e;
    int64_t end = clock_ms() + patience_ms;
    struct connection *n = partitioning_runs(a) ? a->partitioning->connection : NULL;
    if (n && connection_waits_for(n, &request_partition) && connection_stop(n, &e) == 0)
        while (connection_waits_for(n, &request_partition) && clock_ms() < end)
            connection_step(n, TICK_MS, &e);
    partitioning_forget(a);
}

void partitioning_stop(struct app *a)
{
    struct partitioning *c = a->partitioning;
    struct error e;
    if (connection_waits_for(c->connection, &request_partition) && connection_stop(c->connection, &e) == 0) {
        c->stopping = true;
        app_say(a, JOURNAL_NOTE, "stopping the cut after %s", c->name);
    } else {
        app_say(a, JOURNAL_NOTE, "the network is not cut: nothing is written");
        partitioning_forget(a);
    }
}

char *partitioning_text(const struct app *a)
{
    const struct partitioning *c = a->partitioning;
    if (c->silent > 0)
        return memory_format("cutting after %s: %s, no answer from the worker for %ld s (Esc stops it)",
                             c->name, c->doing, c->silent);
    return memory_format("cutting after %s: %s (Esc stops it)", c->name, c->doing);
}

/* ---- The requests ------------------------------------------------------------------------------------ */

static void partitioning_on_log(void *data, bool warning, const char *text)
{
    struct app *a = data;
    app_say(a, warning ? JOURNAL_WARNING : JOURNAL_NOTE, "%s", text);
}

static void partitioning_on_progress(void *data, const char *what)
{
    struct app *a = data;
    snprintf(a->partitioning->doing, sizeof a->partitioning->doing, "%s", what);
    a->dirty = true;
}

static void partitioning_on_skipped(void *data, long image, const char *reason, const struct content *content)
{
    struct app *a = data;
    (void)content;
    if (connection_waits_for(a->partitioning->connection, &request_partition))
        app_say(a, JOURNAL_WARNING, "%s: cannot be decoded: %s",
                a->partitioning->connection->dataset->images[image].path, reason);
}

static struct partition_job partitioning_halves(const struct app *a)
{
    const struct partitioning *c = a->partitioning;
    return (struct partition_job){
        .program = "isplit",
        .options = &c->options,
        .cfg = c->cfg,
        .weights = c->weights,
        .data = c->data,
        .folder = c->folder,
        .chosen_by = "layer",
        .sent = c->sent,
    };
}

static void say_doing(struct app *a, const char *what)
{
    snprintf(a->partitioning->doing, sizeof a->partitioning->doing, "%s", what);
    a->dirty = true;
}

static int list_images(struct partitioning *c, struct error *e)
{
    struct images_request request = run_images(&c->options, c->data, false);
    int status = connection_list(c->connection, &request, e);
    images_request_free(&request);
    return status;
}

/* The layer was chosen in the network as opened. */
static int partitioning_check_unchanged(const struct partitioning *c, struct error *e)
{
    if (strcmp(c->connection->cfg_xxh3, c->cfg_xxh3) != 0)
        return error_at(e, c->cfg, 0, "has changed since it was opened (o opens it again)");
    if (strcmp(c->connection->weights_xxh3, c->weights_xxh3) != 0)
        return error_at(e, c->weights, 0, "has changed since it was opened (o opens it again)");
    return 0;
}

static int ask_partition(struct app *a, struct error *e)
{
    struct partitioning *c = a->partitioning;
    const struct partition_job h = partitioning_halves(a);
    long n;
    long *images = partition_job_images(c->connection, &h, &n, e);
    int status = images ? partition_job_ask(c->connection, &h, c->layer, c->force, images, n, e) : -1;
    free(images);
    return status;
}

/* The next request; 1: all are answered. */
static int partitioning_go_on(struct app *a, struct error *e)
{
    struct partitioning *c = a->partitioning;
    if (connection_split_answer(c->connection))
        return 1;
    if (!c->connection->table) {
        say_doing(a, "reading the network");
        return connection_open(c->connection, c->cfg, c->weights, (enum epsilon)c->options.measure.bn_epsilon,
                               e);
    }
    if (!c->connection->dataset) {
        say_doing(a, "looking for images");
        return partitioning_check_unchanged(c, e) < 0 ? -1 : list_images(c, e);
    }
    say_doing(a, "writing head and tail");
    return ask_partition(a, e);
}

static void partitioning_fail(struct app *a, const struct error *why)
{
    if (a->partitioning->stopping)
        app_say(a, JOURNAL_NOTE, "the cut after %s was stopped: nothing is written", a->partitioning->name);
    else
        app_say(a, JOURNAL_ERROR, "the network is not cut: %s", why->text);
    partitioning_forget(a);
}

static void partitioning_finish(struct app *a)
{
    struct error e;
    struct partitioning *c = a->partitioning;
    const struct partition_job h = partitioning_halves(a);
    char *proof = partition_job_proof(c->connection, &h);
    char *folder = text_escape(c->folder);
    if (partition_job_write_csv(c->connection, &h, &e) < 0)
        app_say(a, JOURNAL_ERROR, "%s: head and tail were written without it", e.text);
    app_say(a, JOURNAL_GOOD, "cut after %s into %s: %s (! runs both halves)", c->name, folder, proof);
    live_offer(a, c->folder);
    free(folder);
    free(proof);
    partitioning_forget(a);
}

int partitioning_polls(const struct app *a, struct pollfd fds[PARTITIONING_POLLS])
{
    return partitioning_runs(a) ? connection_polls(a->partitioning->connection, fds) : 0;
}

int partitioning_timeout(const struct app *a)
{
    return partitioning_runs(a) ? connection_timeout(a->partitioning->connection) : -1;
}

void partitioning_step(struct app *a)
{
    struct error e;
    if (!partitioning_runs(a))
        return;
    struct connection *n = a->partitioning->connection;
    enum connection_end end = connection_step(n, 0, &e);
    if (end != CONNECTION_DONE) {
        partitioning_fail(a, &e);
        return;
    }
    a->dirty = a->dirty || a->partitioning->silent != connection_silence(n);
    a->partitioning->silent = connection_silence(n);
    if (n->state != CONNECTION_IDLE)
        return;
    int status = partitioning_go_on(a, &e);
    if (status < 0)
        partitioning_fail(a, &e);
    else if (status == 1)
        partitioning_finish(a);
}

/* ---- Questions --------------------------------------------------------------------------------------- */

static void partitioning_start(struct app *a)
{
    struct error e;
    struct partitioning *c = a->partitioning;
    const struct study *s = a->study;
    const struct connection_listener listener = {
        .data = a,
        .log = partitioning_on_log,
        .progress = partitioning_on_progress,
        .skipped = partitioning_on_skipped,
    };
    c->options = s->options;
    c->cfg = memory_copy(s->inputs.cfg);
    c->weights = memory_copy(s->inputs.weights);
    c->data = memory_copy(s->inputs.data);
    memcpy(c->cfg_xxh3, s->cfg_xxh3, sizeof c->cfg_xxh3);
    memcpy(c->weights_xxh3, s->weights_xxh3, sizeof c->weights_xxh3);
    say_doing(a, "starting a worker");
    c->connection = connection_start(s->options.engines[0], &listener, &e);
    if (!c->connection)
        partitioning_fail(a, &e);
}

static void partitioning_replace_done(struct app *a, const char *text)
{
    if (text) {
        a->partitioning->force = true;
        partitioning_start(a);
    } else {
        app_say(a, JOURNAL_NOTE, "nothing was cut");
        partitioning_forget(a);
    }
}

static bool partitioning_exists(const char *folder, const char *name)
{
    struct stat st;
    char *path = partition_folder_path(folder, name);
    bool there = lstat(path, &st) == 0;
    free(path);
    return there;
}

static bool holds_split(const char *folder)
{
    bool holds = partitioning_exists(folder, PARTITION_CSV);
    for (int i = 0; i < PARTITION_FILES; i++)
        holds = holds || partitioning_exists(folder, partition_file_names[i]);
    return holds;
}

static void folder_done(struct app *a, const char *text)
{
    struct stat st;
    struct partitioning *c = a->partitioning;
    if (!text || !*text || !c) { /* none: no worker could be started, and the question stayed */
        partitioning_forget(a);
        return;
    }
    free(c->folder);
    c->folder = memory_copy(text);
    if (stat(text, &st) == 0 && !S_ISDIR(st.st_mode)) {
        app_say(a, JOURNAL_ERROR, "%s: is no folder (expected one, or a new name)",
                text); /* and it is asked for again */
    } else if (holds_split(text)) {
        char *label = memory_format("%s holds a split: replace it? (y/n)", text);
        app_prompt(a, PROMPT_KEY, label, NULL, NULL, partitioning_replace_done, NULL);
        free(label);
    } else {
        partitioning_start(a);
    }
}

/* "./letters-vgg16-block3_pool". New string. */
static char *usual_folder(const struct app *a, int layer)
{
    char *prefix = export_default_prefix(a);
    char *folder = memory_format("%s-%s", prefix, a->study->table->rows[layer].name);
    for (char *p = folder + strlen(prefix); *p; p++)
        if (*p == '/')
            *p = '_';
    free(prefix);
    return folder;
}

/* What the plan has chosen for the cut (--dtype auto), or the dtype on the screen and the plan's coder. */
static struct options partitioning_given(struct app *a, int layer)
{
    const struct planning *w = &a->planning;
    struct options o = w->open ? planning_given(a) : a->options;
    o.cost_model.type = (int)a->settings.bytes;
    if (w->open)
        o.cost_model.coder = (int)w->deployment.cost_model.coder;
    for (int i = 0; i < w->verdict.n && w->open; i++) {
        const struct placement *cut = &w->cuts[i];
        if (cut->kind == PLACEMENT_SPLIT && cut->layer == layer && cut->sent) {
            o.cost_model.type = (int)cut->sent->type;
            o.cost_model.coder = (int)cut->sent->coder;
        }
    }
    return o;
}

/* An integer without a range cannot be sent: then as f32, which is said. */
static struct frame_format partitioning_choose_sent(struct app *a, int layer)
{
    struct error e;
    struct frame_format sent;
    if (a->planning.open)
        planning_refresh(a);
    struct options o = partitioning_given(a, layer);
    const struct study *s = a->study;
    int status = partition_sent_check(&o, &e);
    if (status == 0 && dtype_is_affine((enum dtype)o.cost_model.type) && !s->connection)
        status = error_set(&e, "there is no worker");
    if (status == 0)
        status = partition_sent(&o, s->connection, s->inputs.cfg, layer, &sent, &e);
    if (status == 0)
        return sent;
    app_say(a, JOURNAL_WARNING, "split.csv will say f32: %s", e.text);
    o.cost_model.type = DTYPE_F32;
    return partition_sent_options(&o);
}

/* "cut after conv2, sent as int6 by zstd, into: "; of plain f32 nothing is said. New string. */
static char *partitioning_label(const struct partitioning *c)
{
    if (c->sent.type == DTYPE_F32 && c->sent.coder == CODER_NONE)
        return memory_format("cut after %s into: ", c->name);
    return memory_format("cut after %s, sent as %s%s%s, into: ", c->name, dtype_words[c->sent.type],
                         c->sent.coder == CODER_NONE ? "" : " by ",
                         c->sent.coder == CODER_NONE ? "" : coder_words[c->sent.coder]);
}

void partitioning_ask(struct app *a, int layer)
{
    if (a->study->saved_rows) {
        app_say(a, JOURNAL_WARNING, "there is no network to cut: the rows come from %s",
                a->study->inputs.named);
        return;
    }
    if (partitioning_runs(a)) {
        app_say(a, JOURNAL_NOTE, "the cut after %s is still being made (Esc stops it)",
                partitioning_layer(a));
        return;
    }
    partitioning_forget(a);
    struct partitioning *c = a->partitioning = memory_new(1, sizeof *c);
    c->layer = layer;
    c->name = memory_copy(a->study->table->rows[layer].name);
    char *folder = usual_folder(a, layer);
    c->sent = partitioning_choose_sent(a, layer);
    char *label = partitioning_label(c);
    app_prompt(a, PROMPT_PATH, label, folder, NULL, folder_done, NULL);
    free(folder);
    free(label);
}
