/* The help: every key of the action table, those of the present view first, then the terms (cli/glossary.h).
 */
#ifndef ISPLIT_APP_HELP_H
#define ISPLIT_APP_HELP_H

struct app;

void help_open(struct app *a);

#endif
