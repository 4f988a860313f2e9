/* From the labels of a file to the classes of images. */
#include "data/truth.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "data/build.h"
#include "data/tails.h"
#include "data/walk.h"

/* Outputs of a network that is not known. */
#define CLASSES_MAX 100000

struct labelling {
    struct build *b;
    const struct truth *t;
    const struct labels *labels; /* the labels or, where there are none, the names */
    bool listed;                 /* all labels are among them */
    int *class_of;               /* [rows] the class that each row says */
    char **words; /* [words_n] the classes, where they are words and there are no labels: borrowed */
    int words_n;
    int highest;  /* of the classes */
    long *row_of; /* [images] 1 + the row that labelled it, or 0 */
};

/* -------- what the labels mean */

/* Whether all labels are in the list. A label that is not: *odd. */
static bool are_listed(const struct labelling *l, long *odd)
{
    const struct labels *labels = l->labels;
    int twin;
    for (*odd = 0; *odd < truth_n(l->t); ++*odd) {
        const char *label = truth_label(l->t, *odd);
        l->class_of[*odd] = labels_find(labels, label, strlen(label), &twin);
        if (l->class_of[*odd] == LABELS_NONE || twin != LABELS_NONE)
            return false;
    }
    return labels_n(labels) > 0;
}

/* The same of numbers; *least and l->highest are the least and the highest of them. */
static bool are_numbers(struct labelling *l, long *odd, int *least)
{
    *least = INT_MAX;
    l->highest = 0;
    for (*odd = 0; *odd < truth_n(l->t); ++*odd) {
        const char *label = truth_label(l->t, *odd);
        long number;
        if (label[strspn(label, "0123456789")])
            return false;
        if (!text_to_long(label, &number) || number > INT_MAX)
            number = INT_MAX; /* more than there are outputs: refused */
        int class_index = (int)number;
        l->class_of[*odd] = class_index;
        *least = class_index < *least ? class_index : *least;
        l->highest = class_index > l->highest ? class_index : l->highest;
    }
    return true;
}

/* Numbers are outputs, from 0. Where they would be from 1 to their number, they are counted from 1. */
static int truth_check_numbers(struct labelling *l, int least, struct error *e)
{
    const struct build *b = l->b;
    const struct truth *t = l->t;
    int outputs = b->outputs > 0 ? b->outputs : labels_n(b->labels) ? labels_n(b->labels) : CLASSES_MAX;
    if (least > 0 && l->highest == outputs) {
        for (long i = 0; i < truth_n(t); i++)
            l->class_of[i]--;
        l->highest--;
        build_warn(l->b, "%s: its labels run from %d to %d: taken as counted from 1, so that 1 is output 0",
                   truth_path(t), least, outputs);
    }
    for (long i = 0; i < truth_n(t); i++)
        if (l->class_of[i] >= outputs)
            return error_at(e, truth_path(t), truth_line(t, i),
                            "label %s is none of the %d outputs (expected 0 to %d)", truth_label(t, i),
                            outputs, outputs - 1);
    return 0;
}

static int by_word(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The classes are what the labels say, in byte order. */
static int number_words(struct labelling *l, struct error *e)
{
    const struct truth *t = l->t;
    l->words = memory_new((size_t)truth_n(t), sizeof *l->words);
    for (long i = 0; i < truth_n(t); i++)
        l->words[i] = truth_label(t, i);
    qsort(l->words, (size_t)truth_n(t), sizeof *l->words, by_word);
    for (long i = 0; i < truth_n(t); i++)
        if (i == 0 || strcmp(l->words[i], l->words[l->words_n - 1]) != 0)
            l->words[l->words_n++] = l->words[i];
    if (l->b->outputs > 0 && l->words_n != l->b->outputs)
        return error_at(
            e, truth_path(t), 0,
            "its labels are %d class%s (the first is \"%s\"), the network has %d output%s (expected as "
            "many, or --labels FILE with the name of each output)",
            l->words_n, l->words_n == 1 ? "" : "es", l->words[0], l->b->outputs,
            l->b->outputs == 1 ? "" : "s");
    if (l->words_n > 1)
        build_warn(
            l->b,
            "%s: its %d classes are outputs in byte order (\"%s\" is 0, \"%s\" is 1); --labels FILE gives "
            "another order",
            truth_path(t), l->words_n, l->words[0], l->words[1]);
    for (long i = 0; i < truth_n(t); i++) {
        char *label = truth_label(t, i);
        char **at = bsearch(&label, l->words, (size_t)l->words_n, sizeof *l->words, by_word);
        l->class_of[i] = (int)(at - l->words);
    }
    return 0;
}

static int find_meaning(struct labelling *l, struct error *e)
{
    const struct truth *t = l->t;
    const struct labels *labels = l->labels;
    long unlisted, odd;
    int least;
    bool numbers = are_numbers(l, &odd, &least), differ = false;
    int *number_of = numbers ? memory_new((size_t)truth_n(t), sizeof *number_of) : NULL;
    if (numbers)
        memcpy(number_of, l->class_of, (size_t)truth_n(t) * sizeof *number_of);
    bool listed = l->listed = are_listed(l, &unlisted);
    for (long i = 0; i < truth_n(t) && numbers; i++)
        differ = differ || l->class_of[i] != number_of[i];
    if (numbers && !listed)
        memcpy(l->class_of, number_of, (size_t)truth_n(t) * sizeof *number_of);
    free(number_of);
    if (listed && differ)
        build_warn(l->b, "%s: its labels are numbers, and names of %s too: taken as names", truth_path(t),
                   labels_path(labels));
    if (listed)
        return 0;
    if (numbers)
        return truth_check_numbers(l, least, e);
    if (labels_n(l->b->labels) == 0)
        return number_words(l, e);
    return error_at(e, truth_path(t), truth_line(t, unlisted),
                    "label \"%s\" is none of the %d labels of %s, or not only one", truth_label(t, unlisted),
                    labels_n(labels), labels_path(labels));
}

/* -------- which image a row is of */

static int take_row(struct labelling *l, long row, long image, struct error *e)
{
    const struct truth *t = l->t;
    long before = l->row_of[image];
    if (before && l->class_of[before - 1] != l->class_of[row])
        return error_at(e, truth_path(t), truth_line(t, row), "gives \"%s\" another label than line %ld does",
                        l->b->d->images[image].path, truth_line(t, before - 1));
    l->row_of[image] = row + 1;
    return 0;
}

static int find_by_order(struct labelling *l, struct error *e)
{
    const struct build *b = l->b;
    const struct truth *t = l->t;
    const struct dataset_image *images = b->d->images;
    bool list = strcmp(b->d->layout, "list") == 0;
    if (truth_n(t) != b->d->images_n)
        return error_at(
            e, truth_path(t), 0,
            "has %ld labels without names, %s %ld images (expected as many, or NAME LABEL a line)",
            truth_n(t), b->path, b->d->images_n);
    for (long i = 0; i < truth_n(t); i++)
        if (take_row(l, i, i, e) < 0)
            return -1;
    build_warn(
        l->b, "%s: labels without names: they go with the %ld images %s (first: %s is %s; last: %s is %s)",
        truth_path(t), truth_n(t), list ? "as they are listed" : "in byte order of their paths",
        images[0].path, truth_label(t, 0), images[truth_n(t) - 1].path, truth_label(t, truth_n(t) - 1));
    return 0;
}

static int find_by_name(struct labelling *l, struct error *e)
{
    const struct truth *t = l->t;
    const struct dataset *d = l->b->d;
    struct tails *tails = tails_new(d);
    long strange = 0, first = 0, found[2];
    int failed = 0;
    for (long i = 0; i < truth_n(t) && !failed; i++) {
        int n = tails_find(tails, truth_name(t, i), found);
        if (n == 1)
            failed = take_row(l, i, found[0], e);
        else if (n > 1)
            failed = error_at(e, truth_path(t), truth_line(t, i),
                              "\"%s\" may be image \"%s\" or \"%s\" (expected one)", truth_name(t, i),
                              d->images[found[0]].path, d->images[found[1]].path);
        else if (strange++ == 0)
            first = i;
    }
    if (!failed && strange == truth_n(t) && d->images_n)
        failed = error_at(e, truth_path(t), 0,
                          "names no image of %s (its first name is \"%s\", an image is \"%s\")", l->b->path,
                          truth_name(t, 0), d->images[0].path);
    else if (!failed && strange)
        build_warn(l->b, "%s: %ld of its %ld names are those of no image (first: line %ld, %s)",
                   truth_path(t), strange, truth_n(t), truth_line(t, first), truth_name(t, first));
    tails_free(tails);
    return failed;
}

/* -------- all of it */

static void put_classes(struct labelling *l, const char *how)
{
    struct dataset *d = l->b->d;
    long unlabelled = 0, first = 0;
    for (long i = 0; i < d->images_n; i++) {
        d->images[i].class_index = l->row_of[i] ? l->class_of[l->row_of[i] - 1] : DATASET_NO_CLASS;
        if (!l->row_of[i] && unlabelled++ == 0)
            first = i;
    }
    build_labelled(l->b, how, d->images_n - unlabelled);
    if (unlabelled)
        build_warn(l->b, "%s: %ld of %ld images have no label in %s and are never measured (first: %s)",
                   l->b->path, unlabelled, d->images_n, truth_path(l->t), d->images[first].path);
}

static int truth_list_classes(struct labelling *l, struct error *e)
{
    struct build *b = l->b;
    if (l->words) {
        b->group = "class";
        return build_map(b, l->words, l->words_n, e);
    }
    if (build_classes(b, l->listed || labels_n(b->labels) ? labels_n(l->labels) : l->highest + 1, e) < 0)
        return -1;
    for (int i = 0; i < b->d->classes_n && i < labels_n(l->labels) && l->listed; i++)
        b->d->classes[i].folder = memory_copy(labels_names(l->labels)[i]);
    return 0;
}

static int truth_apply(struct build *b, const struct truth *t,
                       int (*find)(struct labelling *, struct error *), const char *how, struct error *e)
{
    struct labelling l = {.b = b, .t = t, .labels = labels_n(b->labels) ? b->labels : b->names};
    l.class_of = memory_new((size_t)truth_n(t), sizeof *l.class_of);
    l.row_of = memory_new((size_t)b->d->images_n, sizeof *l.row_of);
    int failed = find_meaning(&l, e) < 0 || find(&l, e) < 0 ? -1 : 0;
    if (!failed) {
        put_classes(&l, how);
        failed = truth_list_classes(&l, e);
    }
    free(l.class_of);
    free(l.row_of);
    free(l.words);
    return failed;
}

static int find_in_list(struct labelling *l, struct error *e)
{
    for (long i = 0; i < truth_n(l->t); i++)
        if (take_row(l, i, i, e) < 0)
            return -1;
    return 0;
}

int truth_label_list(struct build *b, const struct truth *t, struct error *e)
{
    return truth_apply(b, t, find_in_list, "the list's lines", e);
}

int truth_label_images(struct build *b, const struct truth *t, struct error *e)
{
    bool named = truth_name(t, 0);
    char *file = walk_base_name(truth_path(t)), *how = memory_format("%s%s", file, named ? "" : " in order");
    int failed = truth_apply(b, t, named ? find_by_name : find_by_order, how, e);
    free(how);
    free(file);
    return failed;
}
