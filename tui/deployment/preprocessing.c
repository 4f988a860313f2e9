#include "deployment/preprocessing.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report/curve_meta.h"

static const char *const preprocessing_keys[] = {"fit", "scale", "mean", "std", "bgr", "exif", "bn_epsilon"};

struct provenance *preprocessing_of(const struct run_options *run)
{
    struct provenance *p = provenance_new();
    curve_meta_describe_pixels(&run->pixels, p);
    curve_meta_describe_epsilon(run->bn_epsilon, p);
    return p;
}

/* `exif` stands only where images were turned. */
static const char *preprocessing_find(const struct provenance *p, const char *key)
{
    const char *value = provenance_find(p, key);
    return !value && strcmp(key, "exif") == 0 && provenance_find(p, "fit") ? "0" : value;
}

bool preprocessing_differs(const struct provenance *a, const struct provenance *b, char **of_a, char **of_b)
{
    *of_a = *of_b = NULL;
    for (size_t i = 0; i < sizeof preprocessing_keys / sizeof *preprocessing_keys; i++) {
        const char *key = preprocessing_keys[i];
        const char *one = preprocessing_find(a, key), *other = preprocessing_find(b, key);
        if (!one || !other || strcmp(one, other) == 0)
            continue;
        text_list_append(of_a, "%s %s", key, one);
        text_list_append(of_b, "%s %s", key, other);
    }
    return *of_a != NULL;
}

/* NULL: the file has no provenance, as one by hand, or one that does not tell. */
static struct provenance *preprocessing_read(const char *file)
{
    struct provenance *p = provenance_of(file);
    if (provenance_find(p, "fit"))
        return p;
    provenance_free(p);
    return NULL;
}

void preprocessing_compare(const struct run_options *own, const struct preprocessed *files, int n,
                           struct text_list *warnings)
{
    struct provenance *first = own ? preprocessing_of(own) : NULL;
    const char *of_first = own ? "the importance" : NULL;
    for (int i = 0; i < n; i++) {
        struct provenance *p = files[i].path ? preprocessing_read(files[i].path) : NULL;
        char *there, *here;
        if (!first) {
            first = p;
            of_first = files[i].path;
            continue;
        }
        if (preprocessing_differs(p, first, &there, &here))
            text_list_add(warnings, memory_format("%s: %s measured with %s, but %s with %s", files[i].path,
                                                  files[i].what, there, of_first, here));
        free(there);
        free(here);
        provenance_free(p);
    }
    provenance_free(first);
}
