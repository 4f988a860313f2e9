/* An app with a study in memory and no worker, for tests of panes and of what keys do.
 *
 * The network is named like VGG: blocks of two convs (block 1, 2) or three, each ended by a pool, with
 * shapes 16x32x32 and on, channels doubling to 128, sides halved by each pool down to 1; after the listed
 * layers stand fc1 and a softmax. 18 listed layers are VGG16's. Every cut is clean.
 *
 * Class c has `images` images "class/img-K.png"; classes 0..25 are called A..Z, the others "class 26", ...,
 * every 7th of those with a long name that is not ASCII. Image k of class c is number c * images + k. The
 * network is wrong on every 5th image: it answers with the class after. The importance at position p of n is
 *
 *     10 ^ (-4.5 + 3 (p + 1) / n + (a pool ? 0.6 : 0)) * (1 + (c + p) % 3 / 4) * (1 + (7 k % 11 - 5) / 50)
 *
 * so pools stand out, classes differ, and images scatter by up to a tenth. */
#ifndef ISPLIT_TESTS_APP_FIXTURE_H
#define ISPLIT_TESTS_APP_FIXTURE_H

#include "app/app.h"

/* All images measured, all classes chosen, the cursor on the first layer, 24x80, state DONE. */
struct app *app_fixture_new(int layers, int classes, long images);

/* The same before the first image; state PAUSED. */
struct app *app_fixture_unmeasured(int layers, int classes, long images);

/* Measures the next `n` images of the order and brings the curve up to date. */
void app_fixture_measure(struct app *a, long n);

/* All measured, as app_fixture_new, with the plan open and something to go back to: what keys are tried on,
 * 40x132. */
struct app *app_fixture_opened(int layers, int classes, long images);

/* Presses the keys of a script (screen/keys.h), each as the loop does; the test fails where it is none. */
void app_fixture_press(struct app *a, const char *script);

void app_fixture_free(struct app *a);

/* What a pane draws, as text; the pane is prepared before. New string. */
char *app_fixture_draw(struct app *a, const struct pane *pane, int rows, int columns, enum glyphs_set glyphs);

/* Draws a pane in areas of less than so many rows and columns, with and without colours for pictures, and
 * clicks into each; it must keep within them. */
void app_fixture_draw_sizes(struct app *a, const struct pane *pane, int rows, int columns);

#endif
