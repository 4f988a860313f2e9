#include "data/tails.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/walk.h"

/* A path without the ending that says it is a picture. */
struct key {
    const char *path;
    size_t n;
    long image;
};

struct tails {
    struct key *keys; /* in byte order of the paths read backwards */
    long n;
};

static struct key tails_key(const char *path, long image)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t n = walk_is_image(name) ? (size_t)(strrchr(name, '.') - path) : strlen(path);
    return (struct key){path, n, image};
}

/* Of the last bytes of `a` and all of `b`, backwards; where a is the shorter one, all of it counts. */
static int compare_ends(const struct key *a, const struct key *b)
{
    for (size_t i = 1; i <= a->n && i <= b->n; i++) {
        int order = (unsigned char)a->path[a->n - i] - (unsigned char)b->path[b->n - i];
        if (order)
            return order;
    }
    return a->n < b->n ? -1 : 0;
}

static int tails_order(const void *a, const void *b)
{
    const struct key *p = a, *q = b;
    int order = compare_ends(p, q);
    if (order == 0 && p->n > q->n)
        return 1;
    return order ? order : (p->image > q->image) - (p->image < q->image);
}

struct tails *tails_new(const struct dataset *d)
{
    struct tails *t = memory_new(1, sizeof *t);
    t->keys = memory_new((size_t)d->images_n, sizeof *t->keys);
    for (t->n = 0; t->n < d->images_n; t->n++)
        t->keys[t->n] = tails_key(d->images[t->n].path, t->n);
    if (t->n)
        qsort(t->keys, (size_t)t->n, sizeof *t->keys, tails_order);
    return t;
}

void tails_free(struct tails *t)
{
    if (t)
        free(t->keys);
    free(t);
}

/* What is found for one path. */
struct found {
    const char *ending; /* of the path, with its dot; "": any */
    long *images;
    int n;
};

/* Adds the keys that end in `end`, or with `whole` are it. */
static void take_range(const struct tails *t, const struct key *end, bool whole, struct found *found)
{
    long low = 0, high = t->n; /* the first key that is not below */
    while (low < high) {
        long middle = low + (high - low) / 2;
        if (compare_ends(&t->keys[middle], end) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < t->n && found->n < 2 && compare_ends(&t->keys[low], end) == 0; low++) {
        const struct key *k = &t->keys[low];
        if (whole && k->n != end->n)
            break;
        if (!found->ending[0] || strcmp(k->path + k->n, found->ending) == 0)
            found->images[found->n++] = k->image;
    }
}

static int find_as_written(const struct tails *t, const char *path, long images[2])
{
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    struct key key = tails_key(path, 0);
    struct found found = {path + key.n, images, 0};
    if (key.n == 0)
        return 0;
    take_range(t, &key, true, &found);
    if (found.n)
        return found.n;
    /* Ours are longer: whatever ends in /PATH. */
    char *below = memory_format("/%s", path);
    take_range(t, &(struct key){below, key.n + 1, 0}, false, &found);
    free(below);
    /* Or shorter. */
    for (size_t i = 0; i < key.n && found.n < 2; i++)
        if (path[i] == '/' && i + 1 < key.n)
            take_range(t, &(struct key){path + i + 1, key.n - i - 1, 0}, true, &found);
    return found.n;
}

int tails_find(const struct tails *t, const char *path, long found[2])
{
    int n = find_as_written(t, path, found);
    if (n || !strchr(path, '\\'))
        return n;
    char *own = memory_copy(path);
    for (char *c = own; (c = strchr(c, '\\'));)
        *c = '/';
    n = find_as_written(t, own, found);
    free(own);
    return n;
}
