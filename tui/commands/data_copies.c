#include "commands/data_copies.h"

#include <stdlib.h>

#include "base/memory.h"

/* An image by what it holds. */
struct held {
    struct content content;
    long image;
};

static int held_compare(const void *one, const void *other)
{
    const struct held *a = one, *b = other;
    if (a->content.high != b->content.high)
        return a->content.high < b->content.high ? -1 : 1;
    if (a->content.low != b->content.low)
        return a->content.low < b->content.low ? -1 : 1;
    return a->image < b->image ? -1 : 1;
}

static int data_copy_compare(const void *one, const void *other)
{
    const struct data_copy *a = one, *b = other;
    return a->image < b->image ? -1 : 1;
}

/* ---- Their contents ------------------------------------------------------------------------------------ */

static int copies_ask(struct command *c)
{
    const long n = c->connection->dataset->images_n;
    long *images = memory_new((size_t)n, sizeof *images);
    for (long i = 0; i < n; i++)
        images[i] = i;
    free(c->contents);
    c->contents = memory_new((size_t)n, sizeof *c->contents);
    int status = command_hash(c, "looking for equal images", images, n);
    free(images);
    return status;
}

/* Of those that can be decoded, in order of their contents. */
static struct held *copies_hold(const struct command *c, long *n)
{
    const long images = c->connection->dataset->images_n;
    struct held *held = memory_new((size_t)images, sizeof *held);
    for (long i = 0; i < c->skipped_n; i++)
        c->contents[c->skipped[i].image].known = false;
    *n = 0;
    for (long i = 0; i < images; i++)
        if (c->contents[i].known)
            held[(*n)++] = (struct held){c->contents[i], i};
    qsort(held, (size_t)*n, sizeof *held, held_compare);
    return held;
}

static void copies_take(struct data_copies *copies, const struct dataset *d, const struct held *held, long n)
{
    copies->all = memory_new((size_t)n, sizeof *copies->all);
    for (long i = 1, first = 0; i < n; i++) {
        if (!content_is_same(&held[i].content, &held[first].content)) {
            first = i;
            continue;
        }
        copies->all[copies->n++] = (struct data_copy){held[i].image, held[first].image};
        copies->contradicting +=
            d->images[held[i].image].class_index != d->images[held[first].image].class_index;
    }
    qsort(copies->all, (size_t)copies->n, sizeof *copies->all, data_copy_compare);
}

int data_copies_find(struct command *c, struct data_copies *copies)
{
    *copies = (struct data_copies){0};
    int status = copies_ask(c);
    if (status != COMMAND_DONE)
        return status;
    long n;
    struct held *held = copies_hold(c, &n);
    copies_take(copies, c->connection->dataset, held, n);
    free(held);
    return COMMAND_DONE;
}

void data_copies_free(struct data_copies *copies)
{
    free(copies->all);
}

/* ---- In words ------------------------------------------------------------------------------------------ */

char *data_copies_text(const struct command *c, const struct data_copies *copies)
{
    if (copies->n == 0)
        return NULL;
    char *classes = copies->contradicting > 0
                        ? memory_format(", %ld of them with another class", copies->contradicting)
                        : memory_copy("");
    char *text = memory_format("%ld of %ld images %s%s", copies->n, c->connection->dataset->images_n,
                               copies->n == 1 ? "is a copy of another" : "are copies of others", classes);
    free(classes);
    return text;
}

char *data_copies_line(const struct command *c, const struct data_copy *copy)
{
    const struct dataset_image *images = c->connection->dataset->images;
    return memory_format("%s: has the bytes of %s", images[copy->image].path, images[copy->first].path);
}
