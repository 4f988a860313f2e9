/* Completing what was typed: paths from the file system, words from a list. */
#ifndef ISPLIT_APP_COMPLETE_H
#define ISPLIT_APP_COMPLETE_H

/* Sorted by bytes. Begins zeroed. */
struct completions {
    char **names; /* [n] */
    int n;
};

/* `~` and `~/...` with the home folder in its place. New string. */
char *complete_home(const char *path);

/* The entries of the path's folder part that begin with its last part: folders with a '/' at the end, dot
 * files only if the dot was typed. *folder is the number of bytes before the last part. */
void complete_path(const char *path, struct completions *found, int *folder);

/* The words (NULL-terminated) that begin with `stem`. */
void complete_word(const char *stem, const char *const *words, struct completions *found);

/* Their common prefix, in whole characters. New string; empty where there are none. */
char *complete_common(const struct completions *found);

/* All of them in a line, escaped. New string. */
char *complete_line(const struct completions *found);

void completions_free(struct completions *found);

/* Bytes of the character at s (1 for what is not UTF-8, 0 at the end), and of the one that ends before `end`;
 * combining characters belong to their base character. */
int complete_character(const char *s);
int complete_character_before(const char *s, int end);

#endif
