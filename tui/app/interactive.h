/* The interactive program: the loop between the terminal, the worker and the app; or, without a terminal, one
 * frame as text. */
#ifndef ISPLIT_APP_INTERACTIVE_H
#define ISPLIT_APP_INTERACTIVE_H

#include <signal.h>

#include "base/error.h"
#include "base/text_list.h"
#include "cli/exits.h"
#include "cli/options.h"

/* How the program ends, and where that is worth a word, why: `e` is as it was where it is not.
 * *signals: how many asked to stop. `unkept` gets a warning for each
 * thing that could not be kept at the end, when the screen can tell no more. */
enum command_exit interactive_run(const struct options *o, const volatile sig_atomic_t *signals,
                                  struct text_list *unkept, struct error *e);

/* Frames without a terminal: --dump. */
struct app;
enum command_exit interactive_dump(struct app *a, const volatile sig_atomic_t *signals, struct error *e);

/* Says why. Returns the status. */
enum command_exit interactive_fail(struct error *e, enum command_exit status, const struct error *why);

#endif
