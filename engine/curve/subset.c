#include "curve/subset.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#define FILE_LIMIT ((size_t)64 << 20)
#define DEPTH_LIMIT 8 /* files that name files */

struct reader {
    const struct subset_names *names;
    bool *chosen;
    bool started; /* a term was applied: from now on ! only removes */
    int depth;
    char *barren; /* the last class file after which no class was left, or NULL */
};

static int take_term(struct reader *r, char *term, struct error *e);

/* The term without its backslashes, taken literally. */
static char *subset_plain(const char *term)
{
    char *out = memory_copy(term);
    char *o = out;
    for (const char *p = term; *p; p++) {
        if (*p == '\\' && p[1])
            p++;
        *o++ = *p;
    }
    *o = '\0';
    return out;
}

/* An index, or a range of them: 1 where the text has that form. */
static int as_range(const char *text, long *first, long *last)
{
    size_t n = strspn(text, "0123456789");
    if (n == 0 || n > 9)
        return 0;
    *first = *last = strtol(text, NULL, 10);
    if (text[n] == '\0')
        return 1;
    const char *second = text + n + 1;
    size_t m = strspn(second, "0123456789");
    if (text[n] != '-' || m == 0 || m > 9 || second[m])
        return 0;
    *last = strtol(second, NULL, 10);
    return 1;
}

static int set_names(struct reader *r, const char *text, bool value)
{
    int hits = 0;
    for (int i = 0; i < r->names->classes_n; i++) {
        const struct dataset_class *c = &r->names->classes[i];
        if (strcmp(c->name, text) == 0 || (c->folder && strcmp(c->folder, text) == 0)) {
            r->chosen[c->index] = value;
            hits++;
        }
    }
    return hits;
}

/* The index of a class of that name, or -1. */
static int subset_index(const struct subset_names *names, const char *text)
{
    for (int i = 0; i < names->classes_n; i++) {
        const struct dataset_class *c = &names->classes[i];
        if (strcmp(c->name, text) == 0 || (c->folder && strcmp(c->folder, text) == 0))
            return c->index;
    }
    return -1;
}

/* Two names with a hyphen between them, at whichever hyphen that is so: 1 where the text has that form. */
static int as_name_range(const struct subset_names *names, const char *text, long *first, long *last)
{
    for (const char *hyphen = strchr(text, '-'); hyphen; hyphen = strchr(hyphen + 1, '-')) {
        char *copy = memory_copy_n(text, (size_t)(hyphen - text)), *rest = memory_copy(hyphen + 1);
        *first = subset_index(names, text_trim(copy));
        *last = subset_index(names, text_trim(rest));
        free(copy);
        free(rest);
        if (*first >= 0 && *last >= 0)
            return 1;
    }
    return 0;
}

static int set_glob(struct reader *r, const char *pattern, bool value)
{
    int hits = 0;
    for (int i = 0; i < r->names->classes_n; i++) {
        const struct dataset_class *c = &r->names->classes[i];
        if (fnmatch(pattern, c->name, 0) == 0 || (c->folder && fnmatch(pattern, c->folder, 0) == 0)) {
            r->chosen[c->index] = value;
            hits++;
        }
    }
    return hits;
}

static int set_range(struct reader *r, const char *text, long first, long last, bool value, struct error *e)
{
    if (first > last)
        return error_set(e, "class range %s runs backwards", text);
    if (last >= r->names->outputs)
        return error_set(e, "no class %ld (expected an index from 0 to %d)", last, r->names->outputs - 1);
    for (long i = first; i <= last; i++)
        r->chosen[i] = value;
    return 0;
}

static int subset_unknown(const struct reader *r, const char *text, struct error *e)
{
    const struct subset_names *names = r->names;
    const char **words = memory_new((size_t)names->classes_n + 1, sizeof(const char *[2]));
    int n = 0;
    for (int i = 0; i < names->classes_n; i++) {
        words[n++] = names->classes[i].name;
        if (names->classes[i].folder)
            words[n++] = names->classes[i].folder;
    }
    const char *nearest = text_nearest(text, words);
    char *shown = text_escape(text);
    if (nearest) {
        char *escaped = text_escape(nearest);
        error_set(e, "unknown class '%s' (nearest: '%s')", shown, escaped);
        free(escaped);
    } else {
        error_set(e, "unknown class '%s' (expected a name, a glob, or an index from 0 to %d)", shown,
                  names->outputs - 1);
    }
    free(shown);
    free(words);
    return -1;
}

/* The text within quotes that stand around the whole of it, or NULL. */
static char *quoted(const char *text)
{
    size_t n = strlen(text);
    bool around = n > 2 && (text[0] == '"' || text[0] == '\'') && text[n - 1] == text[0];
    return around ? memory_copy_n(text + 1, n - 2) : NULL;
}

static int subset_take_classes(struct reader *r, const char *term, bool value, struct error *e)
{
    char *text = subset_plain(term), *inner = quoted(term);
    long first, last;
    int status = 0;
    if (set_names(r, text, value) > 0 || (inner && set_names(r, inner, value) > 0))
        status = 0;
    else if (inner)
        status = subset_unknown(r, inner, e);
    else if (as_range(text, &first, &last))
        status = set_range(r, text, first, last, value, e);
    else if (set_glob(r, term, value) > 0)
        status = 0;
    else if (as_name_range(r->names, text, &first, &last))
        status = set_range(r, text, first, last, value, e);
    else
        status = subset_unknown(r, text, e);
    free(inner);
    free(text);
    return status;
}

/* Every line of the text that is neither blank nor a comment. */
static int each_line(char *text, const char *path, int (*take)(void *, char *, struct error *), void *data,
                     struct error *e)
{
    text = text_after_mark(text);
    long number = 1;
    for (char *next; text; text = next, number++) {
        next = strchr(text, '\n');
        if (next)
            *next++ = '\0';
        char *line = text_trim(text);
        struct error inner;
        if (*line && *line != '#' && take(data, line, &inner) < 0)
            return error_at(e, path, number, "%s", inner.text);
    }
    return 0;
}

static char *subset_read_text(const char *path, struct error *e)
{
    size_t length = 0;
    char *text = file_read(path, FILE_LIMIT, &length, e);
    if (text && strlen(text) != length) {
        error_at(e, path, 0, "holds a NUL byte (expected text)");
        free(text);
        return NULL;
    }
    return text;
}

static int subset_take_line(void *reader, char *line, struct error *e)
{
    return take_term(reader, line, e);
}

static int subset_take_all(struct reader *r, char *text, struct error *e);

static int subset_take_saved(struct reader *r, const struct subset_saved *saved, struct error *e)
{
    struct error inner;
    char *copy = memory_copy(saved->expression), *shown = text_escape(saved->name);
    r->depth++;
    int status =
        r->depth > DEPTH_LIMIT ? error_set(&inner, "names itself") : subset_take_all(r, copy, &inner);
    r->depth--;
    if (status < 0)
        error_set(e, "saved subset '%s': %s", shown, inner.text);
    free(shown);
    free(copy);
    return status;
}

/* Neither a file nor saved: the saved names are known, files are not. */
static int subset_unsaved(const struct reader *r, const char *name, struct error *e)
{
    const char **words = memory_new((size_t)r->names->saved_n + 1, sizeof *words);
    for (int i = 0; i < r->names->saved_n; i++)
        words[i] = r->names->saved[i].name;
    const char *nearest = text_nearest(name, words);
    char *shown = text_escape(name), *escaped = text_escape(nearest ? nearest : words[0]);
    error_set(e, "'@%s': no file and no saved subset has this name (%s: '%s')", shown,
              nearest ? "nearest" : "saved", escaped);
    free(escaped);
    free(shown);
    free(words);
    return -1;
}

/* A file of the same name comes first. 1: it is one. */
static int subset_try_saved(struct reader *r, const char *name, struct error *e)
{
    if (r->names->saved_n == 0 || access(name, F_OK) == 0)
        return 1;
    for (int i = 0; i < r->names->saved_n; i++)
        if (strcmp(r->names->saved[i].name, name) == 0)
            return subset_take_saved(r, &r->names->saved[i], e);
    return subset_unsaved(r, name, e);
}

static int subset_take_file(struct reader *r, const char *name, struct error *e)
{
    char *path = subset_plain(name);
    int status = subset_try_saved(r, path, e);
    if (status < 1) {
        free(path);
        return status;
    }
    if (r->depth >= DEPTH_LIMIT) {
        status = error_at(e, path, 0, "class files name each other more than %d deep", DEPTH_LIMIT);
    } else {
        char *text = subset_read_text(path, e);
        r->depth++;
        status = text ? each_line(text, path, subset_take_line, r, e) : -1;
        r->depth--;
        free(text);
    }
    free(path);
    return status;
}

/* !@FILE removes the set that the file describes on its own. */
static int take_away_file(struct reader *r, const char *name, struct error *e)
{
    int outputs = r->names->outputs;
    struct reader inner = {.names = r->names, .depth = r->depth};
    inner.chosen = memory_new((size_t)outputs, sizeof *inner.chosen);
    int status = subset_take_file(&inner, name, e);
    for (int i = 0; i < outputs && status == 0; i++)
        r->chosen[i] = r->chosen[i] && !inner.chosen[i];
    free(inner.chosen);
    free(inner.barren);
    return status;
}

static bool has_classes(const struct reader *r)
{
    return memchr(r->chosen, true, (size_t)r->names->outputs * sizeof *r->chosen) != NULL;
}

/* Remembers a file that leaves no class, for the error where none comes after it. */
static int blame_file(struct reader *r, const char *name, int status)
{
    if (status == 0 && !has_classes(r)) {
        free(r->barren);
        r->barren = subset_plain(name);
    }
    return status;
}

static int take_term(struct reader *r, char *term, struct error *e)
{
    if (term[0] == '@')
        return blame_file(r, term + 1, subset_take_file(r, term + 1, e));
    bool value = term[0] != '!';
    if (!value && !r->started)
        memset(r->chosen, true, (size_t)r->names->outputs * sizeof *r->chosen);
    r->started = true;
    if (value)
        return subset_take_classes(r, term, true, e);
    term = text_trim(term + 1);
    if (*term == '\0')
        return error_set(e, "'!' without a class");
    return term[0] == '@' ? blame_file(r, term + 1, take_away_file(r, term + 1, e))
                          : subset_take_classes(r, term, false, e);
}

static bool is_class(const struct subset_names *names, const char *text)
{
    return subset_index(names, text) >= 0;
}

/* The comma (or the end) after the longest class name that the text begins with and that itself holds a
 * comma, as in "tench, Tinca tinca"; NULL where there is none. */
static char *after_whole_name(const struct subset_names *names, char *text)
{
    text += strspn(text, " \t!");
    const char *comma = strchr(text, ',');
    for (char *end = text + strlen(text); comma && end > comma;) {
        char *copy = memory_copy_n(text, (size_t)(end - text));
        bool whole = is_class(names, text_trim(copy));
        free(copy);
        if (whole)
            return end;
        while (*--end != ',')
            ;
    }
    return NULL;
}

/* The first of `ends` (or the end) after the term: not one after a backslash, nor one in quotes that are
 * closed before such a character or the end. */
static char *after_term(char *text, const char *ends)
{
    char *p = text + strspn(text, " \t!");
    if (*p == '"' || *p == '\'')
        for (char *close = strchr(p + 1, *p); close; close = strchr(close + 1, *p)) {
            char *end = close + 1 + strspn(close + 1, " \t");
            if (strchr(ends, *end)) /* the end is in every string */
                return end;
        }
    while (*p && !strchr(ends, *p))
        p += *p == '\\' && p[1] ? 2 : 1;
    return p;
}

/* Cuts the next term off. */
static char *next_term(const struct subset_names *names, char **rest)
{
    char *term = *rest, *end = after_whole_name(names, term);
    if (!end)
        end = after_term(term, ",");
    *rest = *end ? end + 1 : NULL;
    *end = '\0';
    return text_trim(term);
}

/* Every term of an expression, which is cut up. */
static int subset_take_all(struct reader *r, char *text, struct error *e)
{
    int status = 0;
    for (char *rest = text; rest && status == 0;) {
        char *term = next_term(r->names, &rest);
        status = *term ? take_term(r, term, e) : error_set(e, "an empty term in the list of classes");
    }
    return status;
}

bool *subset_parse(const char *expression, const struct subset_names *names, struct error *e)
{
    struct reader r = {.names = names};
    r.chosen = memory_new((size_t)names->outputs, sizeof *r.chosen);
    char *copy = memory_copy(expression);
    int status = subset_take_all(&r, copy, e);
    free(copy);
    if (status == 0 && !has_classes(&r))
        status = r.barren ? error_at(e, r.barren, 0, "the list of classes leaves none")
                          : error_set(e, "the list of classes leaves none");
    free(r.barren);
    if (status == 0)
        return r.chosen;
    free(r.chosen);
    return NULL;
}

/* The bar (or the end) after this side of an expression. A class whose name holds a bar comes first. */
static char *after_side(const struct subset_names *names, char *text)
{
    for (char *p = text;; p++) {
        char *end = after_whole_name(names, p);
        char *copy = memory_copy_n(p, (size_t)(after_term(p, ",") - p));
        bool whole = is_class(names, text_trim(copy));
        p = end ? end : after_term(p, whole ? "," : ",|");
        free(copy);
        if (*p != ',')
            return p;
    }
}

/* The classes that none of the n sides has. */
static bool *subset_others(bool *const sides[], int n, int outputs, struct error *e)
{
    bool *others = memory_new((size_t)outputs, sizeof *others);
    bool any = false;
    for (int i = 0; i < outputs; i++) {
        others[i] = true;
        for (int s = 0; s < n; s++)
            others[i] = others[i] && !sides[s][i];
        any = any || others[i];
    }
    if (any)
        return others;
    free(others);
    error_set(e, "there are no other classes to compare with");
    return NULL;
}

/* The next side of *rest, which then begins behind its bar; NULL: that was the last one. */
static char *next_side(const struct subset_names *names, char **rest)
{
    char *side = *rest, *end = after_side(names, side);
    *rest = *end ? end + 1 : NULL;
    *end = '\0';
    return side;
}

int subset_sides(const char *expression, const struct subset_names *names, bool *sides[SUBSET_SIDES],
                 struct error *e)
{
    char *copy = memory_copy(expression), *rest = copy;
    int n = 0, status = 0;
    while (rest && status == 0) {
        char *side = next_side(names, &rest);
        bool others = n > 0 && !rest && !*text_trim(side);
        if (n == SUBSET_SIDES)
            status = error_set(e, "more than %d subsets beside each other", SUBSET_SIDES);
        else if (!(sides[n] =
                       others ? subset_others(sides, n, names->outputs, e) : subset_parse(side, names, e)))
            status = -1;
        else
            n++;
    }
    for (int i = 0; i < n && status < 0; i++)
        free(sides[i]);
    free(copy);
    return status < 0 ? -1 : n;
}

static bool subset_is_named(const struct subset *subsets, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(subsets[i].name, name) == 0)
            return true;
    return false;
}

struct subset *subset_list(const char *expression, const struct subset_names *names, int *n, struct error *e)
{
    bool *sides[SUBSET_SIDES];
    int found = subset_sides(expression, names, sides, e);
    *n = 0;
    if (found < 0)
        return NULL;
    struct subset *subsets = memory_new((size_t)found, sizeof *subsets);
    char *copy = memory_copy(expression), *rest = copy;
    int status = 0;
    for (int i = 0; i < found; i++) {
        const char *side = text_trim(next_side(names, &rest)), *name = *side ? side : "others";
        if (subset_is_named(subsets, i, name)) {
            char *shown = text_escape(name);
            status = error_set(e, "the subset '%s' occurs twice", shown);
            free(shown);
        }
        subsets[i] = (struct subset){memory_copy(name), sides[i]};
    }
    free(copy);
    *n = status == 0 ? found : 0;
    if (status == 0)
        return subsets;
    subset_free(subsets, found);
    return NULL;
}

struct list {
    const struct subset_names *names;
    struct subset *subsets;
    int n;
};

static int take_subset(void *data, char *line, struct error *e)
{
    struct list *list = data;
    char *equals = strchr(line, '=');
    if (!equals)
        return error_set(e, "no '=' (expected NAME = CLASSES)");
    *equals = '\0';
    char *name = text_trim(line);
    if (*name == '\0')
        return error_set(e, "a subset without a name (expected NAME = CLASSES)");
    for (int i = 0; i < list->n; i++) {
        if (strcmp(list->subsets[i].name, name) == 0) {
            char *shown = text_escape(name);
            error_set(e, "subset '%s' was already defined", shown);
            free(shown);
            return -1;
        }
    }
    bool *chosen = subset_parse(equals + 1, list->names, e);
    if (!chosen)
        return -1;
    list->subsets = memory_grow(list->subsets, (size_t)list->n + 1, sizeof *list->subsets);
    list->subsets[list->n++] = (struct subset){.name = memory_copy(name), .chosen = chosen};
    return 0;
}

struct subset *subset_read(const char *path, const struct subset_names *names, int *n, struct error *e)
{
    char *text = subset_read_text(path, e);
    if (!text)
        return NULL;
    struct list list = {.names = names};
    int status = each_line(text, path, take_subset, &list, e);
    free(text);
    if (status == 0 && list.n == 0)
        status = error_at(e, path, 0, "defines no subset (expected NAME = CLASSES, a line each)");
    if (status < 0) {
        subset_free(list.subsets, list.n);
        return NULL;
    }
    *n = list.n;
    return list.subsets;
}

void subset_free(struct subset *subsets, int n)
{
    for (int i = 0; i < n; i++) {
        free(subsets[i].name);
        free(subsets[i].chosen);
    }
    free(subsets);
}
