/* Completing what was typed: paths from the file system, words from a list. */
#ifndef ISPLIT_APP_COMPLETE_H
#define ISPLIT_APP_COMPLETE_H

#include "base/text_list.h"

/* `~` and `~/...` with the home folder in its place. New string. */
char *complete_home(const char *path);

/* The entries of the path's folder part that begin with its last part: folders with a '/' at the end, dot
 * files only where the dot was typed. *folder is how many bytes of the path stand before the last part.
 * Sorted by bytes, as all that is found. */
void complete_path(const char *path, struct text_list *found, int *folder);

/* The words (NULL-terminated) that begin with `stem`. */
void complete_word(const char *stem, const char *const *words, struct text_list *found);

/* What all of them begin with; whole characters. New string; empty where there are none. */
char *complete_common(const struct text_list *found);

/* All of them in a line, escaped. New string. */
char *complete_line(const struct text_list *found);

/* Bytes of the character at s (1 for what is not UTF-8, 0 at the end), and of the one that ends before `end`;
 * combining characters belong to their base character. */
int complete_character(const char *s);
int complete_character_before(const char *s, int end);

#endif
