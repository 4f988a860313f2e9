/* What the files of a study share; nobody else's business. */
#ifndef ISPLIT_STUDY_STUDY_PARTS_H
#define ISPLIT_STUDY_STUDY_PARTS_H

#include "study/study.h"

struct study *study_new(const struct options *options, const struct study_reporter *reporter);
void study_say(struct study *s, enum study_news news, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* How far a step is, where the reporter listens to that; as its `progress`. */
void study_progress(const struct study *s, const char *what, long done, long of);
struct connection_listener study_listener(struct study *s);
/* The next request on the way to a conversation that can measure (1: there is nothing left to ask); then, in
 * slices, what it knows becomes the study's, and the first run begins. */
int study_load(struct study *s, struct connection *n, struct error *e);
void study_begin_laying(struct study *s);
void study_step_laying(struct study *s);
void study_end_laying(struct study *s);

/* What follows from table and data set, before it is ready: the layers, room for rows, and what
 * --until-stable looks at, for the images of the order; and for the screen, from study_begin_laying on, a
 * slice of making the order, and that at its end (1; 0: more slices; -1). */
int study_lay_out(struct study *s, const bool *const *curves, int curves_n, struct error *e);
int study_lay_out_some(struct study *s, struct error *e);
/* What --until-stable looks at: the images of the order as it is now are all that may be needed; and curves_n
 * curves of these classes, of the order as it is now. */
struct study_stopping *study_stopping_new(void);
void study_stopping_free(struct study_stopping *u);
void study_stopping_limit(struct study *s);
int study_stopping_begin(struct study *s, const bool *const *curves, int curves_n, struct error *e);
struct stopping *study_new_stopping(const struct study *s, struct error *e);
bool study_is_stable(const struct study *s); /* the pick is: no more is asked of the worker */
/* A look of a rule of its own at rows on trial. */
enum stopping_state study_judge_trial(const struct study *s, struct stopping *rule, const struct curve *rows,
                                      long most);
void study_stopping_exclude(struct study *s, long image, enum exclusion exclusion);
void study_next_run(struct study *s);
void study_go_on(
    struct study *s); /* the same, also where trapped energy is being measured: that stops first */
void study_suspect(struct study *s);
void study_settle_rows(struct study *s);
void study_settle(struct study *s, long image);
void study_exclude(struct study *s, long image, enum exclusion exclusion); /* settles it without a row */
void study_stop_early(struct study *s); /* leaves the rows that the stable pick stands on, and no others */
void study_fail(struct study *s, enum study_state state, const struct error *why);
void study_settle_undecodable(struct study *s, long image, const char *reason);
void study_settle_nonfinite(struct study *s, long image, int layer);
void study_take_tuning(struct study *s, const struct message_tuning *tuning);
int study_tell_row_cache(struct study *s, const struct message_tuning *tuning, struct error *e);
enum stopping_state study_judge(struct study *s,
                                long rows); /* as stopping_step; ends the run where it is stable */
int study_take_curve(struct study *s, struct error *e); /* that of the saved rows becomes the study's */

/* Trapped energy on the screen: asks for it where it is wanted and can be (true), and takes it in, or why it
 * ended otherwise. */
bool study_step_trapped(struct study *s);
struct study_trapping *study_trapping_new(void);
void study_end_trapped(struct study *s, enum connection_end end, const struct error *why);

/* What the store has. Begins to look for what is left to be measured, once in every conversation; whether a
 * slice of that can be done; does one, of some milliseconds: -1 with why where the worker cannot be asked. */
void study_begin_row_cache(struct study *s);
struct row_cache *study_row_cache(const struct study *s); /* NULL: there is none */
bool study_can_row_cache(const struct study *s);
int study_step_row_cache(struct study *s, struct error *e);

/* A file of rows: reads some more of it (true where something changed); gives those back that came after a
 * stable pick. */
bool study_step_saved_rows(struct study *s);
void study_restore_saved_rows(struct study *s);

#endif
