/* Why a cut is or is not worth considering, in sentences: for the detail view. */
#ifndef ISPLIT_PANES_DETAIL_WHY_H
#define ISPLIT_PANES_DETAIL_WHY_H

#include <stdio.h>

struct app;

/* Each writes one paragraph, or nothing. */
void detail_why_candidate(const struct app *a, int position, FILE *out);
void detail_why_sure(const struct app *a, int position, FILE *out);
void detail_why_clean(const struct app *a, int position, FILE *out);
void detail_why_cde(const struct app *a, int position, FILE *out);
void detail_why_size(const struct app *a, int position, FILE *out);

/* What isplit evaluate has measured for it (detail_measured.c), and whether the best candidate by CUI is
 * another cut than the one that leads. */
void detail_why_measured(const struct app *a, int position, FILE *out);

/* Its trapped Fisher energy, where that is measured; and how well each predictor did in a study. */
void detail_why_trapped(const struct app *a, int position, FILE *out);
void detail_why_record(FILE *out);

#endif
