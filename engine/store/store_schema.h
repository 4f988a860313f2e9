/* The tables of a store, and whose a file is. */
#ifndef ISPLIT_STORE_STORE_SCHEMA_H
#define ISPLIT_STORE_STORE_SCHEMA_H

#include "store/sql.h"

enum schema_owner {
    SCHEMA_NOBODY, /* no tables yet */
    SCHEMA_OURS,
    SCHEMA_LATER,   /* of a later version of the program */
    SCHEMA_FOREIGN, /* another program's database */
};

/* -1 where the file cannot be read; q->code says more. */
int schema_owner(struct sql *q, enum schema_owner *owner, struct error *e);

/* Makes the tables where nobody's are there (also if another program is at it). Where they are there no lock
 * is needed. */
int schema_make(struct sql *q, struct error *e);

/* Bytes of a page, for a file that is new. Rows of 500 layers fit into a quarter of it and so need no page of
 * their own. */
#define SCHEMA_PAGE "8192"

#endif
