#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "commands/running.h"
#include "curve/order.h"
#include "data/source.h"
#include "partition/partition_folder.h"

/* How many outputs the network has, where the tail is here to tell; 0: not known. */
static int running_outputs(const char *folder)
{
    struct error unwanted;
    char *path = partition_folder_path(folder, partition_file_names[PARTITION_TAIL_CFG]);
    struct net *net = net_read(path, &unwanted);
    int outputs = net ? net->classes : 0;
    net_free(net);
    free(path);
    return outputs;
}

static void running_take(struct running *r, char *path, int label)
{
    r->paths[r->n] = path;
    r->labels[r->n++] = label;
}

/* Classes take turns, as in measuring a curve; what has no label comes in its own order. */
static long *running_order(const struct running *r, long *n)
{
    const struct dataset *d = r->dataset;
    int classes = 0;
    for (long i = 0; i < d->images_n; i++)
        classes = d->images[i].class_index >= classes ? d->images[i].class_index + 1 : classes;
    bool *chosen = memory_new((size_t)classes + 1, sizeof *chosen);
    memset(chosen, true, (size_t)classes + 1);
    long *order = order_make(d->images, d->images_n, chosen, classes, (uint64_t)r->c->options.input.seed, n);
    free(chosen);
    if (*n > 0)
        return order;
    free(order);
    order = memory_new((size_t)d->images_n, sizeof *order);
    for (*n = 0; *n < d->images_n; (*n)++)
        order[*n] = *n;
    return order;
}

static int running_take_dataset(struct running *r)
{
    const struct options *o = &r->c->options;
    struct error e;
    long n;
    long *order = running_order(r, &n);
    if (o->input.images && o->input.images < n)
        n = o->input.images;
    r->paths = memory_new((size_t)n + 1, sizeof *r->paths);
    r->labels = memory_new((size_t)n + 1, sizeof *r->labels);
    int status = COMMAND_DONE;
    for (long i = 0; i < n && status == COMMAND_DONE; i++) {
        char *path = source_path(r->dataset, order[i]);
        if (path) {
            running_take(r, path, r->dataset->images[order[i]].class_index);
        } else {
            error_at(&e, o->input.data, 0, "its images have no files of their own, which a head could open");
            status = command_fail(r->c, COMMAND_BAD_INPUT, &e);
        }
    }
    free(order);
    return status;
}

static int running_open_dataset(struct running *r)
{
    const struct options *o = &r->c->options;
    struct error e;
    const struct dataset_options d = {.split = o->input.split,
                                      .labels = o->input.labels,
                                      .names = o->input.names,
                                      .truth = o->input.truth,
                                      .root = o->input.root,
                                      .outputs = running_outputs(r->folder),
                                      .unlabelled = true};
    r->dataset = dataset_open(o->input.data, &d, &e);
    if (!r->dataset)
        return command_fail(r->c, COMMAND_BAD_INPUT, &e);
    for (int i = 0; i < r->dataset->warnings_n; i++)
        console_warn(r->c->console, "%s", r->dataset->warnings[i]);
    return running_take_dataset(r);
}

int running_find_images(struct running *r)
{
    const struct options *o = &r->c->options;
    int words = o->arguments_n - 1;
    if (words > 0 && o->input.data)
        return command_usage(r->c, "images are given twice: as words and with -d");
    if (words == 0 && !o->input.data)
        return command_usage(r->c, "there are no images: expected files, or -d DATA");
    if (o->input.data)
        return running_open_dataset(r);
    r->paths = memory_new((size_t)words, sizeof *r->paths);
    r->labels = memory_new((size_t)words, sizeof *r->labels);
    for (int i = 0; i < words; i++)
        running_take(r, memory_copy(o->arguments[1 + i]), DATASET_NO_CLASS);
    return COMMAND_DONE;
}
