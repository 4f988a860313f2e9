#include "deployment/run_job.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "curve/order.h"
#include "data/source.h"
#include "deployment/run_origin.h"

static void run_images_take(struct run_job *j, char *path, int label)
{
    j->paths[j->n] = path;
    j->labels[j->n++] = label;
}

/* Classes take turns, as in measuring a curve; what has no label comes in its own order. */
static long *run_images_order(const struct run_job *j, long *n)
{
    const struct dataset *d = j->dataset;
    int classes = 0;
    for (long i = 0; i < d->images_n; i++)
        classes = d->images[i].class_index >= classes ? d->images[i].class_index + 1 : classes;
    if (classes > 0) {
        bool *chosen = memory_new((size_t)classes, sizeof *chosen);
        memset(chosen, true, (size_t)classes);
        long *turns =
            order_make(d->images, d->images_n, chosen, classes, (uint64_t)j->options->input.seed, n);
        free(chosen);
        return turns;
    }
    long *order = memory_new((size_t)d->images_n, sizeof *order);
    for (*n = 0; *n < d->images_n; (*n)++)
        order[*n] = *n;
    return order;
}

/* ---- Images without files of their own ------------------------------------------------------------------
 */

/* In IDX many images are one file. A head opens files, so each becomes one, as PGM, which has the same
 * pixels. */
static int run_images_write_image(const struct run_job *j, long image, const char *path, struct error *e)
{
    int w, h;
    const unsigned char *pixels = source_pixels(j->dataset, image, &w, &h);
    FILE *out = fopen(path, "wbe");
    if (!out)
        return error_at(e, path, 0, "cannot create: %s", strerror(errno));
    fprintf(out, "P5 %d %d 255\n", w, h);
    fwrite(pixels, 1, (size_t)w * (size_t)h, out);
    bool failed = ferror(out);
    return fclose(out) != 0 || failed ? error_at(e, path, 0, "cannot write: %s", strerror(errno)) : 0;
}

/* Makes the file of the next image that is taken. */
static int run_images_pack(struct run_job *j, long image, struct error *e)
{
    const char *base = getenv("TMPDIR");
    if (!j->packed) {
        char *template = memory_format("%s/isplit-run-XXXXXX", base && *base ? base : "/tmp");
        j->packed = mkdtemp(template);
        if (!j->packed) {
            error_at(e, template, 0, "cannot create: %s", strerror(errno));
            free(template);
            return -1;
        }
        j->files = memory_new((size_t)j->dataset->images_n, sizeof *j->files);
    }
    j->files[j->n] = memory_format("%s/%ld.pgm", j->packed, j->n);
    return run_images_write_image(j, image, j->files[j->n], e);
}

void run_job_free_images(struct run_job *j)
{
    for (long i = 0; j->files && i <= j->n && i < j->dataset->images_n; i++) {
        if (j->files[i])
            unlink(j->files[i]);
        free(j->files[i]);
    }
    if (j->packed)
        rmdir(j->packed);
    for (long i = 0; i < j->n; i++)
        free(j->paths[i]);
    free(j->packed);
    free(j->files);
    free(j->paths);
    free(j->labels);
    dataset_free(j->dataset);
}

/* ---- All of them ----------------------------------------------------------------------------------------
 */

static int run_images_take_all(struct run_job *j, const volatile sig_atomic_t *signals, struct error *e)
{
    const struct options *o = j->options;
    long n;
    long *order = run_images_order(j, &n);
    if (o->input.images && o->input.images < n)
        n = o->input.images;
    j->paths = memory_new((size_t)n + 1, sizeof *j->paths);
    j->labels = memory_new((size_t)n + 1, sizeof *j->labels);
    int status = 0;
    for (long i = 0; i < n && status == 0 && !*signals; i++) {
        const struct dataset_image *image = &j->dataset->images[order[i]];
        char *path = source_path(j->dataset, order[i]);
        if (!path && run_images_pack(j, order[i], e) < 0)
            status = -1;
        else
            run_images_take(j, path ? path : memory_copy(image->path), image->class_index);
    }
    free(order);
    return status;
}

int run_job_take_data(struct run_job *j, const char *data, const volatile sig_atomic_t *signals,
                      struct error *e)
{
    const struct options *o = j->options;
    const struct dataset_options d = {.split = o->input.split,
                                      .labels = o->input.labels,
                                      .names = o->input.names,
                                      .truth = o->input.truth,
                                      .root = o->input.root,
                                      .outputs = run_origin_outputs(j->cuts[0].folder),
                                      .unlabelled = true};
    j->dataset = dataset_open(data, &d, e);
    return j->dataset ? run_images_take_all(j, signals, e) : -1;
}

void run_job_take_words(struct run_job *j, const char *const *words, int n)
{
    j->paths = memory_new((size_t)n, sizeof *j->paths);
    j->labels = memory_new((size_t)n, sizeof *j->labels);
    for (int i = 0; i < n; i++)
        run_images_take(j, memory_copy(words[i]), DATASET_NO_CLASS);
}
