/* Colours by role. A theme is a table; nothing depends on colour alone, so `mono` loses nothing. */
#ifndef ISPLIT_SCREEN_THEME_H
#define ISPLIT_SCREEN_THEME_H

#include <stdbool.h>

enum role {
    ROLE_TEXT,
    ROLE_DIM,   /* axes, units, hints */
    ROLE_TITLE, /* names of panes and columns */
    ROLE_BAR,   /* the header and the footer */
    ROLE_KEY,   /* keys in the footer and the help */
    ROLE_WARNING,
    ROLE_ERROR,
    ROLE_GOOD,     /* right answers, things done */
    ROLE_SELECTED, /* the row or column under the cursor, in the focused pane */
    ROLE_CHOSEN,   /* the same in a pane without focus */
    ROLE_MATCH,    /* what a search found */
    ROLE_CURVE,
    ROLE_BAND, /* the curve's interval */
    ROLE_CANDIDATE,
    ROLE_BEST,
    ROLE_MARK,
    ROLE_BYTES, /* bars of bytes sent */
    ROLE_CDE,
    ROLE_PROGRESS,
    ROLE_MEASURED, /* accuracies */
    ROLE_LEADER,
    ROLE_PIN_1, /* compared curves */
    ROLE_PIN_2,
    ROLE_PIN_3,
    ROLE_PIN_4,
    ROLE_HEAT_1, /* eight steps of a heat strip, from low to high */
    ROLE_HEAT_2,
    ROLE_HEAT_3,
    ROLE_HEAT_4,
    ROLE_HEAT_5,
    ROLE_HEAT_6,
    ROLE_HEAT_7,
    ROLE_HEAT_8,
    ROLES,
};

enum theme { THEME_DARK, THEME_LIGHT, THEME_MONO, THEMES };

extern const char *const theme_words[]; /* "dark", "light", "mono", NULL */

/* Numbers of the 256-colour palette and of the 8 basic colours; -1: the terminal's own. */
struct theme_style {
    short fg, bg;
    short fg8, bg8;
    bool bold, dim, underline, reverse;
};

const struct theme_style *theme_style(enum theme theme, enum role role);

#endif
