#include "train/parts.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/memory.h"
#include "curve/order.h"

/* An image, in a list that is sorted in several ways. */
struct part {
    struct content content;
    long image;
    int class_index; /* of the first image of its content */
    uint64_t place;  /* random, one of a content */
};

static int parts_by(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int parts_by_content(const struct content *a, const struct content *b)
{
    int order = parts_by(a->known, b->known);
    if (order == 0)
        order = parts_by(a->high, b->high);
    return order ? order : parts_by(a->low, b->low);
}

/* Equal contents side by side, the first image of each first. */
static int parts_compare_contents(const void *pa, const void *pb)
{
    const struct part *a = pa, *b = pb;
    int order = parts_by_content(&a->content, &b->content);
    return order ? order : parts_by((uint64_t)a->image, (uint64_t)b->image);
}

/* Classes side by side, in each the contents in random order. */
static int parts_compare_places(const void *pa, const void *pb)
{
    const struct part *a = pa, *b = pb;
    if (a->class_index != b->class_index)
        return a->class_index < b->class_index ? -1 : 1;
    int order = parts_by(a->place, b->place);
    return order ? order : parts_compare_contents(pa, pb);
}

static bool parts_same(const struct part *a, const struct part *b)
{
    return a->content.known && b->content.known && parts_by_content(&a->content, &b->content) == 0;
}

/* Sorted by class, equal ones together. */
static struct part *parts_sorted(const struct dataset *d, const struct content *contents, const long *chosen,
                                 long n, uint64_t seed)
{
    struct part *list = memory_new((size_t)n, sizeof *list);
    for (long i = 0; i < n; i++)
        list[i] = (struct part){.content = contents[chosen[i]], .image = chosen[i]};
    qsort(list, (size_t)n, sizeof *list, parts_compare_contents);
    for (long i = 0; i < n; i++) {
        struct part *p = &list[i];
        bool same = i > 0 && parts_same(p, p - 1);
        struct order_random random;
        uint64_t stream = p->content.known ? p->content.high ^ p->content.low : (uint64_t)p->image;
        order_random_seed(&random, seed, stream);
        p->place = order_random_next(&random);
        p->class_index = same ? p[-1].class_index : d->images[p->image].class_index;
    }
    qsort(list, (size_t)n, sizeof *list, parts_compare_places);
    return list;
}

/* The end of the images that equal the one at `first`. */
static long parts_group_end(const struct part *list, long first, long end)
{
    long i = first + 1;
    while (i < end && parts_same(&list[i], &list[first]))
        i++;
    return i;
}

/* How many of list[first..end-1], one class, are for validation: contents from the first on, until there are
 * enough; the last one stays. */
static long parts_class_validation(const struct part *list, long first, long end, double share)
{
    long wanted = (long)(share * (double)(end - first) + 0.5), at = first;
    wanted = wanted < 1 ? 1 : wanted;
    while (at - first < wanted) {
        long next = parts_group_end(list, at, end);
        if (next == end)
            break;
        at = next;
    }
    return at - first;
}

static int parts_compare_numbers(const void *pa, const void *pb)
{
    long a = *(const long *)pa, b = *(const long *)pb;
    return (a > b) - (a < b);
}

int parts_divide(const struct dataset *d, const struct content *contents, const long *chosen, long n,
                 double validation, uint64_t seed, long **training, long *training_n, long **others,
                 long *others_n, struct error *e)
{
    struct part *list = parts_sorted(d, contents, chosen, n, seed);
    long *kept = memory_new((size_t)n, sizeof *kept), *apart = memory_new((size_t)n, sizeof *apart);
    long kept_n = 0, apart_n = 0, end;
    for (long first = 0; first < n; first = end) {
        for (end = first; end < n && list[end].class_index == list[first].class_index;)
            end++;
        long taken = parts_class_validation(list, first, end, validation);
        for (long i = first; i < end; i++)
            if (i < first + taken)
                apart[apart_n++] = list[i].image;
            else
                kept[kept_n++] = list[i].image;
    }
    free(list);
    qsort(kept, (size_t)kept_n, sizeof *kept, parts_compare_numbers);
    qsort(apart, (size_t)apart_n, sizeof *apart, parts_compare_numbers);
    *training = kept;
    *training_n = kept_n;
    *others = apart;
    *others_n = apart_n;
    if (apart_n > 0)
        return 0;
    free(kept);
    free(apart);
    *training = *others = NULL;
    return error_set(
        e,
        "no images are left for validation: no class has two different ones of the %ld (expected "
        "more images, or a second set with --validation-data)",
        n);
}

static int parts_compare_known(const void *a, const void *b)
{
    return parts_by_content(a, b);
}

long parts_remove(const struct content *contents, long *images, long *n, const struct content *others,
                  long others_n)
{
    struct content *sorted = memory_new((size_t)others_n, sizeof *sorted);
    if (others_n > 0)
        memcpy(sorted, others, (size_t)others_n * sizeof *sorted);
    qsort(sorted, (size_t)others_n, sizeof *sorted, parts_compare_known);
    long kept = 0, all = *n;
    for (long i = 0; i < all; i++) {
        const struct content *c = &contents[images[i]];
        bool found = c->known && bsearch(c, sorted, (size_t)others_n, sizeof *sorted, parts_compare_known);
        if (!found)
            images[kept++] = images[i];
    }
    free(sorted);
    *n = kept;
    return all - kept;
}

struct content parts_hash(const struct dataset *d, const struct content *contents, const long *images, long n,
                          const struct content *before)
{
    struct content hash = *before;
    for (long i = 0; i < n; i++) {
        const struct content *c = &contents[images[i]];
        const uint64_t all[] = {hash.high, hash.low, c->high,
                                c->low,    c->known, (uint64_t)d->images[images[i]].class_index};
        hash = content_of(all, sizeof all);
    }
    return hash;
}
