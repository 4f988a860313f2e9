/* The tables of a store, and whose file it is. */
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

/* Creates the tables in an empty file (also if another program is doing so). Where they exist no lock is
 * needed. */
int schema_make(struct sql *q, struct error *e);

/* Page size of a new file, in bytes. Rows of 500 layers fit into a quarter of it and so need no overflow
 * page. */
#define SCHEMA_PAGE "8192"

#endif
