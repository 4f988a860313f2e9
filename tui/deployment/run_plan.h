/* What the plan says of a run of both halves, for comparison with what is measured. */
#ifndef ISPLIT_DEPLOYMENT_RUN_PLAN_H
#define ISPLIT_DEPLOYMENT_RUN_PLAN_H

#include "cli/options.h"
#include "deploy/link.h"
#include "half/sheet.h"
#include "net/table.h"
#include "report/run_summary.h"

/* The layers of the whole network that the folder's halves are of: from its whole.cfg, else from the cfg that
 * its split.csv.meta.csv names, if that is still the same. NULL with the reason. */
struct table *run_plan_table(const char *folder, struct error *e);

/* Whether anything is to be predicted: --edge, --server or --link is given. */
bool run_plan_asked(const struct options *o);

/* Fills plan[] where the options say what it takes: the head's time with --edge, the tail's with --server,
 * those of wire and answer with --link, for tensors of `bytes` (0: as split.csv says, without a coder); total
 * and throughput where all three are known. NaN elsewhere. */
int run_plan_predict(const struct options *o, const char *folder, const struct table *table,
                     const struct half_sheet *sheet, double bytes, bool pipelined, double plan[RUN_MEASURES],
                     struct error *e);

/* The same from what is known already: times of head and tail (NaN: not known), the bytes of a tensor and of
 * the answer to it, and the link (NULL: not known). */
void run_plan_of(double head_ms, double tail_ms, const struct link *link, int64_t bytes, int64_t answer,
                 bool pipelined, double plan[RUN_MEASURES]);

/* The bytes of a frame without a coder. */
int64_t run_plan_plain(const struct table *table, const struct half_sheet *sheet);

/* The bytes that an answer has by the plan. */
int64_t run_plan_answer(const struct table *table);

/* The link that --link names; else, with a bandwidth of 0, the packets of TCP over IP. */
int run_plan_given_link(const struct options *o, struct link *link, struct error *e);

#endif
