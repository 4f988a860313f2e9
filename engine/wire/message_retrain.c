#include "wire/message_retrain.h"

#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "train/schedule.h"
#include "wire/message_parts.h"

/* Such as a rate or a loss: finite, from `least` to `most`. */
static double message_retrain_real(struct fields *f, const char *key, double least, double most)
{
    const json_t *value = f->failed ? NULL : json_object_get(f->object, key);
    double v = json_number_value(value);
    if (json_is_number(value) && isfinite(v) && v >= least && v <= most)
        return v;
    fields_fail(f, key, "a number in its range");
    return least;
}

/* ---- The request ----------------------------------------------------------------------------------------
 */

static json_t *message_retrain_how(const struct retrain_request *r)
{
    return json_pack("{ss ss ss sf sf sI sI si sI si si sb sI sb si}", "train",
                     retrain_trains_words[r->trains], "bn", retrain_norm_words[r->norm], "loss",
                     retrain_loss_words[r->loss], "temperature", r->temperature, "rate", r->rate, "epochs",
                     (json_int_t)r->epochs, "steps", (json_int_t)r->steps, "stages", r->stages, "seed",
                     (json_int_t)r->seed, "batch", r->batch, "threads", r->threads, "exact", r->exact,
                     "memory", (json_int_t)r->memory, "flip", r->flip, "shift", r->shift);
}

json_t *message_retrain(const struct retrain_request *r)
{
    char *word = bottleneck_word(&r->bottleneck);
    json_t *request = json_pack("{ss ss ss si ss so so so so so sb}", "type", "retrain", "cfg_xxh3",
                                r->cfg_xxh3, "weights_xxh3", r->weights_xxh3, "layer", r->layer, "bottleneck",
                                word, "training", fields_from_longs(r->training, r->training_n), "validation",
                                fields_from_longs(r->validation, r->validation_n), "data",
                                fields_from_content(&r->data), "checkpoint", fields_from_path(r->checkpoint),
                                "folder", fields_from_path(r->folder), "force", r->force);
    free(word);
    if (r->ends_only)
        json_object_set_new(request, "ends_only", json_true());
    request = message_joined(request, message_retrain_how(r));
    return message_joined(request, message_pixels(&r->pixels));
}

static void message_retrain_read_how(struct fields *f, struct retrain_request *r)
{
    r->trains = (enum retrain_trains)fields_word(f, "train", retrain_trains_words);
    r->norm = (enum retrain_norm)fields_word(f, "bn", retrain_norm_words);
    r->loss = (enum retrain_loss)fields_word(f, "loss", retrain_loss_words);
    r->temperature = message_retrain_real(f, "temperature", DBL_MIN, FLT_MAX);
    r->rate = message_retrain_real(f, "rate", DBL_MIN, FLT_MAX);
    r->epochs = (long)fields_integer(f, "epochs", 0, RETRAIN_EPOCHS_LIMIT);
    r->steps = (long)fields_integer(f, "steps", r->epochs == 0, SCHEDULE_STEPS_MAX);
    r->stages = (int)fields_integer(f, "stages", 1, SCHEDULE_STAGES_MAX);
    r->seed = fields_integer(f, "seed", 0, INT64_MAX);
    r->batch = (int)fields_integer(f, "batch", 1, RETRAIN_BATCH_LIMIT);
    r->threads = (int)fields_integer(f, "threads", 0, INT_MAX);
    r->exact = fields_bool(f, "exact");
    r->memory = fields_integer(f, "memory", 0, INT64_MAX);
    r->flip = fields_bool(f, "flip");
    r->shift = (int)fields_integer(f, "shift", 0, RETRAIN_SHIFT_LIMIT);
    if (r->trains != RETRAIN_ALL && (r->flip || r->shift > 0))
        fields_fail(f, "train", "all, which flip and shift need");
}

static void message_retrain_read_bottleneck(struct fields *f, struct bottleneck *b)
{
    struct error why;
    if (!f->failed && bottleneck_read(fields_text(f, "bottleneck", false), b, &why) < 0)
        fields_fail(f, "bottleneck", "none, ratio, floats:N or bytes:N");
}

int message_retrain_read(const json_t *message, struct retrain_request *r, struct error *e)
{
    struct fields f = fields_of(message, e, "retrain");
    *r = (struct retrain_request){0};
    message_xxh3_read(&f, "cfg_xxh3", false, r->cfg_xxh3);
    message_xxh3_read(&f, "weights_xxh3", false, r->weights_xxh3);
    r->layer = (int)fields_integer(&f, "layer", 0, INT_MAX - 1);
    message_retrain_read_bottleneck(&f, &r->bottleneck);
    message_retrain_read_how(&f, r);
    r->training = fields_longs(&f, "training", &r->training_n);
    r->validation = fields_longs(&f, "validation", &r->validation_n);
    r->data = fields_content(&f, "data");
    r->checkpoint = fields_path(&f, "checkpoint", true);
    r->folder = fields_path(&f, "folder", true);
    r->force = fields_bool(&f, "force");
    r->ends_only = json_object_get(message, "ends_only") && fields_bool(&f, "ends_only");
    message_pixels_read(&f, &r->pixels);
    if (r->ends_only && r->folder)
        fields_fail(&f, "folder", "null, with ends_only");
    if (r->training_n == 0)
        fields_fail(&f, "training", "at least one image");
    if (r->validation_n == 0)
        fields_fail(&f, "validation", "at least one image");
    if (f.failed)
        retrain_request_free(r);
    return f.failed ? -1 : 0;
}

/* ---- The answers ----------------------------------------------------------------------------------------
 */

json_t *message_step(long done, long of, double loss)
{
    return json_pack("{ss sI sI sf}", "type", "step", "done", (json_int_t)done, "of", (json_int_t)of, "loss",
                     loss);
}

int message_step_read(const json_t *message, long *done, long *of, double *loss, struct error *e)
{
    struct fields f = fields_of(message, e, "step");
    *of = (long)fields_integer(&f, "of", 1, LONG_MAX);
    *done = (long)fields_integer(&f, "done", 0, *of);
    *loss = message_retrain_real(&f, "loss", -DBL_MAX, DBL_MAX);
    return f.failed ? -1 : 0;
}

json_t *message_check(const struct retrain_check *c)
{
    return json_pack("{ss ss sI sf sI sI ss}", "type", "check", "when", retrain_when_words[c->when], "step",
                     (json_int_t)c->step, "loss", c->loss, "images", (json_int_t)c->images, "correct",
                     (json_int_t)c->correct, "right", c->right);
}

/* What is said of each image, and how many there are of either kind. */
static void check_read_right(struct fields *f, struct retrain_check *c)
{
    const char *right = fields_text(f, "right", false);
    long images = 0, correct = 0;
    for (const char *p = right; *p && !f->failed; p++) {
        images += *p != '-';
        correct += *p == '1';
        if (!strchr("01-", *p))
            fields_fail(f, "right", "1, 0 or - for each image");
    }
    if (!f->failed && (images != c->images || correct != c->correct))
        fields_fail(f, "right", "of as many images as are told");
    if (!f->failed)
        c->right = memory_copy(right);
}

int message_check_read(const json_t *message, struct retrain_check *c, struct error *e)
{
    struct fields f = fields_of(message, e, "check");
    *c = (struct retrain_check){.when = (enum retrain_when)fields_word(&f, "when", retrain_when_words)};
    c->step = (long)fields_integer(&f, "step", 0, LONG_MAX);
    c->loss = message_retrain_real(&f, "loss", -DBL_MAX, DBL_MAX);
    c->images = (long)fields_integer(&f, "images", 1, LONG_MAX);
    c->correct = (long)fields_integer(&f, "correct", 0, c->images);
    check_read_right(&f, c);
    return f.failed ? -1 : 0;
}

json_t *message_retrained(long done, long of, double seconds, long images)
{
    return json_pack("{ss sI sI sf sI}", "type", "retrained", "done", (json_int_t)done, "of", (json_int_t)of,
                     "seconds", seconds, "images", (json_int_t)images);
}

int message_retrained_read(const json_t *message, long *done, long *of, double *seconds, long *images,
                           struct error *e)
{
    struct fields f = fields_of(message, e, "retrained");
    *of = (long)fields_integer(&f, "of", 1, LONG_MAX);
    *done = (long)fields_integer(&f, "done", 0, *of);
    *seconds = message_retrain_real(&f, "seconds", 0, DBL_MAX);
    *images = (long)fields_integer(&f, "images", 1, LONG_MAX);
    return f.failed ? -1 : 0;
}
