/* One run of `isplit curve`, from the command line to the files. */
#ifndef ISPLIT_COMMANDS_JOB_H
#define ISPLIT_COMMANDS_JOB_H

#include "commands/command.h"
#include "curve/confirmation.h"
#include "study/saved_rows.h"
#include "study/inputs.h"
#include "report/curve_file.h"
#include "csv/provenance.h"
#include "report/report.h"
#include "deployment/results.h"
#include "study/study.h"

struct job {
    struct command *c;
    struct inputs inputs; /* until the study takes them over */
    struct study *study;  /* NULL before job_connect or job_open_saved_rows */
    struct report report; /* of what it has measured, after job_choose */
    bool several;         /* -c may name several subsets, with bars between them */
    bool *chosen;
    struct subset *subsets;
    struct store *store;
    struct excluded told;             /* by the studies of this job: each image once */
    double *trapped;                  /* [listed_n of the report] nats, or NULL */
    struct confirmation confirmation; /* without images: there is none */
    bool troubled;                    /* the user knows that something is not kept */
};

/* job.c. Each but the last four: the exit status, after an error was shown. That the outputs are not what
 * the job reads, nor its store, nor one of the n others. */
int job_check_outputs(struct job *j, const char *const *outputs, int outputs_n, const char *const *others,
                      int others_n);
/* Starts the worker, which reads the network and, where `inputs` names data, looks for images; one that the
 * command has started already serves, with the network and the images that it has open. */
int job_connect(struct job *j);
/* Or --from: opens the file and reads all of it. */
int job_open_saved_rows(struct job *j);
int job_load_saved_rows(struct command *c, struct saved_rows *a); /* its second half */
/* What is wanted of the network and the images: classes, images, layers. */
int job_choose(struct job *j);
/* Then: the layer's position in the list; -1: it is not listed. */
int job_position(const struct job *j, int layer);
/* Another study of the same by the options as they are now, chosen likewise; nothing is measured yet. -1. */
int job_begin_anew(struct job *j, struct error *e);
/* --curve FILE, which must be of the job's network. NULL: no, which was shown. */
struct curve_file *job_read_curve(struct job *j);
/* results_warn on the console. */
void job_warn_of_results(const struct job *j, bool rows, const char *const files[RESULTS_KINDS]);
void job_free(struct job *j);

/* job_measure.c. What the study tells goes to the console. */
struct study_reporter job_reporter(struct job *j);
/* Measures it, however that ends. The rows are then those that were wanted; or, 1 in *stable, the first of
 * them until the pick was stable, as if no more had been asked for. */
enum connection_end job_measure(struct job *j, bool *stable, struct error *why);
/* All of that from job_choose on, also with rows of a file, for commands that need a whole curve: an exit
 * status, after which nothing is to be written, or COMMAND_DONE with at least one row. *state: what
 * job_describe calls them. */
int job_measure_whole(struct job *j, const char **state);

/* job_trapped.c. With --trapped, after the rows: the exit status, and numbers for the report, or none. */
int job_trapped(struct job *j);

/* job_confirm.c. --look: whether it goes with the other options. */
int job_check_look(const struct options_measure *m, struct error *e);
/* After job_measure in the precision of --look, where *stable: measures some of the images in f32, and keeps
 * in `confirmation` what came of it. Where the pick does not hold, that is said and the job begins anew in
 * f32, without a look at so few images. As job_measure, where *stable, also after a bad end, are the rows of
 * the looks. */
enum connection_end job_confirm(struct job *j, bool *stable, struct error *why);

/* job_stopping.c. With --until-stable: "stable at 0.95 after 120 of 400 images: ...", or that it is not. */
void job_tell_until(const struct job *j);

/* job_results.c. "400 images, accuracy 97.3 %", which is said here unless it is told elsewhere (`titled`: by
 * a title on standard output); a warning where that is no better than chance. */
enum { JOB_ACCURACY = 80 };
void job_accuracy(struct job *j, bool titled, char out[JOB_ACCURACY]);

/* How the rows were made; `rows`: for a file of images, which can be opened again. For provenance_free. */
struct provenance *job_describe(const struct job *j, const char *program, const char *state, bool rows);

/* The accuracy, then the files and the chart; `state` goes into the provenance. The exit status. */
int job_write(struct job *j, const char *state);

/* Where the curve goes; NULL: nowhere but the chart. */
const char *job_curve_path(const struct options *o);

#endif
