/* The plan's values under names ("BLE camera", "LTE"), kept from one session to the next; and what was
 * changed of the values that the command line gives. */
#ifndef ISPLIT_APP_SCENARIOS_H
#define ISPLIT_APP_SCENARIOS_H

#include "wire/fields.h"
#include "panes/action.h"

struct app;
struct scenarios;

struct scenarios *scenarios_new(void);
void scenarios_free(struct scenarios *s);

/* The plan has just been opened: its values are those of the command line, and no scenario is known. */
void scenarios_open(struct app *a);

/* Asks for a name, and saves the values under it (ACTION_SAVE_SCENARIO), takes those of that name, or shows
 * them beside the present ones (ACTION_BESIDE). */
void scenarios_ask(struct app *a, enum action action);

/* In the state file: all scenarios, and the changes. The objects are new. */
json_t *scenarios_object(const struct app *a);
json_t *scenarios_changes_object(const struct app *a);

/* Reads them; a file of an older program has neither. A change is made again where the command line gives
 * what it gave then. The fields are checked before anything is used. */
void scenarios_check(struct fields *f);
void scenarios_read(struct app *a, const json_t *state);

#endif
