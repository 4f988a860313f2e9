/* The confusion table: how many images of each chosen class were taken for which. */
#ifndef ISPLIT_APP_CONFUSION_H
#define ISPLIT_APP_CONFUSION_H

struct app;

/* Opens it, on the most frequent mistake. */
void confusion_open(struct app *a);

#endif
