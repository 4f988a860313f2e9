#include "data/path_labels.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "data/splits.h"
#include "data/walk.h"

#define TOKENS_MAX 48

enum evidence { BY_NAME, BY_FOLDER, BY_DARKNET, EVIDENCES };

static const char *const evidence_names[EVIDENCES] = {"file name", "folder", "Darknet's rule"};

/* What is told about all images at once: how many, and one of them. */
struct remark {
    long n, first;       /* first: the image */
    int counted, passed; /* its labels: the one that counts, the other */
};

struct path_labels {
    struct build *b;
    const struct labels *labels;
    const long *lines;
    bool *shared;          /* by label: a folder of this name is in the path of every image */
    long found[EVIDENCES]; /* images */
    struct remark disagree, two, number;
};

/* A label that stands on two lines cannot say which output is meant. */
static int repeated_label(const struct labels *labels, int first, int second, struct error *e)
{
    return error_at(e, labels_path(labels), second + 1, "label \"%s\" stands on line %d too (expected once)",
                    labels_names(labels)[second], first + 1);
}

static int two_labels(const struct path_labels *p, long image, int first, int second, struct error *e)
{
    return error_at(e, p->b->path, p->lines ? (int)p->lines[image] : 0,
                    "\"%s\" matches two labels, \"%s\" and \"%s\" (expected one)",
                    p->b->d->images[image].path, labels_names(p->labels)[first],
                    labels_names(p->labels)[second]);
}

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* -------- the file name */

struct match {
    size_t start, end; /* in the file name */
    int label, twin;
};

static bool is_delimiter(char c)
{
    return !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             (unsigned char)c >= 0x80);
}

/* Cuts the name into tokens; names of more than TOKENS_MAX keep their first ones. */
static int find_tokens(const char *name, size_t length, size_t *starts, size_t *ends)
{
    int n = 0;
    for (size_t i = 0; i < length && n < TOKENS_MAX;) {
        if (is_delimiter(name[i])) {
            i++;
            continue;
        }
        starts[n] = i;
        while (i < length && !is_delimiter(name[i]))
            i++;
        ends[n++] = i;
    }
    return n;
}

/* For each token the longest run that begins there and is a label. */
static int find_matches(const struct labels *labels, const char *name, struct match *matches)
{
    const char *dot = walk_is_image(name) ? strrchr(name, '.') : NULL;
    size_t starts[TOKENS_MAX], ends[TOKENS_MAX];
    int tokens = find_tokens(name, dot ? (size_t)(dot - name) : strlen(name), starts, ends);
    int n = 0;
    for (int i = 0; i < tokens; i++)
        for (int j = tokens - 1; j >= i; j--) {
            struct match m = {starts[i], ends[j], LABELS_NONE, LABELS_NONE};
            m.label = labels_find(labels, name + m.start, m.end - m.start, &m.twin);
            if (m.label == LABELS_NONE)
                continue;
            matches[n++] = m;
            break;
        }
    return n;
}

static bool within(const struct match *inner, const struct match *outer)
{
    return inner->start >= outer->start && inner->end <= outer->end &&
           inner->end - inner->start < outer->end - outer->start;
}

/* *label is the label in the file name, *second another one; both LABELS_NONE where there is none. */
static int match_name(const struct labels *labels, const char *path, int *label, int *second, struct error *e)
{
    struct match matches[TOKENS_MAX];
    int n = find_matches(labels, file_name(path), matches);
    *label = *second = LABELS_NONE;
    for (int i = 0; i < n; i++) {
        bool inside = false;
        for (int j = 0; j < n; j++)
            inside = inside || within(&matches[i], &matches[j]);
        if (inside)
            continue;
        if (matches[i].twin != LABELS_NONE)
            return repeated_label(labels, matches[i].label, matches[i].twin, e);
        if (*label == LABELS_NONE)
            *label = matches[i].label;
        else if (*label != matches[i].label && *second == LABELS_NONE)
            *second = matches[i].label;
    }
    return 0;
}

/* -------- the folders */

/* The label that the folder before `end` is named, LABELS_NONE, or -2 where two lines have it; *start is the
 * folder's beginning. */
static int match_folder(const struct labels *labels, const char *path, const char *end, const char **start,
                        struct error *e)
{
    for (*start = end; *start > path && (*start)[-1] != '/';)
        --*start;
    int twin;
    int found = labels_find(labels, *start, (size_t)(end - *start), &twin);
    if (twin == LABELS_NONE)
        return found;
    repeated_label(labels, found, twin, e);
    return -2;
}

/* Counts each label once for each image that has a folder of that name. */
static int find_shared(struct path_labels *p, struct error *e)
{
    const struct dataset *d = p->b->d;
    size_t n = (size_t)labels_n(p->labels);
    long *images = memory_new(n, sizeof *images), *last = memory_new(n, sizeof *last);
    int failed = 0;
    p->shared = memory_new(n, sizeof *p->shared);
    for (long i = 0; i < d->images_n && p->lines && !failed; i++) {
        const char *path = d->images[i].path, *end = file_name(path);
        while (end > path && !failed) {
            const char *start;
            int label = match_folder(p->labels, path, end - 1, &start, e);
            end = start;
            failed = label < LABELS_NONE ? -1 : 0;
            if (label < 0 || last[label] == i + 1)
                continue;
            last[label] = i + 1;
            images[label]++;
        }
    }
    /* One image alone shares nothing. */
    for (int k = 0; k < labels_n(p->labels); k++)
        p->shared[k] = d->images_n > 1 && images[k] == d->images_n;
    free(images);
    free(last);
    return failed;
}

/* The innermost folder that is a label, or LABELS_NONE. */
static int innermost_folder(const struct path_labels *p, const char *path)
{
    const char *end = file_name(path), *start;
    for (; p->lines && end > path; end = start) {
        int label = match_folder(p->labels, path, end - 1, &start, NULL);
        if (label >= 0 && !p->shared[label])
            return label;
    }
    return LABELS_NONE;
}

/* -------- one image */

static void note(struct remark *r, long image, int counted, int passed)
{
    if (r->n++ == 0)
        *r = (struct remark){1, image, counted, passed};
}

static bool is_serial(const char *label)
{
    return label[strspn(label, "0123456789")] == '\0';
}

static int label_image(struct path_labels *p, long image, struct error *e)
{
    struct dataset_image *at = &p->b->d->images[image];
    int name, second;
    if (match_name(p->labels, at->path, &name, &second, e) < 0)
        return -1;
    int folder = innermost_folder(p, at->path);
    if (second != LABELS_NONE && folder == LABELS_NONE)
        return two_labels(p, image, name, second, e);
    bool differ = name != LABELS_NONE && folder != LABELS_NONE && name != folder;
    /* In 7/3.png the file's number is most likely a serial one. */
    bool serial = differ && second == LABELS_NONE && is_serial(labels_names(p->labels)[name]);
    bool by_name = name != LABELS_NONE && second == LABELS_NONE && !serial;
    at->class_index = by_name ? name : folder == LABELS_NONE ? DATASET_NO_CLASS : folder;
    if (at->class_index != DATASET_NO_CLASS)
        p->found[by_name ? BY_NAME : BY_FOLDER]++;
    if (second != LABELS_NONE)
        note(&p->two, image, folder, folder == name ? second : name);
    else if (serial)
        note(&p->number, image, folder, name);
    else if (differ)
        note(&p->disagree, image, name, folder);
    return 0;
}

/* -------- where neither finds a label */

/* The path without the folders that all images share: what Darknet's rule may look at. */
static char *own_part(const struct path_labels *p, const char *path)
{
    char *own = memory_copy(path);
    const char *name = file_name(path);
    if (!p->lines)
        memmove(own, name, strlen(name) + 1);
    for (const char *end = name, *start; p->lines && end > path; end = start) {
        int label = match_folder(p->labels, path, end - 1, &start, NULL);
        if (label >= 0 && p->shared[label])
            memset(own + (start - path), '/', (size_t)(end - start));
    }
    return own;
}

/* The only label that the path holds, or LABELS_NONE: none or several. */
static int only_label_within(const struct path_labels *p, const char *path)
{
    char *own = own_part(p, path);
    int found = LABELS_NONE, n = 0;
    for (int i = 0; i < labels_n(p->labels) && n < 2; i++)
        if (labels_names(p->labels)[i][0] && strstr(own, labels_names(p->labels)[i])) {
            found = i;
            n++;
        }
    free(own);
    return n == 1 ? found : LABELS_NONE;
}

/* Whether the rule finds one label in each of the images without a class, or in each of the others the class
 * it has. */
static bool holds(const struct path_labels *p, bool classless, int *found)
{
    const struct dataset *d = p->b->d;
    for (long i = 0; i < d->images_n; i++) {
        int class_index = d->images[i].class_index;
        if ((class_index == DATASET_NO_CLASS) != classless)
            continue;
        found[i] = only_label_within(p, d->images[i].path);
        if (found[i] == LABELS_NONE || (!classless && found[i] != class_index))
            return false;
    }
    return true;
}

/* Darknet takes every label that the path holds as a substring; one and only one makes it a class. */
static void apply_darknet_rule(struct path_labels *p)
{
    struct dataset *d = p->b->d;
    int *found = memory_new((size_t)d->images_n, sizeof *found);
    bool unique = holds(p, true, found) &&
                  holds(p, false, found); /* the likelier to fail first: many labels are slow */
    struct remark told = {0};
    for (long i = 0; i < d->images_n && unique; i++)
        if (d->images[i].class_index == DATASET_NO_CLASS) {
            d->images[i].class_index = found[i];
            note(&told, i, found[i], LABELS_NONE);
        }
    if (told.n)
        build_warn(p->b,
                   "%s: %ld of %ld images are labelled by Darknet's own rule, a label anywhere in the path "
                   "(first: %s is \"%s\")",
                   p->b->path, told.n, d->images_n, d->images[told.first].path,
                   labels_names(p->labels)[told.counted]);
    p->found[BY_DARKNET] = told.n;
    free(found);
}

/* A list of one class: all images are in one folder that is a label, and nothing else says what they are. */
static void take_only_folder(struct path_labels *p)
{
    struct dataset *d = p->b->d;
    int only = LABELS_NONE;
    for (long i = 0; i < d->images_n; i++) {
        const char *path = d->images[i].path, *name = file_name(path), *start;
        int label = name > path ? match_folder(p->labels, path, name - 1, &start, NULL) : LABELS_NONE;
        if (label < 0 || (i && label != only))
            return;
        only = label;
    }
    if (only == LABELS_NONE || splits_known(labels_names(p->labels)[only]))
        return;
    for (long i = 0; i < d->images_n; i++)
        d->images[i].class_index = only;
    p->found[BY_FOLDER] = d->images_n;
    build_warn(p->b,
               "%s: all %ld images are in folders \"%s\", and nothing else is a label: taken as their class",
               p->b->path, d->images_n, labels_names(p->labels)[only]);
}

/* -------- all images */

/* `counts` and `passes`: what the first of the two labels is, and what the other. */
static void tell(const struct path_labels *p, const struct remark *r, const char *what, const char *counts,
                 const char *passes)
{
    if (!r->n)
        return;
    const struct dataset *d = p->b->d;
    const char *const *names = (const char *const *)labels_names(p->labels);
    build_warn(p->b, "%s: %ld of %ld images %s (first: %s, %s \"%s\", %s \"%s\")", p->b->path, r->n,
               d->images_n, what, d->images[r->first].path, counts, names[r->counted], passes,
               names[r->passed]);
}

static void path_labels_tell(struct path_labels *p)
{
    tell(p, &p->disagree, "have one label in the file name and another in a folder: the file name counts",
         "file name", "folder");
    tell(p, &p->number, "have another number in the file name than the folder is named: the folder counts",
         "folder", "file name");
    tell(p, &p->two, "have two labels in the file name: the folder counts", "folder", "file name also");
    for (int i = 0; i < EVIDENCES; i++)
        build_labelled(p->b, evidence_names[i], p->found[i]);
}

int path_labels_find(struct build *b, const struct labels *labels, const long *lines, struct error *e)
{
    struct path_labels p = {.b = b, .labels = labels, .lines = lines};
    int failed = find_shared(&p, e);
    for (long i = 0; i < b->d->images_n && !failed; i++)
        failed = label_image(&p, i, e);
    if (!failed && p.found[BY_NAME] + p.found[BY_FOLDER] < b->d->images_n)
        apply_darknet_rule(&p);
    if (!failed && lines && p.found[BY_NAME] + p.found[BY_FOLDER] + p.found[BY_DARKNET] == 0)
        take_only_folder(&p);
    if (!failed)
        path_labels_tell(&p);
    free(p.shared);
    return failed;
}
