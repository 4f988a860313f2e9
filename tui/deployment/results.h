/* Files of results beside a study. Numbers that were measured with other weights, or of images that became
 * the network's input in another way, fit into the table just as well: nobody would see it. */
#ifndef ISPLIT_DEPLOYMENT_RESULTS_H
#define ISPLIT_DEPLOYMENT_RESULTS_H

#include "base/text_list.h"
#include "study/study.h"

enum results { RESULTS_CURVE, RESULTS_FEATURES, RESULTS_ACCURACY, RESULTS_KINDS };

/* files[RESULTS_KINDS], each NULL where there is none. Adds a warning for each whose .meta.csv is that of
 * another file, and then not believed; for each whose .meta.csv tells of other weights than the study's, and
 * for each of another preprocessing or other classes than those of the study's rows; where it has none
 * (`rows` false), of another preprocessing than the first file that tells its own. */
void results_warn(const struct study *s, bool rows, const char *const files[RESULTS_KINDS],
                  struct text_list *warnings);

#endif
