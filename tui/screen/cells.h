/* Widths of texts on a screen. */
#ifndef ISPLIT_SCREEN_CELLS_H
#define ISPLIT_SCREEN_CELLS_H

#include <stdio.h>

/* Columns that an escaped text takes in the locale's encoding. */
int cells_width(const char *text);

/* Cuts such a text to at most `width` columns, between two characters. */
void cells_cut(char *text, int width);

/* The text and spaces up to `width` columns. */
void cells_print(FILE *out, const char *text, int width);

#endif
