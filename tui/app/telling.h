/* Reports of a study as lines of the journal. */
#ifndef ISPLIT_APP_TELLING_H
#define ISPLIT_APP_TELLING_H

#include "app/journal.h"
#include "study/study.h"

/* The journal must outlive the study. */
struct study_reporter telling_reporter(struct journal *journal);

#endif
