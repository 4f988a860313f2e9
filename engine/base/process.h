/* How a program of ours behaves in the process that it is started in. */
#ifndef ISPLIT_BASE_PROCESS_H
#define ISPLIT_BASE_PROCESS_H

#include <stdbool.h>

/* Before anything else: standard streams that are closed become placeholders, and a write to a pipe that
 * nobody reads, or beyond the size that a file may have (ulimit -f), is an error like others. What is ignored
 * stays ignored; programs that are started get what this one got. 0, or -1 where there are no placeholders.
 */
int process_begin(void);

/* Whether the signal is ignored, as SIGHUP is under nohup. */
bool process_ignores(int number);

/* From now on the program is a filter like any other: writing to a closed pipe ends it silently, unless
 * whoever started it ignores that. The worker must have answered everything. */
void process_become_filter(void);

#endif
