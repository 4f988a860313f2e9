#include "data/rebase.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/tails.h"

struct rebase {
    struct build *b;
    const long *lines;
    struct build there; /* the images below the base */
    struct tails *tails;
    char **from;   /* [there.d->images_n] the listed path that led to it, and */
    long *line;    /* its line */
    long n, first; /* images found, and the first of them */
};

static int rebase_image(struct rebase *r, long image, bool *missing, struct error *e)
{
    struct dataset *d = r->b->d;
    const struct dataset_image *there = r->there.d->images;
    const char *folder = d->store->bases[0];
    char *path = d->images[image].path;
    long found[2];
    int n = tails_find(r->tails, path, found);
    if (n == 0)
        return 0;
    long at = found[0];
    if (n > 1)
        return error_at(
            e, r->b->path, r->lines[image],
            "\"%s\" is not there, and may be \"%s\" or \"%s\" in %s (expected --root DIR, where only one "
            "is)",
            path, there[at].path, there[found[1]].path, folder);
    if (r->from[at] && strcmp(r->from[at], path) != 0)
        return error_at(
            e, r->b->path, r->lines[image],
            "\"%s\" and \"%s\" (line %ld) are not there, and may both be \"%s\" in %s (expected --root "
            "DIR, where they differ)",
            path, r->from[at], r->line[at], there[at].path, folder);
    if (r->n++ == 0)
        r->first = image;
    d->images[image].path = memory_copy(there[at].path);
    d->store->base_of[image] = 0;
    *missing = false;
    if (r->from[at]) {
        free(path);
        return 0;
    }
    r->from[at] = path;
    r->line[at] = r->lines[image];
    return 0;
}

static void rebase_tell(const struct rebase *r)
{
    const struct dataset *d = r->b->d;
    const char *from = "";
    for (long i = 0; i < r->there.d->images_n; i++)
        if (r->from[i] && r->line[i] == r->lines[r->first])
            from = r->from[i];
    build_warn(r->b,
               "%s: %ld of %ld images are not where it says, and are taken from %s by the ends of their "
               "paths (first: "
               "line %ld, %s is %s)",
               r->b->path, r->n, d->images_n, d->store->bases[0], r->lines[r->first], from,
               d->images[r->first].path);
}

int rebase_images(struct build *b, const long *lines, bool *missing, struct error *e)
{
    struct rebase r = {
        .b = b, .lines = lines, .there = {.d = memory_new(1, sizeof *r.there.d), .path = b->path}};
    r.there.d->store = memory_new(1, sizeof *r.there.d->store);
    build_base(&r.there, b->d->store->bases[0]);
    build_collect(&r.there, "", DATASET_NO_CLASS);
    r.tails = tails_new(r.there.d);
    r.from = memory_new((size_t)r.there.d->images_n, sizeof *r.from);
    r.line = memory_new((size_t)r.there.d->images_n, sizeof *r.line);
    int failed = 0;
    for (long i = 0; i < b->d->images_n && !failed; i++)
        if (missing[i])
            failed = rebase_image(&r, i, &missing[i], e);
    if (!failed && r.n)
        rebase_tell(&r);
    for (long i = 0; i < r.there.d->images_n; i++)
        free(r.from[i]);
    free(r.from);
    free(r.line);
    tails_free(r.tails);
    free(r.there.foreign_first);
    dataset_free(r.there.d);
    return failed;
}
