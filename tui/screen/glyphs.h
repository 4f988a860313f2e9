/* Characters by meaning, in three sets: ASCII for every terminal; BLOCK, what a Linux console or an old font
 * has (half blocks, lines); BRAILLE, everything. The tables that commands print have the marks of ASCII. */
#ifndef ISPLIT_SCREEN_GLYPHS_H
#define ISPLIT_SCREEN_GLYPHS_H

enum glyphs_set { GLYPHS_BRAILLE, GLYPHS_BLOCK, GLYPHS_ASCII, GLYPHS_SETS };

enum glyph {
    GLYPH_CANDIDATE,   /* a local maximum */
    GLYPH_BEST,        /* the highest of them */
    GLYPH_RECOMMENDED, /* by a plan; the one after it */
    GLYPH_RUNNER_UP,
    GLYPH_CDE,
    GLYPH_MARK, /* a split the user marked */
    GLYPH_HORIZONTAL,
    GLYPH_VERTICAL,
    GLYPH_TEE_LEFT,     /* an axis with a tick to the left */
    GLYPH_TEE_RIGHT,    /* and to the right */
    GLYPH_CURSOR,       /* points right, at the chosen row */
    GLYPH_UP,           /* sorted ascending; more above */
    GLYPH_DOWN,         /* sorted descending; more below */
    GLYPH_LEFT,         /* more to the left */
    GLYPH_RIGHT,        /* more to the right */
    GLYPH_ON,           /* a class or an item that is chosen */
    GLYPH_OFF,          /* and one that is not */
    GLYPH_RIGHT_ANSWER, /* an image predicted correctly */
    GLYPH_WRONG_ANSWER,
    GLYPH_ELLIPSIS,
    GLYPH_TIMES, /* between dimensions */
    GLYPH_BAR,   /* a full cell of a bar */
    GLYPH_BAR_REST,
    GLYPH_SHADE_1, /* four cells from light to dark */
    GLYPH_SHADE_2,
    GLYPH_SHADE_3,
    GLYPH_SHADE_4,
    GLYPH_UPPER_HALF,
    GLYPH_PIN_1, /* four curves, distinct without colour */
    GLYPH_PIN_2,
    GLYPH_PIN_3,
    GLYPH_PIN_4,
    GLYPH_HEAD, /* the parts of a bar of time */
    GLYPH_LINK,
    GLYPH_TAIL,
    GLYPH_LEVEL_1, /* eight steps of a heat strip, from low to high */
    GLYPH_LEVEL_2,
    GLYPH_LEVEL_3,
    GLYPH_LEVEL_4,
    GLYPH_LEVEL_5,
    GLYPH_LEVEL_6,
    GLYPH_LEVEL_7,
    GLYPH_LEVEL_8,
    GLYPH_MEASURED, /* an accuracy measured after retraining */
    GLYPH_IN_SET,   /* one that cannot be told apart from the best */
    GLYPH_LEADER,   /* the best */
    GLYPH_INTERVAL, /* a row of its interval */
    GLYPHS,
};

/* In UTF-8; one column wide. */
const char *glyphs_text(enum glyphs_set set, enum glyph glyph);

/* The set that the locale and the terminal can show. `term` is $TERM or NULL. */
enum glyphs_set glyphs_choose(const char *term);

extern const char *const glyphs_words[]; /* "braille", "block", "ascii", NULL */

#endif
