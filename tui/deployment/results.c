#include "deployment/results.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "deployment/preprocessing.h"

static const char *const results_words[RESULTS_KINDS] = {
    [RESULTS_CURVE] = "the curve was",
    [RESULTS_FEATURES] = "the features were",
    [RESULTS_ACCURACY] = "the accuracy was",
};

static void results_warn_of_weights(const struct study *s, const struct provenance *p, const char *file,
                                    const char *words, struct text_list *warnings)
{
    const char *weights = provenance_find(p, "weights_xxh3");
    if (weights && *weights && *s->weights_xxh3 && strcmp(weights, s->weights_xxh3) != 0)
        text_list_add(warnings, memory_format("%s: %s measured with other weights than %s", file, words,
                                              s->inputs.weights ? s->inputs.weights : "these"));
}

static void results_warn_of_preprocessing(const struct provenance *p, const char *file, const char *words,
                                          const struct provenance *first, const char *of_first,
                                          struct text_list *warnings)
{
    char *there, *here;
    if (preprocessing_differs(p, first, &there, &here))
        text_list_add(warnings, memory_format("%s: %s measured with %s, but %s with %s", file, words, there,
                                              of_first, here));
    free(there);
    free(here);
}

/* Of those that the data set has; true also where nobody can tell. */
static bool results_same_classes(const struct study *s, const char *there, const char *here)
{
    struct error unwanted;
    bool same = true;
    bool *one = study_classes_of(s, there, &unwanted), *other = study_classes_of(s, here, &unwanted);
    for (int i = 0; i < s->dataset->classes_n && one && other; i++) {
        int class_index = s->dataset->classes[i].index;
        same = same && (class_index >= s->table->classes || one[class_index] == other[class_index]);
    }
    free(one);
    free(other);
    return same;
}

static char *results_classes(const char *expression)
{
    return expression ? memory_format("the classes '%s'", expression) : memory_copy("all classes");
}

/* The curve is not looked at: it may be of several subsets, one of which was chosen. */
static void results_warn_of_classes(const struct study *s, const struct provenance *p, const char *file,
                                    const char *words, struct text_list *warnings)
{
    const char *told = provenance_find(p, "classes"), *there = told && *told ? told : NULL;
    const char *here = s->options.input.classes;
    if (!told || results_same_classes(s, there, here))
        return;
    char *one = results_classes(there), *other = results_classes(here);
    text_list_add(warnings,
                  memory_format("%s: %s measured on %s, but the importance on %s", file, words, one, other));
    free(one);
    free(other);
}

void results_warn(const struct study *s, bool rows, const char *const files[RESULTS_KINDS],
                  struct text_list *warnings)
{
    const struct run_options run = study_run_options(s);
    struct provenance *first = rows ? preprocessing_of(&run) : NULL;
    const char *of_first = "the importance";
    for (int k = 0; k < RESULTS_KINDS; k++) {
        struct error why = {""};
        struct provenance *p = files[k] ? provenance_own(files[k], &why) : NULL;
        if (*why.text)
            text_list_add(warnings, memory_copy(why.text));
        if (p)
            results_warn_of_weights(s, p, files[k], results_words[k], warnings);
        if (p && rows && k != RESULTS_CURVE)
            results_warn_of_classes(s, p, files[k], results_words[k], warnings);
        if (p && first)
            results_warn_of_preprocessing(p, files[k], results_words[k], first, of_first, warnings);
        if (!first && provenance_find(p, "fit")) { /* else it does not tell: one by hand, as it were */
            first = p;
            of_first = files[k];
        } else {
            provenance_free(p);
        }
    }
    provenance_free(first);
}
