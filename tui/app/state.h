/* What is kept from one session to the next, as JSON under the XDG folders: the settings in
 * $XDG_CONFIG_HOME/isplit/settings.json (default ~/.config), and for each network the subsets, the marks and
 * the last view in $XDG_STATE_HOME/isplit/networks/CFG_XXH3.json (default ~/.local/state). Files appear whole
 * or not at all, and every field is checked when they are read: a damaged file is renamed, one of a newer
 * program is left unchanged. Without a home folder nothing is kept, without a message. */
#ifndef ISPLIT_APP_STATE_H
#define ISPLIT_APP_STATE_H

#include "base/error.h"

struct app;
struct settings;

/* 0, also where nothing was kept; -1 with a message, and nothing is changed. */
int state_load_settings(struct settings *s, struct error *e);
int state_save_settings(const struct settings *s, struct error *e);

/* For the study on the screen, once it is ready. Layers and classes that it does not have are skipped;
 * classes given on the command line win over the ones chosen last. */
int state_load_network(struct app *a, struct error *e);
/* Subsets and marks that this program has not changed stay as they are in the file, since another one may
 * have changed them meanwhile. */
int state_save_network(struct app *a, struct error *e);

#endif
