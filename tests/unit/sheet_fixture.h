/* A small network, and a folder to stand in, for CSV files that speak of its layers. */
#ifndef ISPLIT_TESTS_SHEET_FIXTURE_H
#define ISPLIT_TESTS_SHEET_FIXTURE_H

#include "net/net.h"
#include "net/table.h"

extern struct net *sheet_net;
extern struct table *sheet_table;

/* 0 conv1, 1 pool1, 2 fc1 (768, 192 and 12 bytes as f32; 5184, 0 and 144 multiply-adds) and, where `more` has
 * sections of a cfg, what these add. The working folder is then a new one. */
int sheet_begin(const char *more);
int sheet_end(void); /* removes it */

void sheet_put(const char *path, const char *text);

#endif
