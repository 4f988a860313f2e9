/* Plans on disk (--plan-file): the recipe of a plan as JSON. */
#ifndef ISPLIT_WORKER_PLAN_FILE_H
#define ISPLIT_WORKER_PLAN_FILE_H

#include <stdbool.h>

#include "base/error.h"
#include "plan/recipe.h"

/* 0 with *recipe NULL where there is no such file; else *recipe is new, for recipe_free. */
int plan_file_read(const char *path, struct recipe **recipe, struct error *e);
/* Of programs that write at once one wins. 0; 1: another program's file is there (whole), and stays; -1. */
int plan_file_write(const char *path, const struct recipe *recipe, struct error *e);

#endif
