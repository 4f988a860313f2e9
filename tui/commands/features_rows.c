#include "commands/features_rows.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/memory.h"
#include "features/features_sum.h"
#include "features/sent_row.h"

enum { WORD = sizeof(uint32_t), WHEN_WORDS = 2, REASON = 200 };

enum features_slot_state { SLOT_UNKNOWN, SLOT_GOOD, SLOT_LOST };

struct features_rows {
    struct command *c;
    const struct features_request *request;
    struct feature_cache *cache;
    size_t *numbers; /* [layers_n] of each cut */
    struct features_slot {
        enum features_slot_state state;
        bool recalled; /* from the store alone */
        struct sent_row row;
    } * slots;  /* [images_n] in the order of the request */
    long *slot; /* [images of the data set] its number, or -1 */
    struct sent_ranges ranges;
    struct sent_times times;
    int64_t times_when;  /* of those that the store had, the latest, in s; 0: none */
    bool times_measured; /* some of them now */
    bool *told;          /* [images of the data set] lost, and the user knows */
    long *images;        /* of the request for what is lacking */
    uint32_t *needs;
    char names[FEATURE_PARTS][CODERS][DTYPES][FEATURE_PART_NAME];
    long recalling; /* the slot whose parts come; -1: an image that calibrates; */
    long recalled_image;
};

/* ---- Names ------------------------------------------------------------------------------------------- */

static void features_rows_name_parts(struct features_rows *r)
{
    const struct message_versions *v = &r->c->connection->versions;
    const char *const versions[CODERS] = {[CODER_NONE] = "", [CODER_ZSTD] = v->zstd, [CODER_LZMA] = v->lzma};
    for (int k = 0; k < FEATURE_PARTS; k++)
        for (int c = 0; c < CODERS; c++)
            for (int t = 0; t < DTYPES; t++)
                feature_part_name((enum feature_part_kind)k, (enum dtype)t, (enum coder)c, r->request->level,
                                  versions[c], r->names[k][c][t]);
}

/* Which dtype and coder the part is of; -1: of none that is asked for. */
static int features_rows_which(const struct features_rows *r, enum feature_part_kind kind, const char *name,
                               enum coder *coder)
{
    for (int c = 0; c < CODERS; c++)
        for (int t = 0; t < DTYPES; t++)
            if (r->request->dtypes[t] && strcmp(r->names[kind][c][t], name) == 0) {
                *coder = (enum coder)c;
                return t;
            }
    return -1;
}

/* ---- Life -------------------------------------------------------------------------------------------- */

struct features_rows *features_rows_new(struct command *c, const struct features_request *request,
                                        struct feature_cache *cache)
{
    const struct dataset *d = c->connection->dataset;
    struct features_rows *r = memory_new(1, sizeof *r);
    r->c = c;
    r->request = request;
    r->cache = cache;
    r->numbers = memory_new((size_t)request->layers_n, sizeof *r->numbers);
    for (int i = 0; i < request->layers_n; i++)
        r->numbers[i] = (size_t)net_shape_size(c->connection->table->rows[request->layers[i]].out);
    r->slots = memory_new((size_t)request->images_n, sizeof *r->slots);
    r->slot = memory_new((size_t)d->images_n, sizeof *r->slot);
    r->told = memory_new((size_t)d->images_n, sizeof *r->told);
    for (long i = 0; i < d->images_n; i++)
        r->slot[i] = -1;
    for (long i = 0; i < request->images_n; i++)
        r->slot[request->images[i]] = i;
    features_rows_name_parts(r);
    return r;
}

static void features_rows_forget(struct features_rows *r)
{
    for (long i = 0; i < r->request->images_n; i++) {
        sent_row_free(&r->slots[i].row);
        r->slots[i].state = SLOT_UNKNOWN;
        r->slots[i].recalled = false;
    }
    sent_ranges_free(&r->ranges);
    sent_times_free(&r->times);
    r->times_when = 0;
}

void features_rows_free(struct features_rows *r)
{
    if (!r)
        return;
    features_rows_forget(r);
    free(r->numbers);
    free(r->slots);
    free(r->slot);
    free(r->told);
    free(r->images);
    free(r->needs);
    free(r);
}

/* ---- From the store ---------------------------------------------------------------------------------- */

static bool features_rows_right(struct features_rows *r, const char *name, const uint32_t *words, size_t n)
{
    return feature_cache_right(r->cache, name, words, n, r->request->layers_n);
}

static void *features_rows_copy(const uint32_t *words, size_t n)
{
    uint32_t *copy = memory_new(n, WORD);
    memcpy(copy, words, n * WORD);
    return copy;
}

static void features_rows_tell_lost(struct features_rows *r, long image, const uint32_t *words, size_t n)
{
    char reason[REASON + 1] = "";
    size_t length = (n - FEATURE_IMAGE_WORDS) * WORD;
    memcpy(reason, words + FEATURE_IMAGE_WORDS, length < REASON ? length : REASON);
    if (!r->told[image] && words[FEATURE_IMAGE_WHY] == EXCLUDED_UNDECODABLE)
        command_lose_undecodable(r->c, image, reason);
    if (!r->told[image] && words[FEATURE_IMAGE_WHY] == EXCLUDED_NONFINITE)
        command_lose_nonfinite(r->c, image, (int)words[FEATURE_IMAGE_LAYER]);
    r->told[image] = true;
}

static void features_rows_take_image(struct features_rows *r, const uint32_t *words, size_t n)
{
    bool lost = words[FEATURE_IMAGE_WHY] != EXCLUDED_NOT;
    struct features_slot *slot = r->recalling < 0 ? NULL : &r->slots[r->recalling];
    if (lost)
        features_rows_tell_lost(r, r->recalled_image, words, n);
    if (!slot)
        return;
    slot->state = lost ? SLOT_LOST : SLOT_GOOD;
    slot->row.own = (int)words[FEATURE_IMAGE_OWN];
}

/* Of an image. */
static void features_rows_take_part(void *data, const char *name, const uint32_t *words, size_t n)
{
    struct features_rows *r = data;
    enum feature_part_kind kind = feature_part_kind_of(name);
    enum coder coder = CODER_NONE;
    if (kind == FEATURE_PART_IMAGE) {
        if (features_rows_right(r, name, words, n))
            features_rows_take_image(r, words, n);
        return;
    }
    bool known = kind == FEATURE_PART_ANSWERS || kind == FEATURE_PART_SIZES;
    int type = known ? features_rows_which(r, kind, name, &coder) : -1;
    if (type < 0 || r->recalling < 0 || !features_rows_right(r, name, words, n))
        return;
    struct sent_row *row = &r->slots[r->recalling].row;
    if (kind == FEATURE_PART_ANSWERS && !row->answers[type])
        row->answers[type] = features_rows_copy(words, n);
    if (kind == FEATURE_PART_SIZES && !row->sizes[coder][type])
        row->sizes[coder][type] = features_rows_copy(words, n);
}

static void features_rows_take_times(struct features_rows *r, const char *name, const uint32_t *words,
                                     size_t n)
{
    enum coder coder = CODER_NONE;
    int type = features_rows_which(r, FEATURE_PART_TIMES, name, &coder);
    if (type < 0 || !r->request->coders[coder] || r->times.of[coder][type])
        return;
    int64_t when = (int64_t)((uint64_t)words[1] << 32 | words[0]);
    r->times_when = when > r->times_when ? when : r->times_when;
    r->times.of[coder][type] = features_rows_copy(words + WHEN_WORDS, n - WHEN_WORDS);
}

/* Of no image. */
static void features_rows_take_fact(void *data, const char *name, const uint32_t *words, size_t n)
{
    struct features_rows *r = data;
    enum feature_part_kind kind = feature_part_kind_of(name);
    enum coder coder = CODER_NONE;
    bool known =
        kind == FEATURE_PART_CALIBRATION || kind == FEATURE_PART_RANGES || kind == FEATURE_PART_TIMES;
    if (!known || !features_rows_right(r, name, words, n))
        return;
    int type = kind == FEATURE_PART_RANGES ? features_rows_which(r, kind, name, &coder) : -1;
    if (kind == FEATURE_PART_CALIBRATION) {
        r->ranges.calibrated = (long)words[0];
        r->ranges.draws = (int)words[1];
    } else if (kind == FEATURE_PART_TIMES) {
        features_rows_take_times(r, name, words, n);
    } else if (type >= 0 && !r->ranges.scales[type]) {
        r->ranges.scales[type] = features_rows_copy(words, n);
    }
}

/* Whether the calibration images need not be looked at. */
static bool features_rows_has_ranges(const struct features_rows *r)
{
    bool has = r->ranges.calibrated > 0;
    for (int t = 0; t < DTYPES; t++)
        has = has && (!r->request->dtypes[t] || !dtype_is_affine((enum dtype)t) || r->ranges.scales[t]);
    return has;
}

/* What stands on ranges that are not there. */
static void features_rows_drop_unranged(const struct features_rows *r, struct sent_row *row)
{
    for (int t = 0; t < DTYPES; t++) {
        if (r->ranges.calibrated > 0 && (!dtype_is_affine((enum dtype)t) || r->ranges.scales[t]))
            continue;
        free(row->answers[t]);
        row->answers[t] = NULL;
        for (int c = 0; c < CODERS; c++) {
            free(row->sizes[c][t]);
            row->sizes[c][t] = NULL;
        }
    }
}

void features_rows_recall(struct features_rows *r)
{
    const struct features_request *q = r->request;
    features_rows_forget(r);
    if (!feature_cache_has_parts(r->cache))
        return;
    feature_cache_parts(r->cache, NULL, features_rows_take_fact, r);
    r->recalling = -1;
    for (long i = 0; i < q->calibration_n && features_rows_has_ranges(r); i++) {
        r->recalled_image = q->calibration[i];
        feature_cache_parts(r->cache, &r->c->contents[q->calibration[i]], features_rows_take_part, r);
    }
    for (long i = 0; i < q->images_n; i++) {
        r->recalling = i;
        r->recalled_image = q->images[i];
        r->slots[i].row.image = q->images[i];
        feature_cache_parts(r->cache, &r->c->contents[q->images[i]], features_rows_take_part, r);
        features_rows_drop_unranged(r, &r->slots[i].row);
        r->slots[i].recalled = r->slots[i].state == SLOT_GOOD;
    }
}

/* ---- What is lacking --------------------------------------------------------------------------------- */

static uint32_t features_rows_lacks(const struct features_rows *r, long i, long nth)
{
    const struct features_slot *slot = &r->slots[i];
    int draws = r->ranges.calibrated > 0 ? r->ranges.draws : FEATURES_DRAWS;
    return sent_row_lacks(slot->state == SLOT_GOOD ? &slot->row : NULL, r->request, r->numbers, draws, nth);
}

/* Images that are not known yet are taken for good ones: where that is wrong, more may be lacking then. */
bool features_rows_lack(struct features_rows *r, struct features_request *request)
{
    const struct features_request *q = r->request;
    long n = 0;
    bool any = false;
    free(r->images);
    free(r->needs);
    r->images = memory_new((size_t)q->images_n, sizeof *r->images);
    r->needs = memory_new((size_t)q->images_n, sizeof *r->needs);
    for (long i = 0; i < q->images_n; i++) {
        if (r->slots[i].state == SLOT_LOST)
            continue;
        r->images[n] = q->images[i];
        r->needs[n] = features_rows_lacks(r, i, n);
        any = any || r->needs[n];
        r->slots[i].recalled = r->slots[i].recalled && !r->needs[n];
        n++;
    }
    *request = *q;
    request->images = r->images;
    request->images_n = n;
    request->needs = r->needs;
    request->ranges = features_rows_has_ranges(r) ? &r->ranges : NULL;
    snprintf(request->tuning, sizeof request->tuning, "%s", feature_cache_tuning(r->cache)->hash);
    return any;
}

/* ---- From the worker --------------------------------------------------------------------------------- */

static void features_rows_keep_ranges(const struct features_rows *r)
{
    const uint32_t words[] = {(uint32_t)r->ranges.calibrated, (uint32_t)r->ranges.draws};
    size_t n = (size_t)r->request->layers_n * SENT_SCALES_WORDS;
    feature_cache_keep(r->cache, NULL, r->names[FEATURE_PART_CALIBRATION][0][0], words,
                       sizeof words / sizeof *words);
    for (int t = 0; t < DTYPES; t++)
        if (r->ranges.scales[t])
            feature_cache_keep(r->cache, NULL, r->names[FEATURE_PART_RANGES][0][t],
                               (const uint32_t *)(const void *)r->ranges.scales[t], n);
}

/* The first that comes of a run. */
static void features_rows_tune(struct features_rows *r)
{
    feature_cache_tuned(r->cache, &r->c->connection->tuning);
}

static void features_rows_on_ranges(void *data, struct sent_ranges *ranges)
{
    struct features_rows *r = data;
    features_rows_tune(r);
    sent_ranges_free(&r->ranges);
    r->ranges = *ranges;
    *ranges = (struct sent_ranges){0};
    features_rows_keep_ranges(r);
}

static void features_rows_keep_times(const struct features_rows *r, enum coder coder, enum dtype type)
{
    size_t n = (size_t)r->request->layers_n * SENT_TIME_WORDS;
    uint64_t now = (uint64_t)time(NULL);
    uint32_t *words = memory_new(WHEN_WORDS + n, WORD);
    words[0] = (uint32_t)now;
    words[1] = (uint32_t)(now >> 32);
    memcpy(words + WHEN_WORDS, r->times.of[coder][type], n * WORD);
    feature_cache_keep(r->cache, NULL, r->names[FEATURE_PART_TIMES][coder][type], words, WHEN_WORDS + n);
    free(words);
}

/* Those of cuts that were coded now, beside those of the store. */
static void features_rows_on_times(void *data, const struct sent_times *times)
{
    struct features_rows *r = data;
    size_t n = (size_t)r->request->layers_n;
    features_rows_tune(r);
    for (int c = 0; c < CODERS; c++)
        for (int t = 0; t < DTYPES; t++) {
            const struct sent_time *now = times->of[c][t];
            if (!now)
                continue;
            if (!r->times.of[c][t])
                r->times.of[c][t] = memory_new(n, sizeof *now);
            for (size_t i = 0; i < n; i++)
                if (now[i].encode_ms > 0 || now[i].decode_ms > 0)
                    r->times.of[c][t][i] = now[i];
            r->times_measured = true;
            features_rows_keep_times(r, (enum coder)c, (enum dtype)t);
        }
}

/* Takes over what the row has; sizes of cuts that it has not stay as they were. */
static void features_rows_join(struct sent_row *row, struct sent_row *more, int cuts)
{
    for (int t = 0; t < DTYPES; t++) {
        if (more->answers[t]) {
            free(row->answers[t]);
            row->answers[t] = more->answers[t];
            more->answers[t] = NULL;
        }
        for (int c = 0; c < CODERS; c++) {
            struct sent_size *old = row->sizes[c][t];
            if (!more->sizes[c][t])
                continue;
            row->sizes[c][t] = more->sizes[c][t];
            more->sizes[c][t] = NULL;
            for (int i = 0; i < cuts && old; i++)
                if (row->sizes[c][t][i].bytes == 0)
                    row->sizes[c][t][i] = old[i];
            free(old);
        }
    }
    row->image = more->image;
    row->own = more->own;
}

static void features_rows_keep_row(const struct features_rows *r, const struct sent_row *row,
                                   const struct content *content, uint32_t measured)
{
    const uint32_t image[FEATURE_IMAGE_WORDS] = {EXCLUDED_NOT, (uint32_t)row->own, 0};
    size_t cuts = (size_t)r->request->layers_n;
    feature_cache_keep_content(r->cache, row->image, content);
    feature_cache_keep(r->cache, content, r->names[FEATURE_PART_IMAGE][0][0], image, FEATURE_IMAGE_WORDS);
    for (int t = 0; t < DTYPES; t++) {
        if (row->answers[t] && measured & sent_need_answer((enum dtype)t))
            feature_cache_keep(r->cache, content, r->names[FEATURE_PART_ANSWERS][0][t],
                               (const uint32_t *)(const void *)row->answers[t], cuts * SENT_ANSWER_WORDS);
        for (int c = 0; c < CODERS; c++)
            if (row->sizes[c][t] && measured & sent_need_size((enum coder)c, (enum dtype)t))
                feature_cache_keep(r->cache, content, r->names[FEATURE_PART_SIZES][c][t],
                                   (const uint32_t *)(const void *)row->sizes[c][t], cuts * SENT_SIZE_WORDS);
    }
}

/* Which parts a row has. */
static uint32_t features_rows_has(const struct sent_row *row)
{
    uint32_t has = 0;
    for (int t = 0; t < DTYPES; t++) {
        has |= row->answers[t] ? sent_need_answer((enum dtype)t) : 0;
        for (int c = 0; c < CODERS; c++)
            has |= row->sizes[c][t] ? sent_need_size((enum coder)c, (enum dtype)t) : 0;
    }
    return has;
}

static void features_rows_on_sent(void *data, struct sent_row *row)
{
    struct features_rows *r = data;
    struct features_slot *slot = &r->slots[r->slot[row->image]];
    uint32_t measured = features_rows_has(row);
    struct content content = row->content;
    features_rows_tune(r);
    features_rows_join(&slot->row, row, r->request->layers_n);
    slot->state = SLOT_GOOD;
    features_rows_keep_row(r, &slot->row, &content, measured);
}

struct features_listener features_rows_listener(struct features_rows *r)
{
    return (struct features_listener){r, features_rows_on_ranges, features_rows_on_times,
                                      features_rows_on_sent};
}

void features_rows_lost(void *data, long image, enum exclusion why, int layer, const char *reason,
                        const struct content *content)
{
    struct features_rows *r = data;
    uint32_t words[FEATURE_IMAGE_WORDS + (REASON + WORD) / WORD] = {why, 0, (uint32_t)layer};
    char text[REASON + 1] = "";
    snprintf(text, sizeof text, "%s", reason);
    size_t more = (strlen(text) + WORD - 1) / WORD;
    memcpy(words + FEATURE_IMAGE_WORDS, text, strlen(text));
    r->told[image] = true;
    if (r->slot[image] >= 0)
        r->slots[r->slot[image]].state = SLOT_LOST;
    features_rows_tune(r);
    if (!content->known)
        return;
    feature_cache_keep_content(r->cache, image, content);
    feature_cache_keep(r->cache, content, r->names[FEATURE_PART_IMAGE][0][0], words,
                       FEATURE_IMAGE_WORDS + more);
}

/* ---- What came of it --------------------------------------------------------------------------------- */

bool features_rows_sum(const struct features_rows *r, struct measured_features *out)
{
    const struct features_request *q = r->request;
    const struct dataset *d = r->c->connection->dataset;
    const struct message_versions *v = &r->c->connection->versions;
    const struct sent_row **rows = memory_new((size_t)q->images_n, sizeof *rows);
    int *labels = memory_new((size_t)q->images_n, sizeof *labels);
    long n = 0, i = 0;
    for (; i < q->images_n; i++) {
        if (r->slots[i].state == SLOT_LOST)
            continue;
        if (features_rows_lacks(r, i, n))
            break;
        rows[n] = &r->slots[i].row;
        labels[n++] = d->images[q->images[i]].class_index;
    }
    features_sum(q, r->numbers, &r->ranges, &r->times, rows, labels, n, out);
    snprintf(out->versions[CODER_ZSTD], sizeof out->versions[CODER_ZSTD], "%.31s", v->zstd);
    snprintf(out->versions[CODER_LZMA], sizeof out->versions[CODER_LZMA], "%.31s", v->lzma);
    free(rows);
    free(labels);
    return i == q->images_n;
}

long features_rows_recalled(const struct features_rows *r)
{
    long n = 0;
    for (long i = 0; i < r->request->images_n; i++)
        n += r->slots[i].state == SLOT_GOOD && r->slots[i].recalled;
    return n;
}

char *features_rows_times(const struct features_rows *r)
{
    char when[CLOCK_DATE] = "";
    if (r->times_when > 0)
        clock_date(r->times_when, when);
    return memory_format("%s%s%s%s", r->times_measured ? "measured" : "",
                         r->times_measured && when[0] ? " and " : "", when[0] ? "store, " : "", when);
}
