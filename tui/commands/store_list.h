/* The studies of a store as a table for people. */
#ifndef ISPLIT_COMMANDS_STORE_LIST_H
#define ISPLIT_COMMANDS_STORE_LIST_H

#include <stdio.h>

#include "store/store_study.h"

/* Aligned columns; report/report_store.h writes CSV. */
void store_list_table(FILE *out, const struct store_study *studies, int n);

#endif
