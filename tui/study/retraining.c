#include "study/retraining.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "curve/order.h"
#include "net/possible.h"
#include "study/run.h"
#include "train/parts.h"

/* Where nothing else is asked for. */
#define RETRAIN_RATE 0.01
#define RETRAIN_TEMPERATURE 2.0
#define RETRAIN_VALIDATION_SHARE 0.2
/* Steps of a first stage: one epoch, and as many at least. */
enum { RETRAINING_STEPS_LEAST = 10 };

void retraining_options(const struct options *o, struct retrain_request *q)
{
    const struct run_options run = run_of_options(o);
    q->trains = (enum retrain_trains)o->retrain.trains;
    q->norm = (enum retrain_norm)o->retrain.norm;
    q->loss = (enum retrain_loss)o->retrain.loss;
    q->temperature = o->retrain.temperature > 0 ? o->retrain.temperature : RETRAIN_TEMPERATURE;
    q->rate = o->retrain.rate > 0 ? o->retrain.rate : RETRAIN_RATE;
    q->stages = 1;
    q->seed = o->input.seed;
    q->batch = run.batch ? run.batch : RETRAIN_BATCH;
    q->threads = run.threads;
    q->exact = run.exact;
    q->memory = run.memory;
    q->force = o->force;
    q->pixels = run.pixels;
}

/* ---- Images ----------------------------------------------------------------------------------------------
 */

/* Whether images of at least two classes are among them. */
static int retraining_check_classes(const struct dataset *d, const struct options *o, const char *data,
                                    const long *images, long n, struct error *e)
{
    if (o->retrain.loss != RETRAIN_DISTILL && dataset_is_unlabelled(d))
        return error_at(
            e, data, 0,
            "has images without labels (expected labels, see --labels and --truth, or --loss distill)");
    if (n == 0)
        return error_at(e, data, 0, "holds no image of the chosen classes");
    int first = d->images[images[0]].class_index;
    for (long i = 1; i < n; i++)
        if (d->images[images[i]].class_index != first)
            return 0;
    if (dataset_is_unlabelled(d))
        return 0;
    return error_at(e, data, 0,
                    "holds images of one class only, class %d (expected two or more to tell apart)", first);
}

long *retraining_choose(const struct connection *n, const struct options *o, const char *data,
                        const bool *chosen, long most, long *images_n, struct error *e)
{
    const struct dataset *d = n->dataset;
    long *images =
        order_make(d->images, d->images_n, chosen, n->table->classes, (uint64_t)o->input.seed, images_n);
    if (most > 0 && most < *images_n)
        *images_n = most;
    if (retraining_check_classes(d, o, data, images, *images_n, e) == 0)
        return images;
    free(images);
    return NULL;
}

int retraining_divide(const struct connection *connection, const struct options *o, const char *data,
                      const struct content *contents, const long *images, long n, struct retrain_request *r,
                      struct error *e)
{
    const struct content nothing = {.known = true};
    const struct dataset *d = connection->dataset;
    double share = o->retrain.validation > 0 ? o->retrain.validation : RETRAIN_VALIDATION_SHARE;
    struct error why;
    if (parts_divide(d, contents, images, n, share, (uint64_t)o->input.seed, &r->training, &r->training_n,
                     &r->validation, &r->validation_n, &why) < 0)
        return error_at(e, data, 0, "%s", why.text);
    struct content training = parts_hash(d, contents, r->training, r->training_n, &nothing);
    r->data = parts_hash(d, contents, r->validation, r->validation_n, &training);
    return 0;
}

/* ---- Cuts ------------------------------------------------------------------------------------------------
 */

bool retraining_possible(const struct table *table, const struct bottleneck *b, int layer, struct error *why)
{
    if (partition_possible(table, layer, why) < 0)
        return false;
    if (b->form != BOTTLENECK_NONE && table_encoder_end(table) >= 0)
        error_set(why, "the network has a bottleneck already");
    else if (!table_computes_after(table, layer))
        error_set(why, "the scores are there, no layer is left to compute them");
    else
        return bottleneck_fits(b, table->rows[layer].out, why) == 0;
    return false;
}

/* ---- The race --------------------------------------------------------------------------------------------
 */

long retraining_first_steps(const struct options *o, const struct retrain_request *r)
{
    long epoch = (r->training_n + r->batch - 1) / r->batch;
    return o->retrain.steps                 ? o->retrain.steps
           : epoch > RETRAINING_STEPS_LEAST ? epoch
                                            : RETRAINING_STEPS_LEAST;
}

struct content retraining_key(const struct connection *n, const struct retrain_request *q)
{
    char *bottleneck = bottleneck_word(&q->bottleneck), data[CONTENT_TEXT_SIZE];
    content_to_text(&q->data, data);
    char *pixels = pixels_words(&q->pixels);
    char *text = memory_format(
        "%s %s %d %s%s %s %s %s %a %a %ld %ld %d %d%s %s %ld %ld %s", n->cfg_xxh3, n->weights_xxh3,
        (int)n->epsilon, bottleneck, q->bottleneck.form == BOTTLENECK_BYTES ? " judged as int8" : "",
        retrain_trains_words[q->trains], retrain_norm_words[q->norm], retrain_loss_words[q->loss],
        q->temperature, q->rate, q->steps, (long)q->seed, q->batch, q->exact, q->exact ? "" : " by shape",
        data, q->training_n, q->validation_n, pixels);
    struct content key = content_of(text, strlen(text));
    free(pixels);
    free(text);
    free(bottleneck);
    return key;
}

void retraining_describe(const struct retrain_request *q, const struct race_rules *rules,
                         struct provenance *p)
{
    char *bottleneck = bottleneck_word(&q->bottleneck);
    provenance_add(p, "training_images", "%ld", q->training_n);
    provenance_add(p, "validation_images", "%ld", q->validation_n);
    provenance_add(p, "bottleneck", "%s", bottleneck);
    provenance_add(p, "train", "%s", retrain_trains_words[q->trains]);
    provenance_add(p, "bn", "%s", retrain_norm_words[q->norm]);
    provenance_add(p, "loss", "%s", retrain_loss_words[q->loss]);
    provenance_add(p, "rate", "%.9g", q->rate);
    provenance_add(p, "batch", "%d", q->batch);
    provenance_add(p, "steps", "%ld", q->steps);
    provenance_add(p, "stages", "%d", rules->stages);
    provenance_add(p, "starts", "%d", rules->starts);
    provenance_add(p, "indifference", "%.9g", rules->margin);
    provenance_add(p, "exhaustive", "%d", rules->exhaustive);
    free(bottleneck);
}

struct race_rules retraining_rules(const struct options *o, const struct retrain_request *r, int cuts,
                                   const bool *allowed)
{
    struct race_rules rules = race_usual;
    rules.cuts = cuts;
    rules.images = r->validation_n;
    rules.first_steps = r->steps;
    rules.allowed = allowed;
    rules.starts = o->retrain.starts ? (int)o->retrain.starts : rules.starts;
    rules.stages = o->retrain.stages ? (int)o->retrain.stages : rules.stages;
    rules.margin = o->retrain.indifference > 0 ? o->retrain.indifference : rules.margin;
    rules.exhaustive = o->retrain.exhaustive;
    rules.seed = (uint64_t)o->input.seed;
    return rules;
}
