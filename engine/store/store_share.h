/* What is remembered of a study that is measured in shares: a text of the front end's for each way in which
 * it was divided, beside its rows. The table is made with the first one; stores of before, and programs of
 * before, do not know it. */
#ifndef ISPLIT_STORE_STORE_SHARE_H
#define ISPLIT_STORE_STORE_SHARE_H

#include "store/sql.h"
#include "store/store.h"

/* The texts of a study. NULL on error, else for store_shares_free; *n of them, 0 where it was never divided.
 */
char **store_shares(struct store *s, int64_t study, int *n, struct error *e);
void store_shares_free(char **shares, int n); /* NULL is passed over */

/* ---- In a transaction of the caller's: 0, or -1 with why ---- */

int share_keep(struct sql *q, int64_t study, const char *text, struct error *e); /* none twice */
int share_remove(struct sql *q, int64_t study, struct error *e);
/* All texts of a study of another store. */
int share_take(struct sql *into, int64_t study, struct sql *from, int64_t from_study, struct error *e);

#endif
