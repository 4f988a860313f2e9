/* How images became the network's input, as files of results tell it. */
#ifndef ISPLIT_DEPLOYMENT_PREPROCESSING_H
#define ISPLIT_DEPLOYMENT_PREPROCESSING_H

#include "csv/provenance.h"
#include "curve/run_options.h"

/* Keys and values, as FILE.meta.csv has them. For provenance_free. */
struct provenance *preprocessing_of(const struct run_options *run);

/* In what two of them differ, by key and value, as "fit letterbox, scale 255" and "fit crop, scale 1": new
 * strings. False, and none, where both agree. What one of them does not tell, or NULL, is no difference. */
bool preprocessing_differs(const struct provenance *a, const struct provenance *b, char **of_a, char **of_b);

#endif
