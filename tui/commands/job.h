/* One run of `isplit curve`, from the command line to the files. */
#ifndef ISPLIT_COMMANDS_JOB_H
#define ISPLIT_COMMANDS_JOB_H

#include "commands/command.h"
#include "study/saved_rows.h"
#include "study/inputs.h"
#include "study/layer_list.h"
#include "report/curve_file.h"
#include "csv/provenance.h"
#include "report/report.h"
#include "study/study.h"

struct job {
    struct command *c;
    struct inputs inputs; /* of an archive: the names it has */
    struct saved_rows
        *saved_rows; /* --from: where the rows are, until the study has them; NULL: they are measured */
    const struct table *table;
    const struct dataset *dataset;
    const struct message_versions *versions; /* of who measured */
    const char *cfg_xxh3, *weights_xxh3;
    struct report report;
    bool *chosen;
    struct subset *subsets;
    struct layer_list layer_list; /* until the study has it */
    long *order;         /* of all chosen images; the study takes the first of them, or a share of these */
    struct study *study; /* its rows; NULL before job_choose */
    struct store *store;
    bool troubled; /* the user knows that something is not kept */
};

/* command_curve.c. Each but the last: the exit status, after an error was shown. That the outputs are not
 * what the job reads, nor its store, nor one of the n others. */
int job_check_outputs(struct job *j, const char *const *outputs, int outputs_n, const char *const *others,
                      int others_n);
/* Starts the worker, which reads the network and, where `inputs` names data, looks for images. */
int job_connect(struct job *j);
/* What is wanted of the network and the images: classes, images, layers. */
int job_choose(struct job *j);
/* job_measure.c. The study of what was chosen: the end of job_choose. */
void job_begin_study(struct job *j);
/* Whether the pick is stable on the rows that came; then the rows are those that it stands on. */
bool job_is_stable(struct job *j);
/* Measures it, however that ends. The rows are then those that were wanted; or, 1 in *stable, the first of
 * them until the pick was stable, as if no more had been asked for. */
enum connection_end job_measure(struct job *j, bool *stable, struct error *why);
/* All of that for commands that need a whole curve: an exit status, after which nothing is to be written, or
 * COMMAND_DONE with at least one row. *state: what job_describe calls them. */
int job_measure_whole(struct job *j, const char **state);
void job_free(struct job *j);

/* job_until.c. With --until-stable: "stable at 0.95 after 120 of 400 images: ...", or that it is not. */
void job_tell_until(const struct job *j);

/* job_from.c. Opens the file and reads all of it. */
int job_open_saved_rows(struct job *j);
int job_load_saved_rows(struct command *c, struct saved_rows *a); /* its second half */
/* As job_measure_whole, after job_choose took the rows of an archive. */
int job_settle_saved_rows(struct job *j, const char **state);

/* job_curve.c. --curve FILE, which must be of the job's network (other weights are a warning). NULL: no,
 * which was shown. */
struct curve_file *job_read_curve(struct job *j);

/* job_results.c. "400 images, accuracy 97.3 %", which is said here unless it is told elsewhere (`titled`: by
 * a title on standard output); a warning where that is no better than chance. */
enum { JOB_ACCURACY = 80 };
void job_accuracy(struct job *j, bool titled, char out[JOB_ACCURACY]);

/* How the rows were made; `rows`: for a file of images, which can be opened again. */
struct provenance job_describe(const struct job *j, const char *program, const char *state, bool rows);

/* The accuracy, then the files and the chart; `state` goes into the provenance. The exit status. */
int job_write(struct job *j, const char *state);

/* Where the curve goes; NULL: nowhere but the chart. */
const char *job_curve_path(const struct options *o);

#endif
