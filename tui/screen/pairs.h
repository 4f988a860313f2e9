/* Colour pairs, allocated on demand: ncurses numbers them, and their number is limited. */
#ifndef ISPLIT_SCREEN_PAIRS_H
#define ISPLIT_SCREEN_PAIRS_H

#include <stdbool.h>
#include <stdint.h>

#include "screen/theme.h"

struct pairs;

/* For a terminal with that many colours (1 << 24: direct); after start_color. `defaults`: use_default_colors
 * worked. */
struct pairs *pairs_new(int colours, bool defaults);
void pairs_free(struct pairs *p);

/* The number of the pair for a style, with 0xRRGGBB instead of its colours where they are not negative. */
int pairs_of(struct pairs *p, const struct theme_style *style, int32_t fg, int32_t bg);

/* Whether numbers have run out; forgetting frees them. */
bool pairs_overflowed(const struct pairs *p);
void pairs_forget(struct pairs *p);

#endif
