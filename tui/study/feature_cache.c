#include "study/feature_cache.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/row_key.h"
#include "store/store_features.h"
#include "study/caches.h"

struct feature_cache {
    struct store *store; /* NULL: there is none, or it is in trouble */
    const struct study *study;
    struct content *contents;
    const struct study_reporter *reporter;
    int64_t settled_ns; /* files changed before this moment (since 1970) were left alone for a while */
    struct store_run_key key;
    char *texts[3]; /* of it, ours: row_key, layers, versions */
    char *tuning_key;
    struct message_tuning tuning; /* of `run` */
    int64_t run;                  /* its number in the store; 0: it has none */
    bool asks, told_wrong;
    struct store_target *target;
};

struct feature_cache *feature_cache_new(struct store *store, const struct study *study,
                                        struct content *contents, const struct study_reporter *reporter)
{
    struct feature_cache *c = memory_new(1, sizeof *c);
    c->store = store;
    c->study = study;
    c->contents = contents;
    c->reporter = reporter;
    c->settled_ns = caches_settled_ns();
    return c;
}

void feature_cache_free(struct feature_cache *c)
{
    if (!c)
        return;
    store_end(c->target);
    for (int i = 0; i < 3; i++)
        free(c->texts[i]);
    free(c->tuning_key);
    free(c);
}

/* ---- The store's state ------------------------------------------------------------------------------- */

static void feature_cache_say(const struct feature_cache *c, enum study_news news, const char *text,
                              const char *more)
{
    char *said = memory_format("%s%s", text, more);
    c->reporter->say(c->reporter->data, news, said);
    free(said);
}

/* Told once: from now on there is no store. */
static void feature_cache_fail(struct feature_cache *c, const struct error *why)
{
    c->store = NULL;
    c->run = 0;
    feature_cache_say(c, STUDY_TROUBLE, why->text, " (continuing without stored rows)");
}

static bool feature_cache_ask_store(struct feature_cache *c)
{
    struct error e;
    if (c->store && store_renewed(c->store, &e))
        feature_cache_say(c, STUDY_WARNING, e.text, "");
    if (c->store && store_trouble(c->store, &e) < 0)
        feature_cache_fail(c, &e);
    return c->store != NULL;
}

static void feature_cache_tell_wrong(struct feature_cache *c, const char *text)
{
    if (!c->told_wrong)
        feature_cache_say(c, STUDY_WARNING, text, " (measured again)");
    c->told_wrong = true;
}

bool feature_cache_right(struct feature_cache *c, const char *name, const uint32_t *words, size_t n, int cuts)
{
    const struct table *table = c->study->connection->table;
    const struct feature_part_frame frame = {cuts, table->classes, table->rows_n};
    const char *why = feature_part_fault(name, words, n, &frame);
    struct error e;
    if (!why)
        return true;
    error_at(&e, store_path(c->store), 0, "the part '%.90s' of features %s", name, why);
    feature_cache_tell_wrong(c, e.text);
    return false;
}

/* ---- Looking ----------------------------------------------------------------------------------------- */

long *feature_cache_stamps(struct feature_cache *c, const long *images, long n, long *unknown_n)
{
    long *unknown = memory_new((size_t)n, sizeof *unknown);
    struct error e;
    *unknown_n = 0;
    if (c->store)
        store_look_begin(c->store);
    for (long i = 0; i < n && c->store; i++) {
        struct content *content = &c->contents[images[i]];
        if (content->known)
            continue;
        int found = store_find_image(c->store, 0, c->study->dataset, images[i], content, NULL, NULL, 0, &e);
        if (found == -1)
            feature_cache_fail(c, &e);
        else if (!content->known)
            unknown[(*unknown_n)++] = images[i];
    }
    if (c->store)
        store_look_end(c->store);
    return unknown;
}

static int feature_cache_find(struct feature_cache *c, struct error *e)
{
    c->key.tuning = c->tuning.hash;
    c->run = store_features_find(c->store, &c->key, e);
    return c->run < 0 ? -1 : 0;
}

static int feature_cache_look(struct feature_cache *c, struct error *e)
{
    int last = store_features_last_tuning(c->store, &c->key, c->tuning_key, c->tuning.hash, e);
    if (last < 0 || feature_cache_find(c, e) < 0)
        return -1;
    int others = c->run ? 0 : store_features_any(c->store, &c->key, e);
    c->asks = others > 0;
    if (!c->run)
        c->tuning = (struct message_tuning){.hash = ""};
    return others < 0 || (c->run &&
                          caches_read_tuning(store_features_versions(c->store, c->run, e), &c->tuning) < 0)
               ? -1
               : 0;
}

void feature_cache_begin(struct feature_cache *c, const struct content *calibration)
{
    const struct connection *n = c->study->connection;
    struct run_options run = study_run_options(c->study);
    struct error e;
    int no_cut = 0; /* pictures know of none */
    if (!feature_cache_ask_store(c))
        return;
    if (!calibration) {
        run.layers = &no_cut;
        run.layers_n = 1;
    }
    c->texts[0] = row_key_of_features(&run, &n->versions, calibration);
    c->texts[1] = caches_layers(n);
    c->tuning_key = tuning_key_of_run(&run, &n->versions);
    c->key = (struct store_run_key){.cfg_xxh3 = n->cfg_xxh3,
                                    .weights_xxh3 = n->weights_xxh3,
                                    .row_key = c->texts[0],
                                    .tuning = c->tuning.hash,
                                    .layers = c->texts[1],
                                    .cfg = c->study->inputs.cfg,
                                    .weights = c->study->inputs.weights,
                                    .versions = ""};
    if (feature_cache_look(c, &e) < 0)
        feature_cache_fail(c, &e);
}

const struct message_tuning *feature_cache_tuning(const struct feature_cache *c)
{
    return &c->tuning;
}

bool feature_cache_asks(const struct feature_cache *c)
{
    return c->store && c->asks;
}

bool feature_cache_has_parts(const struct feature_cache *c)
{
    return c->store && c->run > 0;
}

void feature_cache_parts(struct feature_cache *c, const struct content *content,
                         void (*take)(void *data, const char *name, const uint32_t *words, size_t n),
                         void *data)
{
    struct error e;
    if (!feature_cache_has_parts(c) || (content && !content->known))
        return;
    int status = store_features_parts(c->store, c->run, content, take, data, &e);
    if (status == STORE_WRONG)
        feature_cache_tell_wrong(c, e.text);
    else if (status < 0)
        feature_cache_fail(c, &e);
}

/* ---- Keeping ----------------------------------------------------------------------------------------- */

bool feature_cache_tuned(struct feature_cache *c, const struct message_tuning *tuning)
{
    struct error e;
    bool other = strcmp(c->tuning.hash, tuning->hash) != 0;
    bool known = c->tuning.hash[0];
    if (other && c->target) {
        store_end(c->target);
        c->target = NULL;
    }
    c->tuning = *tuning;
    c->asks = false;
    if (c->store && other && feature_cache_find(c, &e) < 0)
        feature_cache_fail(c, &e);
    return other && (known || feature_cache_has_parts(c));
}

static bool feature_cache_keeps(struct feature_cache *c)
{
    if (!feature_cache_ask_store(c) || !c->tuning.hash[0] || !c->tuning_key)
        return false;
    if (!c->target) {
        free(c->texts[2]);
        c->texts[2] = row_key_versions(&c->study->connection->versions, &c->tuning);
        c->key.versions = c->texts[2];
        c->key.tuning = c->tuning.hash;
        c->target = store_features_begin(c->store, &c->key, c->tuning_key, c->study->dataset);
    }
    return c->target != NULL;
}

void feature_cache_keep(struct feature_cache *c, const struct content *content, const char *name,
                        const uint32_t *words, size_t n)
{
    if (feature_cache_keeps(c))
        store_features_keep(c->target, content, name, words, n);
}

void feature_cache_keep_content(struct feature_cache *c, long image, const struct content *content)
{
    if (content->known && feature_cache_keeps(c))
        caches_keep_content(c->target, c->study->dataset, image, c->settled_ns, content);
}
