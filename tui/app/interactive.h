/* The interactive program: the loop between the terminal, the worker and the app; or, without a terminal, one
 * frame as text. */
#ifndef ISPLIT_APP_INTERACTIVE_H
#define ISPLIT_APP_INTERACTIVE_H

#include <signal.h>

#include "base/error.h"
#include "cli/exits.h"
#include "cli/options.h"

struct interactive {
    const struct options *options;
    int argc; /* the command line, for the provenance */
    char **argv;
    const volatile sig_atomic_t *signals; /* number of requests to stop */
};

/* How the program ends, and the reason if there is something to report: else `e` is unchanged. */
enum command_exit interactive_run(const struct interactive *i, struct error *e);

/* Frames without a terminal: --dump. */
struct app;
enum command_exit interactive_dump(const struct interactive *i, struct app *a, struct error *e);

/* Says why. Returns the status. */
enum command_exit interactive_fail(struct error *e, enum command_exit status, const struct error *why);

#endif
