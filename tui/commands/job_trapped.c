/* A job's trapped Fisher energy, after its rows. */
#include <stdlib.h>

#include "commands/job.h"

/* Images that cannot be taken were told when they were measured. */
static enum connection_end job_wait_trapped(struct job *j, struct error *why)
{
    struct connection *n = j->c->connection;
    const struct connection_listener before = n->listener;
    n->listener.skipped = NULL;
    n->listener.nonfinite = NULL;
    snprintf(j->c->what, sizeof j->c->what, "preparing the network");
    enum connection_end end =
        study_ask_trapped(j->study, why) < 0 ? CONNECTION_REFUSED : command_wait(j->c, why);
    n->listener = before;
    return end;
}

int job_trapped(struct job *j)
{
    struct study *s = j->study;
    struct error why;
    enum connection_end end = job_wait_trapped(j, &why);
    if (end == CONNECTION_DONE)
        study_take_trapped(s);
    else
        command_end(j->c, end, &why, "interrupted before trapped energy was measured");
    j->trapped = study_trapped_list(s);
    j->report.trapped = j->trapped;
    static const int statuses[] = {COMMAND_DONE, COMMAND_BAD_INPUT, COMMAND_LOST, COMMAND_INTERRUPTED};
    return statuses[end];
}
