/* How images became the network's input, in files of results: by the numbers alone nobody would see that two
 * of them did it in different ways. */
#ifndef ISPLIT_DEPLOYMENT_PREPROCESSING_H
#define ISPLIT_DEPLOYMENT_PREPROCESSING_H

#include "base/text_list.h"
#include "csv/provenance.h"
#include "curve/run_options.h"

/* Keys and values, as FILE.meta.csv has them. For provenance_free. */
struct provenance *preprocessing_of(const struct run_options *run);

/* In what two of them differ, by key and value, as "fit letterbox, scale 255" and "fit crop, scale 1": new
 * strings. False, and none, where both agree. What one of them does not tell, or NULL, is no difference. */
bool preprocessing_differs(const struct provenance *a, const struct provenance *b, char **of_a, char **of_b);

/* A file of results; `path` NULL: not given. `what` it has, as "the features were". */
struct preprocessed {
    const char *path, *what;
};

/* A warning for each file of another preprocessing than that of `own`, the rows at hand; where there are none
 * (NULL), than that of the first file whose .meta.csv tells it. Added to `warnings`. */
void preprocessing_compare(const struct run_options *own, const struct preprocessed *files, int n,
                           struct text_list *warnings);

#endif
