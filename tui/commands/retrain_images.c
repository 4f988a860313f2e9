#include "commands/retrain_images.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "curve/order.h"
#include "curve/subset.h"
#include "study/run.h"
#include "train/parts.h"

/* One data set: the images chosen of it, and their contents. */
struct side {
    const char *data;
    long *images; /* [n] */
    long n;
};

static int side_list(struct command *c, const char *data, bool keeps)
{
    struct images_request request = run_images(&c->options, data, false);
    request.unlabelled = c->options.retrain.loss == RETRAIN_DISTILL;
    request.keeps = keeps;
    int status = command_list(c, &request);
    images_request_free(&request);
    return status;
}

static bool *side_classes(const struct command *c, struct error *e)
{
    const struct dataset *d = c->connection->dataset;
    const struct subset_names names = {d->classes, d->classes_n, c->connection->table->classes};
    if (c->options.input.classes)
        return subset_parse(c->options.input.classes, &names, e);
    bool *all = memory_new((size_t)names.outputs, sizeof *all);
    memset(all, true, (size_t)names.outputs * sizeof *all);
    return all;
}

/* Whether images of at least two classes are among them. */
static int side_check_classes(const struct command *c, const struct side *side, struct error *e)
{
    const struct dataset *d = c->connection->dataset;
    if (c->options.retrain.loss != RETRAIN_DISTILL && dataset_is_unlabelled(d))
        return error_at(
            e, side->data, 0,
            "has images without labels (expected labels, see --labels and --truth, or --loss distill)");
    if (side->n == 0)
        return error_at(e, side->data, 0, "holds no image of the chosen classes");
    int first = d->images[side->images[0]].class_index;
    for (long i = 1; i < side->n; i++)
        if (d->images[side->images[i]].class_index != first)
            return 0;
    if (dataset_is_unlabelled(d))
        return 0;
    return error_at(e, side->data, 0,
                    "holds images of one class only, class %d (expected two or more to tell apart)", first);
}

/* The images of the chosen classes; `most` of them, 0: all. */
static int side_choose(struct command *c, struct side *side, long most)
{
    struct error e;
    const struct dataset *d = c->connection->dataset;
    bool *chosen = side_classes(c, &e);
    if (!chosen)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    side->images = order_make(d->images, d->images_n, chosen, c->connection->table->classes,
                              (uint64_t)c->options.input.seed, &side->n);
    free(chosen);
    if (most > 0 && most < side->n)
        side->n = most;
    return side_check_classes(c, side, &e) < 0 ? command_fail(c, COMMAND_BAD_INPUT, &e) : COMMAND_DONE;
}

/* Their contents, in c->contents by their numbers. */
static int side_hash(struct command *c, const struct side *side)
{
    struct error e;
    free(c->contents);
    c->contents = memory_new((size_t)c->connection->dataset->images_n, sizeof *c->contents);
    snprintf(c->what, sizeof c->what, "looking for equal images");
    if (connection_hash(c->connection, side->images, side->n, &e) < 0)
        return command_fail(c, COMMAND_LOST, &e);
    return command_wait_whole(c);
}

static int side_open(struct command *c, struct side *side, bool keeps, long most)
{
    int status = side_list(c, side->data, keeps);
    if (status == COMMAND_DONE)
        status = side_choose(c, side, most);
    return status == COMMAND_DONE ? side_hash(c, side) : status;
}

static struct content side_hash_of(const struct command *c, const long *images, long n,
                                   const struct content *before)
{
    return parts_hash(c->connection->dataset, c->contents, images, n, before);
}

/* One data set for both. */
static int retrain_images_divide(struct command *c, struct side *side, struct retrain_request *r)
{
    const struct options *o = &c->options;
    const struct content nothing = {.known = true};
    struct error e, why;
    int status = side_open(c, side, false, o->input.images);
    if (status != COMMAND_DONE)
        return status;
    if (parts_divide(c->connection->dataset, c->contents, side->images, side->n, o->retrain.validation,
                     (uint64_t)o->input.seed, &r->training, &r->training_n, &r->validation, &r->validation_n,
                     &why) < 0) {
        error_at(&e, side->data, 0, "%s", why.text);
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    }
    struct content training = side_hash_of(c, r->training, r->training_n, &nothing);
    r->data = side_hash_of(c, r->validation, r->validation_n, &training);
    return COMMAND_DONE;
}

/* After the validation set: the contents of what was chosen of it, in their order. */
static struct content *side_contents(const struct command *c, const struct side *side)
{
    struct content *list = memory_new((size_t)side->n, sizeof *list);
    for (long i = 0; i < side->n; i++)
        list[i] = c->contents[side->images[i]];
    return list;
}

/* Two: what the second has is not trained on. */
static int retrain_images_apart(struct command *c, struct side *other, struct side *side,
                                struct retrain_request *r)
{
    struct error e;
    const struct content nothing = {.known = true};
    int status = side_open(c, other, false, 0);
    if (status != COMMAND_DONE)
        return status;
    struct content *contents = side_contents(c, other);
    struct content validation = side_hash_of(c, other->images, other->n, &nothing);
    status = side_open(c, side, true, c->options.input.images);
    if (status == COMMAND_DONE) {
        long removed = parts_remove(c->contents, side->images, &side->n, contents, other->n);
        if (removed > 0 && side->n > 0)
            console_note(c->console, "%ld images are for validation too, and are not trained on", removed);
        if (side->n == 0) {
            error_at(&e, side->data, 0, "holds no image that %s does not hold too", other->data);
            status = command_fail(c, COMMAND_BAD_INPUT, &e);
        }
        r->data = side_hash_of(c, side->images, side->n, &validation);
    }
    free(contents);
    r->training = side->images;
    r->training_n = side->n;
    r->validation = other->images;
    r->validation_n = other->n;
    side->images = other->images = NULL;
    return status;
}

int retrain_images(struct command *c, const char *data, struct retrain_request *request)
{
    struct side side = {.data = data}, other = {.data = c->options.retrain.validation_data};
    int status = other.data ? retrain_images_apart(c, &other, &side, request)
                            : retrain_images_divide(c, &side, request);
    free(side.images);
    free(other.images);
    return status;
}
