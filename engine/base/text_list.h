/* Strings in a list that owns them. */
#ifndef ISPLIT_BASE_TEXT_LIST_H
#define ISPLIT_BASE_TEXT_LIST_H

/* Zeroed to begin with. */
struct text_list {
    char **texts; /* [n] */
    int n;
};

void text_list_add(struct text_list *l, char *text); /* takes it */
void text_list_free(struct text_list *l);

/* A list in one string, as in "a, b": appends a printf of the next one, after a comma where there is one
 * before. *joined is NULL or a string of ours, and is replaced; an empty string has nothing before. */
void text_list_append(char **joined, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
