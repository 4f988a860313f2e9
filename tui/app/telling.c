#include "app/telling.h"

#include <stddef.h>

/* How each kind of report is shown, and which key responds to it. */
static const struct {
    enum journal_level level;
    const char *key;
} kinds[] = {
    [STUDY_NOTE] = {JOURNAL_NOTE, ""},
    [STUDY_WARNING] = {JOURNAL_WARNING, ""},
    [STUDY_EXCLUDED] = {JOURNAL_WARNING, ""},
    [STUDY_KILLED] = {JOURNAL_ERROR, ""},
    [STUDY_TROUBLE] = {JOURNAL_WARNING, ""},
    [STUDY_RECALLED] = {JOURNAL_NOTE, ""},
    [STUDY_WORKERS] = {JOURNAL_NOTE, ""},
    [STUDY_REPLANNED] = {JOURNAL_WARNING, ""},
    [STUDY_STABLE] = {JOURNAL_GOOD, " (p continues)"},
    [STUDY_UNSTABLE] = {JOURNAL_NOTE, ""},
    [STUDY_AGAIN] = {JOURNAL_GOOD, ""},
    [STUDY_ENDED] = {JOURNAL_ERROR, ""},
    [STUDY_GONE] = {JOURNAL_ERROR, ""},
    [STUDY_ERROR] = {JOURNAL_ERROR, ""},
};
_Static_assert(sizeof kinds / sizeof kinds[0] == STUDY_NEWS, "one row a kind of news");

static void telling_say(void *data, enum study_news news, const char *text)
{
    if (news == STUDY_GONE) /* the program says what it does then (app_step) */
        return;
    journal_add(data, kinds[news].level, "%s%s", text, kinds[news].key);
}

struct study_reporter telling_reporter(struct journal *journal)
{
    return (struct study_reporter){.data = journal, .say = telling_say};
}
