#include "study/saved_subsets.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "study/state_file.h"

/* Zeroed: none. */
struct saved_subsets {
    struct subset_saved *subsets;
    int n;
};

/* Fields that are no texts are the screen's to complain of: it checks the whole file. */
static void saved_subsets_take(struct saved_subsets *s, const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *one = json_array_get(array, i);
        const char *name = json_string_value(json_object_get(one, "name"));
        const char *classes = json_string_value(json_object_get(one, "classes"));
        if (!name || !classes)
            continue;
        s->subsets = memory_grow(s->subsets, (size_t)s->n + 1, sizeof *s->subsets);
        s->subsets[s->n++] =
            (struct subset_saved){.name = memory_copy(name), .expression = memory_copy(classes)};
    }
}

/* Takes the object, which may be NULL. */
static void saved_subsets_load(struct saved_subsets *s, json_t *object)
{
    if (object)
        saved_subsets_take(s, json_object_get(object, "subsets"));
    json_decref(object);
}

/* 0, also where none were saved, or there is no home folder. */
static int saved_subsets_read(struct saved_subsets *s, const char *cfg_xxh3, struct error *e)
{
    char *path = state_file_of_network(cfg_xxh3);
    json_t *object = NULL;
    *s = (struct saved_subsets){0};
    int status = path ? state_file_read(path, "state", &object, e) : 0;
    saved_subsets_load(s, object);
    free(path);
    return status;
}

static void saved_subsets_free(struct saved_subsets *s)
{
    for (int i = 0; i < s->n; i++) {
        free(s->subsets[i].name);
        free(s->subsets[i].expression);
    }
    free(s->subsets);
    *s = (struct saved_subsets){0};
}

struct subset *saved_subsets_list(const char *expression, struct subset_names names, const char *cfg_xxh3,
                                  int *n, struct error *e)
{
    struct saved_subsets saved = {0};
    struct subset *subsets = NULL;
    if (!strchr(expression, '@') || saved_subsets_read(&saved, cfg_xxh3, e) == 0) {
        names.saved = saved.subsets;
        names.saved_n = saved.n;
        subsets = subset_list(expression, &names, n, e);
    }
    saved_subsets_free(&saved);
    return subsets;
}

bool *saved_subsets_parse(const char *expression, struct subset_names names, const char *cfg_xxh3,
                          struct error *e)
{
    int n;
    bool *chosen = NULL;
    struct subset *subsets = saved_subsets_list(expression, names, cfg_xxh3, &n, e);
    if (!subsets)
        return NULL;
    if (n > 1) {
        char *shown = text_escape(expression);
        error_set(e, "'%.200s' are %d subsets (expected one; isplit curve and the screen's : take several)",
                  shown, n);
        free(shown);
    } else {
        chosen = subsets[0].chosen;
        subsets[0].chosen = NULL;
    }
    subset_free(subsets, n);
    return chosen;
}

void saved_subsets_print(FILE *out)
{
    struct saved_subsets saved = {0};
    char *folder = state_file_of_network("");
    char *end = folder ? strrchr(folder, '/') : NULL;
    if (end)
        *end = '\0';
    DIR *dir = folder ? opendir(folder) : NULL;
    for (const struct dirent *entry; dir && (entry = readdir(dir));) {
        size_t length = strlen(entry->d_name);
        char *path = memory_format("%s/%s", folder, entry->d_name);
        if (length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0)
            saved_subsets_load(&saved, state_file_look(path, "state"));
        free(path);
    }
    if (dir)
        closedir(dir);
    for (int i = 0; i < saved.n; i++) {
        char *shown = text_printable(saved.subsets[i].name);
        fprintf(out, "%s\n", shown);
        free(shown);
    }
    saved_subsets_free(&saved);
    free(folder);
}
