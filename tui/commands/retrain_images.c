#include "commands/retrain_images.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "study/retraining.h"
#include "study/run.h"
#include "study/saved_subsets.h"
#include "train/parts.h"

const char retrain_images_unlabelled[] = "no image has a label: right is what the whole network answers, too";

/* One data set: the images chosen of it, and their contents. */
struct side {
    const char *data;
    long *images; /* [n] */
    long n;
};

static int side_list(struct command *c, const char *data, bool keeps)
{
    struct images_request request = run_images(&c->options, data, true);
    request.unlabelled = c->options.retrain.loss == RETRAIN_DISTILL;
    request.keeps = keeps;
    int status = command_list(c, &request);
    images_request_free(&request);
    return status;
}

static bool *side_classes(const struct command *c, struct error *e)
{
    const struct dataset *d = c->connection->dataset;
    const struct subset_names names = {
        .classes = d->classes, .classes_n = d->classes_n, .outputs = c->connection->table->classes};
    if (c->options.input.classes)
        return saved_subsets_parse(c->options.input.classes, names, c->connection->cfg_xxh3, e);
    bool *all = memory_new((size_t)names.outputs, sizeof *all);
    memset(all, true, (size_t)names.outputs * sizeof *all);
    return all;
}

/* The images of the chosen classes; `most` of them, 0: all. */
static int side_choose(struct command *c, struct side *side, long most)
{
    struct error e;
    bool *chosen = side_classes(c, &e);
    if (!chosen)
        return command_fail(c, COMMAND_BAD_INPUT, &e);
    side->images = retraining_choose(c->connection, &c->options, side->data, chosen, most, &side->n, &e);
    free(chosen);
    return side->images ? COMMAND_DONE : command_fail(c, COMMAND_BAD_INPUT, &e);
}

/* Their contents, in c->contents by their numbers. */
static int side_hash(struct command *c, const struct side *side)
{
    free(c->contents);
    c->contents = memory_new((size_t)c->connection->dataset->images_n, sizeof *c->contents);
    return command_hash(c, "looking for equal images", side->images, side->n);
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
    struct error e;
    int status = side_open(c, side, false, c->options.input.images);
    if (status != COMMAND_DONE)
        return status;
    return retraining_divide(c->connection, &c->options, side->data, c->contents, side->images, side->n, r,
                             &e) < 0
               ? command_fail(c, COMMAND_BAD_INPUT, &e)
               : COMMAND_DONE;
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
