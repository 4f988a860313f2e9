/* Whom a study tells what happens: the journal of the screen, or the console of a batch command. */
#ifndef ISPLIT_STUDY_REPORTER_H
#define ISPLIT_STUDY_REPORTER_H

/* Each line that is said is of one of these kinds, and the face decides which of them it shows, and how. */
enum study_news {
    STUDY_NOTE, /* by the worker, as the next one */
    STUDY_WARNING,
    STUDY_EXCLUDED,  /* an image has no row; there may be very many of these */
    STUDY_KILLED,    /* and this one, because the worker dies of it */
    STUDY_TROUBLE,   /* with the store: from now on nothing is taken from it or kept */
    STUDY_RECALLED,  /* rows were taken from the store */
    STUDY_REPLANNED, /* the worker has another tuning than the rows so far */
    STUDY_STABLE,    /* --until-stable has come true, */
    STUDY_UNSTABLE,  /* or it has not, and nothing more comes */
    STUDY_AGAIN,     /* the worker that died runs again */
    STUDY_ENDED,     /* the study failed for good, */
    STUDY_GONE,      /* or the worker died: study_restart */
    STUDY_ERROR,     /* something else went wrong, and the study goes on */
    STUDY_NEWS,
};

struct study_reporter {
    void *data;
    void (*say)(void *data, enum study_news news, const char *text);
    /* How far a step is, in images, at least ten times a second; of 0: not known. `what` NULL: it is over.
     * Only for study_wait; may be NULL. */
    void (*progress)(void *data, const char *what, long done, long of);
};

#endif
