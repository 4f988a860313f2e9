/* The dialog of the plan's values: a list of all of them, each to be typed or stepped. */
#ifndef ISPLIT_APP_VALUES_H
#define ISPLIT_APP_VALUES_H

#include <stdbool.h>

#include "base/error.h"
#include "panes/action.h"

struct app;

void values_open(struct app *a);

/* Asks for a line of them: values_line.c. */
void values_ask(struct app *a, enum action action);

/* The values as texts that can be kept: how many there are, their names, one of them (new string), and back.
 * -1: the text is none of that value, which stays as it is. */
int values_n(void);

/* The value as the dialog shows it. New string. */
char *values_shown(const struct app *a, int value);

const char *values_name(int value);
bool values_is_setting(int value);    /* kept with the settings */
bool values_is_limit(int value);      /* at most or at least so much of the metric of that name */
const char *values_metric(int value); /* that metric's word; NULL: the value is no limit */
char *values_save(const struct app *a, int value);
int values_restore(struct app *a, int value, const char *text, struct error *e);

#endif
