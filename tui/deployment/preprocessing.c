#include "deployment/preprocessing.h"

#include <string.h>

#include "base/text_list.h"
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
