/* Parts of an SVG file: escaped text, and styles of series that differ even in grey. */
#ifndef ISPLIT_REPORT_SVG_H
#define ISPLIT_REPORT_SVG_H

#include <stdio.h>

/* Character data or an attribute's value: markup escaped, control characters and what is not UTF-8 written
 * as \n, \xNN. */
void svg_escape(FILE *out, const char *text);

/* The styles of series 0, 1, ... */
const char *svg_colour(int series);
const char *svg_dashes(int series); /* of stroke-dasharray, "none" */
void svg_dot(FILE *out, int series, double x, double y, double size);

void svg_star(FILE *out, double x, double y, double size, const char *colour);

#endif
