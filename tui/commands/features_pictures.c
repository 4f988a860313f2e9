#include "commands/features_pictures.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text_list.h"
#include "commands/features_measure.h"
#include "features/rate_curves.h"
#include "study/feature_cache.h"
#include "study/run.h"

struct pictures_measuring {
    struct command *c;
    const struct study *study;
    struct feature_cache *cache;
    const long *images; /* [n] in their order */
    long n;
    struct picture_row *rows; /* [images of the data set] */
    bool *known;              /* likewise */
    char name[FEATURE_PART_NAME], lost_name[FEATURE_PART_NAME];
    long recalled; /* the image whose parts come */
};

/* ---- Rows -------------------------------------------------------------------------------------------- */

enum { PICTURE_WORDS = FEATURE_PICTURE_SENT + 2 * PICTURES_QUALITIES };

static void pictures_take_part(void *data, const char *name, const uint32_t *words, size_t n)
{
    struct pictures_measuring *m = data;
    struct picture_row *row = &m->rows[m->recalled];
    bool lost = strcmp(name, m->lost_name) == 0;
    if (!lost && strcmp(name, m->name) != 0)
        return;
    if (!feature_cache_right(m->cache, name, words, n, m->study->layer_list.n))
        return;
    m->known[m->recalled] = true;
    row->own = lost ? -1 : (int)words[FEATURE_PICTURE_OWN];
    row->stored = lost ? 0 : words[FEATURE_PICTURE_STORED];
    if (!lost)
        memcpy(row->sent, words + FEATURE_PICTURE_SENT, sizeof row->sent);
}

static void pictures_keep_row(const struct pictures_measuring *m, const struct picture_row *row)
{
    const struct content *content = &row->content;
    uint32_t words[PICTURE_WORDS] = {row->stored, (uint32_t)row->own};
    const uint32_t lost[FEATURE_IMAGE_WORDS] = {EXCLUDED_UNDECODABLE};
    if (!content->known)
        return;
    memcpy(words + FEATURE_PICTURE_SENT, row->sent, sizeof row->sent);
    feature_cache_keep_content(m->cache, row->image, content);
    if (row->own >= 0)
        feature_cache_keep(m->cache, content, m->name, words, PICTURE_WORDS);
    else
        feature_cache_keep(m->cache, content, m->lost_name, lost, FEATURE_IMAGE_WORDS);
}

static void pictures_on_sent(void *data, const struct picture_row *row)
{
    struct pictures_measuring *m = data;
    m->rows[row->image] = *row;
    m->known[row->image] = true;
    feature_cache_tuned(m->cache, &m->c->connection->tuning);
    pictures_keep_row(m, row);
}

static long pictures_known(const struct pictures_measuring *m)
{
    long known = 0;
    for (long i = 0; i < m->n; i++)
        known += m->known[m->images[i]] && m->rows[m->images[i]].own >= 0;
    return known;
}

static void pictures_take_usable(const struct pictures_measuring *m, struct features_pictures *out)
{
    out->rows = memory_new((size_t)m->n, sizeof *out->rows);
    out->labels = memory_new((size_t)m->n, sizeof *out->labels);
    for (long i = 0; i < m->n; i++)
        if (m->known[m->images[i]] && m->rows[m->images[i]].own >= 0) {
            out->rows[out->n] = m->rows[m->images[i]];
            out->labels[out->n++] = m->c->connection->dataset->images[m->images[i]].class_index;
        }
}

struct measured_pictures features_pictures_sum(const struct features_pictures *pictures, long n)
{
    struct measured_pictures sum = {0};
    n = n < pictures->n ? n : pictures->n;
    if (n == 0)
        return sum;
    const struct picture_row **rows = memory_new((size_t)n, sizeof *rows);
    for (long i = 0; i < n; i++)
        rows[i] = &pictures->rows[i];
    pictures_sum(rows, pictures->labels, n, &sum);
    free(rows);
    return sum;
}

void features_pictures_free(struct features_pictures *pictures)
{
    free(pictures->rows);
    free(pictures->labels);
    *pictures = (struct features_pictures){0};
}

/* ---- The worker -------------------------------------------------------------------------------------- */

/* Of these images; by the tuning of what is known, or any. */
static enum connection_end pictures_ask(struct pictures_measuring *m, long *images, long n,
                                        const char *tuning, struct error *why)
{
    struct run_options run = run_of_options(&m->c->options);
    run.images = images;
    run.images_n = n;
    snprintf(m->c->what, sizeof m->c->what, "preparing the network");
    return connection_pictures(m->c->connection, &run, tuning, pictures_on_sent, m, why) < 0
               ? CONNECTION_GONE
               : command_wait(m->c, why);
}

static enum connection_end pictures_recall(struct pictures_measuring *m, struct error *why)
{
    memset(m->known, 0, (size_t)m->c->connection->dataset->images_n * sizeof *m->known);
    if (!feature_cache_has_parts(m->cache))
        return CONNECTION_DONE;
    enum connection_end end = features_measure_contents(m->c, m->cache, m->images, m->n, why);
    for (long i = 0; i < m->n && end == CONNECTION_DONE; i++) {
        m->recalled = m->images[i];
        m->rows[m->recalled].image = m->recalled;
        feature_cache_parts(m->cache, &m->c->contents[m->recalled], pictures_take_part, m);
    }
    return end;
}

/* Where the worker has another tuning than what is known: once more, with what is known of that. */
static enum connection_end pictures_measure_rest(struct pictures_measuring *m, struct error *why)
{
    enum { ROUNDS = 3 };
    const struct connection *n = m->c->connection;
    long *left = memory_new((size_t)m->n, sizeof *left);
    enum connection_end end = CONNECTION_DONE;
    bool whole = false;
    for (int round = 0; round < ROUNDS && end == CONNECTION_DONE && !whole; round++) {
        const char *known = feature_cache_tuning(m->cache)->hash;
        long left_n = 0;
        for (long i = 0; i < m->n; i++)
            if (!m->known[m->images[i]])
                left[left_n++] = m->images[i];
        if (left_n == 0)
            break;
        end = pictures_ask(m, left, left_n, feature_cache_asks(m->cache) ? FEATURES_NO_TUNING : known, why);
        whole = connection_pictures_is_whole(n);
        if (end == CONNECTION_DONE && !whole) {
            const struct message_tuning told = n->tuning;
            feature_cache_tuned(m->cache, &told);
            end = pictures_recall(m, why);
        }
    }
    free(left);
    return end;
}

static void pictures_begin(struct pictures_measuring *m)
{
    const struct connection *n = m->c->connection;
    m->rows = memory_new((size_t)n->dataset->images_n, sizeof *m->rows);
    m->known = memory_new((size_t)n->dataset->images_n, sizeof *m->known);
    feature_part_name(FEATURE_PART_PICTURE, DTYPE_F32, CODER_NONE, 0, n->versions.jpeg, m->name);
    feature_part_name(FEATURE_PART_IMAGE, DTYPE_F32, CODER_NONE, 0, "", m->lost_name);
}

int features_pictures_measure(struct command *c, const struct study *study, struct store *store,
                              const struct study_reporter *reporter, long *images, long n,
                              struct features_pictures *out, struct error *lost)
{
    struct error why;
    features_measure_want_contents(c);
    struct pictures_measuring m = {.c = c, .study = study, .images = images, .n = n};
    m.cache = feature_cache_new(store, study, c->contents, reporter);
    *out = (struct features_pictures){0};
    pictures_begin(&m);
    feature_cache_begin(m.cache, NULL);
    enum connection_end end = pictures_recall(&m, &why);
    if (end == CONNECTION_DONE)
        end = pictures_measure_rest(&m, &why);
    if (end == CONNECTION_DONE)
        pictures_take_usable(&m, out);
    out->known = pictures_known(&m);
    if (end == CONNECTION_REFUSED)
        *lost = why;
    feature_cache_free(m.cache);
    free(m.rows);
    free(m.known);
    return end == CONNECTION_REFUSED ? COMMAND_DONE : command_end(c, end, &why, NULL);
}

/* ---- In words ------------------------------------------------------------------------------------------ */

struct features features_pictures_rows(const struct measured_features *m, const struct measured_pictures *p)
{
    struct features f = {.images = m->images};
    f.rows = memory_new(memory_product((size_t)m->rows_n, CODERS), sizeof *f.rows);
    for (int i = 0; i < m->rows_n * CODERS; i++) {
        const struct measured_feature *row = &m->rows[i / CODERS];
        enum coder coder = (enum coder)(i % CODERS);
        if (m->coders[coder])
            f.rows[f.rows_n++] = (struct feature){
                .layer = row->layer,
                .type = row->type,
                .coder = coder,
                .scale = dtype_is_affine(row->type) ? row->scale : NAN,
                .zero = row->zero,
                .images = row->images,
                .gained = row->gained,
                .lost = row->lost,
                .coded = measured_features_coded(m, row, coder),
                .correct = feature_proportion(row->correct, row->images),
                .agrees = feature_proportion(row->agrees, row->images),
            };
    }
    f.pictures_n = p->rows_n;
    f.pictures = memory_new((size_t)p->rows_n, sizeof *f.pictures);
    for (int i = 0; i < p->rows_n; i++)
        f.pictures[i] = (struct picture_rate){
            .quality = p->rows[i].quality,
            .bytes = feature_mean(p->rows[i].bytes, (double)p->rows[i].deviation, p->images, 0, 0),
            .correct = feature_proportion(p->rows[i].correct, p->images),
            .agrees = feature_proportion(p->rows[i].agrees, p->images),
        };
    return f;
}

/* Whether a picture takes fewer bytes than each point of the cut. */
static bool features_pictures_beaten(const struct rate_curves *all, const struct rate_curve *cut)
{
    for (int i = 0; i < cut->n; i++) {
        const struct rate_mark *picture = rate_curves_picture(all, cut->marks[i].at.gain);
        if (!picture || picture->at.cost >= cut->marks[i].at.cost)
            return false;
    }
    return true;
}

void features_pictures_tell(struct command *c, const struct features *features,
                            const struct measured_pictures *pictures, const struct error *lost)
{
    if (*lost->text)
        console_warn(c->console, "the pictures themselves are not measured: %s", lost->text);
    if (pictures->images == 0)
        return;
    if (pictures->images != features->images)
        console_warn(
            c->console,
            "the pictures themselves stand on %ld images, the cuts on %ld: an image that cannot be read "
            "in time, or whose numbers overflow there, is left out",
            pictures->images, features->images);
    struct rate_curves curves = rate_curves_make(features, false);
    char *names = memory_copy("");
    int more = 0, cuts = 0; /* more: of them, in names */
    for (int i = 0; i < curves.n; i++) {
        const struct rate_curve *cut = &curves.curves[i];
        if (cut->layer == RATE_PICTURES)
            continue;
        cuts++;
        if (!features_pictures_beaten(&curves, cut))
            continue;
        text_list_append(&names, "%s", c->connection->table->rows[cut->layer].name);
        more++;
    }
    if (more == 0)
        console_note(c->console, "every cut sends less, in one form at least, than a picture on which the "
                                 "whole network is as accurate");
    else
        console_note(c->console,
                     "%d of %d cuts send more, in every form, than a picture on which the whole "
                     "network is as accurate: %s",
                     more, cuts, names);
    free(names);
    rate_curves_free(&curves);
}
