/* The terminal, through ncurses: shows a canvas, reads keys and the mouse, and is restored however the
 * program ends (crashes included). One at a time. */
#ifndef ISPLIT_SCREEN_TERMINAL_H
#define ISPLIT_SCREEN_TERMINAL_H

#include <stdbool.h>

#include "base/error.h"
#include "screen/answers.h"
#include "screen/canvas.h"
#include "screen/graphics.h"
#include "screen/theme.h"

struct terminal;

/* Uses standard input and output, which must be a terminal. NULL where $TERM is unknown or cannot move a
 * cursor. */
struct terminal *terminal_open(struct error *e);
void terminal_close(struct terminal *t);

int terminal_colours(const struct terminal *t); /* 0: none; 8, 16, 88, 256, or 1 << 24: direct */

/* Shows the canvas, sending only changes; with `again` all of it. */
void terminal_show(struct terminal *t, const struct canvas *c, enum theme theme, bool again);

/* Its present size. */
void terminal_size(struct terminal *t, int *rows, int *columns);

/* The next pending key (enum key). 0: the mouse, at *row and *column; *wheel is -1 up, 1 down, 0 a click.
 * -1: none. */
int terminal_key(struct terminal *t, int *row, int *column, int *wheel);

/* Asks the terminal for the colour of its background, or how it shows pictures, where its kind is one that
 * does not show the question, and waits a moment for the answers. Later ones are taken by terminal_key. */
void terminal_ask(struct terminal *t, bool background, bool pictures);
enum answers_background terminal_background(const struct terminal *t);

/* Shows pictures that way from now on, where the terminal can as far as is known by now and its cells' size
 * is known; else as blocks. True where this changes something: all has to be drawn again. */
bool terminal_use_graphics(struct terminal *t, enum graphics_way way);

/* The ways in which it shows pixels, as far as is known by now; `wanted` is one whatever it says: a sum of
 * 1 << enum graphics_way. 0 where the size of its cells is not known. */
unsigned terminal_pixels(const struct terminal *t, enum graphics_way wanted);

/* For canvases; the terminal's own. */
struct graphics *terminal_graphics(const struct terminal *t);

/* Whether keys were typed meanwhile, which terminal_key returns at once. */
bool terminal_has_early(const struct terminal *t);

/* Whether the terminal is gone. */
bool terminal_is_gone(const struct terminal *t);

void terminal_mouse(struct terminal *t, bool on);

/* Gives the terminal back to the shell and stops the program, as Ctrl-Z does; returns after `fg`. Nothing
 * where SIGTSTP is ignored. */
void terminal_suspend(struct terminal *t);

/* After an unexpected stop (SIGSTOP): the shell has changed the terminal's modes. */
void terminal_continue(struct terminal *t);

#endif
