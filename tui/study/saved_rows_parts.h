/* The two kinds of saved rows; nobody else's business. */
#ifndef ISPLIT_STUDY_SAVED_ROWS_PARTS_H
#define ISPLIT_STUDY_SAVED_ROWS_PARTS_H

#include "study/saved_rows.h"

/* Fill the saved rows but for what its steps load. */
int saved_rows_open_store(struct saved_rows *a, long study, struct error *e);
int saved_rows_open_csv(struct saved_rows *a, struct error *e);

int saved_rows_step_store(struct saved_rows *a, int ms, long *done, long *of, struct error *e);
bool saved_rows_store_has_part(struct saved_rows *a, long rows);
struct curve *saved_rows_store_take_part(struct saved_rows *a);
int saved_rows_step_csv(struct saved_rows *a, int ms, long *done, long *of, struct error *e);

void saved_rows_free_store(struct saved_rows *a);
void saved_rows_free_csv(struct saved_rows *a);

#endif
