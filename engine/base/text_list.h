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

#endif
