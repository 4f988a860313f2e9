#include "commands/features_measure.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/features_rows.h"
#include "store/store_keep.h"

/* More may be lacking after a round, where images turned out to be of no use; or where the worker has another
 * tuning. */
enum { ROUNDS = 4 };

struct measuring {
    struct command *c;
    const struct features_request *request;
    struct feature_cache *cache;
    struct features_rows *rows;
};

void features_outcome_free(struct features_outcome *o)
{
    measured_features_free(&o->measured);
    free(o->times);
}

/* ---- Contents ---------------------------------------------------------------------------------------- */

void features_measure_want_contents(struct command *c)
{
    if (!c->contents)
        c->contents = memory_new((size_t)c->connection->dataset->images_n, sizeof *c->contents);
}

enum connection_end features_measure_contents(struct command *c, struct feature_cache *cache,
                                              const long *images, long n, struct error *why)
{
    long unknown_n;
    long *unknown = feature_cache_stamps(cache, images, n, &unknown_n);
    enum connection_end end = CONNECTION_DONE;
    snprintf(c->what, sizeof c->what, "looking whether %ld images are known", unknown_n);
    if (unknown_n > 0)
        end = connection_hash(c->connection, unknown, unknown_n, why) < 0 ? CONNECTION_GONE
                                                                          : command_wait(c, why);
    free(unknown);
    return end;
}

/* Of all calibration images in their order, whatever they are called. */
static struct content features_calibration(const struct measuring *m)
{
    const struct features_request *q = m->request;
    unsigned char *bytes = memory_new((size_t)q->calibration_n, KEEP_HASH);
    for (long i = 0; i < q->calibration_n; i++)
        keep_hash_bytes(&m->c->contents[q->calibration[i]], bytes + i * KEEP_HASH);
    struct content hash = content_of(bytes, (size_t)q->calibration_n * KEEP_HASH);
    free(bytes);
    return hash;
}

/* ---- The worker -------------------------------------------------------------------------------------- */

static enum connection_end features_ask(struct measuring *m, const struct features_request *request,
                                        struct error *why)
{
    const struct features_listener listener = features_rows_listener(m->rows);
    struct command *c = m->c;
    c->lost = features_rows_lost;
    c->lost_data = m->rows;
    snprintf(c->what, sizeof c->what, "preparing the network");
    enum connection_end end = connection_features(c->connection, request, &listener, why) < 0
                                  ? CONNECTION_GONE
                                  : command_wait(c, why);
    c->lost = NULL;
    return end;
}

/* What the store has under the tuning that is known, as far as contents are. */
static enum connection_end features_recall(struct measuring *m, struct error *why)
{
    const struct features_request *q = m->request;
    enum connection_end end = CONNECTION_DONE;
    if (feature_cache_has_parts(m->cache))
        end = features_measure_contents(m->c, m->cache, q->images, q->images_n, why);
    if (end == CONNECTION_DONE)
        features_rows_recall(m->rows);
    return end;
}

/* Whether the worker answered that it has another tuning; then what is there under that was looked for. */
static bool features_is_replanned(struct measuring *m, enum connection_end *end, struct error *why)
{
    const struct message_tuning *tuning = &m->c->connection->tuning;
    const struct message_tuning *known = feature_cache_tuning(m->cache);
    bool other = *end == CONNECTION_DONE && strcmp(tuning->hash, known->hash) != 0;
    if (other) {
        const struct message_tuning told = *tuning;
        feature_cache_tuned(m->cache, &told);
        *end = features_recall(m, why);
    }
    return other && *end == CONNECTION_DONE;
}

/* Before anything is measured: what there is. */
static enum connection_end features_look(struct measuring *m, struct error *why)
{
    const struct features_request *q = m->request;
    enum connection_end end =
        features_measure_contents(m->c, m->cache, q->calibration, q->calibration_n, why);
    if (end != CONNECTION_DONE)
        return end;
    struct content calibration = features_calibration(m);
    feature_cache_begin(m->cache, &calibration);
    if (!feature_cache_asks(m->cache))
        return features_recall(m, why);
    struct features_request probe = *q;
    memcpy(probe.tuning, FEATURES_NO_TUNING, sizeof probe.tuning);
    end = features_ask(m, &probe, why);
    features_is_replanned(m, &end, why);
    return end;
}

static enum connection_end features_measure_rest(struct measuring *m, struct error *why)
{
    struct features_request lacking;
    enum connection_end end = CONNECTION_DONE;
    for (int round = 0; round < ROUNDS && end == CONNECTION_DONE; round++) {
        if (!features_rows_lack(m->rows, &lacking))
            return end;
        end = features_ask(m, &lacking, why);
        features_is_replanned(m, &end, why);
    }
    if (end != CONNECTION_DONE || !features_rows_lack(m->rows, &lacking))
        return end;
    error_set(why, "lost the worker: it measured features that were not asked for in this form");
    return CONNECTION_GONE;
}

/* ---- All of it --------------------------------------------------------------------------------------- */

static int features_end(struct measuring *m, enum connection_end end, const struct error *why,
                        struct features_outcome *out)
{
    struct command *c = m->c;
    bool ended = end == CONNECTION_DONE || end == CONNECTION_INTERRUPTED;
    out->whole = ended && features_rows_sum(m->rows, &out->measured);
    out->recalled = features_rows_recalled(m->rows);
    out->times = features_rows_times(m->rows);
    out->tuning = *feature_cache_tuning(m->cache);
    if (ended && out->measured.images > 0)
        return COMMAND_DONE;
    if (end != CONNECTION_DONE)
        return command_end(c, end, why, NULL);
    console_say(c->console, "none of %ld images could be measured", m->request->images_n);
    return COMMAND_BAD_INPUT;
}

int features_measure_cuts(struct command *c, const struct study *study, struct store *store,
                          const struct study_reporter *reporter, const struct features_request *request,
                          struct features_outcome *out)
{
    struct error why;
    features_measure_want_contents(c);
    struct measuring m = {.c = c, .request = request};
    m.cache = feature_cache_new(store, study, c->contents, reporter);
    m.rows = features_rows_new(c, request, m.cache);
    enum connection_end end = store ? features_look(&m, &why) : CONNECTION_DONE;
    if (end == CONNECTION_DONE)
        end = features_measure_rest(&m, &why);
    command_end_warnings(c);
    int status = features_end(&m, end, &why, out);
    features_rows_free(m.rows);
    feature_cache_free(m.cache);
    return status;
}
