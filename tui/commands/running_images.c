#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* ---- Images without files of their own ------------------------------------------------------------------
 */

/* In IDX many images are one file. A head opens files, so each becomes one, as PGM, which has the same
 * pixels. */
static int running_write_image(const struct running *r, long image, const char *path, struct error *e)
{
    int w, h;
    const unsigned char *pixels = source_pixels(r->dataset, image, &w, &h);
    FILE *out = fopen(path, "wbe");
    if (!out)
        return error_at(e, path, 0, "cannot create: %s", strerror(errno));
    fprintf(out, "P5 %d %d 255\n", w, h);
    fwrite(pixels, 1, (size_t)w * (size_t)h, out);
    bool failed = ferror(out);
    return fclose(out) != 0 || failed ? error_at(e, path, 0, "cannot write: %s", strerror(errno)) : 0;
}

/* Makes the file of the next image that is taken. */
static int running_pack(struct running *r, long image, struct error *e)
{
    const char *base = getenv("TMPDIR");
    if (!r->packed) {
        char *template = memory_format("%s/isplit-run-XXXXXX", base && *base ? base : "/tmp");
        r->packed = mkdtemp(template);
        if (!r->packed) {
            error_at(e, template, 0, "cannot create: %s", strerror(errno));
            free(template);
            return -1;
        }
        r->files = memory_new((size_t)r->dataset->images_n, sizeof *r->files);
    }
    r->files[r->n] = memory_format("%s/%ld.pgm", r->packed, r->n);
    return running_write_image(r, image, r->files[r->n], e);
}

void running_free_images(struct running *r)
{
    for (long i = 0; r->files && i <= r->n && i < r->dataset->images_n; i++) {
        if (r->files[i])
            unlink(r->files[i]);
        free(r->files[i]);
    }
    if (r->packed)
        rmdir(r->packed);
    for (long i = 0; i < r->n; i++)
        free(r->paths[i]);
    free(r->packed);
    free(r->files);
    free(r->paths);
    free(r->labels);
    dataset_free(r->dataset);
}

/* ---- All of them ----------------------------------------------------------------------------------------
 */

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
        const struct dataset_image *image = &r->dataset->images[order[i]];
        char *path = source_path(r->dataset, order[i]);
        if (!path && running_pack(r, order[i], &e) < 0)
            status = command_fail(r->c, COMMAND_BAD_INPUT, &e);
        else
            running_take(r, path ? path : memory_copy(image->path), image->class_index);
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
                                      .outputs = running_outputs(r->cuts[0].folder),
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
    int first = r->cuts_n, words = o->arguments_n - first;
    if (words > 0 && o->input.data)
        return command_usage(r->c, "images are given twice: as words and with -d");
    if (words == 0 && !o->input.data)
        return command_usage(r->c, "there are no images: expected files, or -d DATA");
    if (o->input.data)
        return running_open_dataset(r);
    r->paths = memory_new((size_t)words, sizeof *r->paths);
    r->labels = memory_new((size_t)words, sizeof *r->labels);
    for (int i = 0; i < words; i++)
        running_take(r, memory_copy(o->arguments[first + i]), DATASET_NO_CLASS);
    return COMMAND_DONE;
}
