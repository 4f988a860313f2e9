/* Command lines. One table per command says which options there are; it drives getopt_long and prints
 * the help. */
#ifndef ISPLIT_CLI_OPTIONS_H
#define ISPLIT_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/* Which images, in which order; and where importance comes from that was measured before. */
struct options_input {
    const char *data, *classes, *subsets, *split, *labels, *truth, *root, *names;
    long images; /* 0: all */
    long seed;
    long shard[2];     /* the share that the run takes: its number, from 1, and of how many; 0: all images */
    const char *again; /* the command that measures shares again, %s in place of their numbers; or NULL */
    const char *curve_csv, *subset; /* a curve, and which of it */
};

/* What a row is, and how it is computed. */
struct options_measure {
    int layers;                  /* enum table_list */
    int score, reduce, tap, fit; /* enums of net/definition.h and data/pixels.h */
    float mean[3], std[3];
    int scale; /* 0: 1, 1: 255 */
    bool bgr, exif;
    long batch, threads; /* 0: the worker's choice */
    bool exact;
    int precision;  /* enum precision */
    int look;       /* likewise: in which --until-stable looks; f32: as above */
    int bn_epsilon; /* enum epsilon */
    const char *tuning_file;
    long memory;         /* bytes; 0: the worker's choice */
    double until_stable; /* probability of the stopping rule; 0: all images are measured */
};

/* Where head and tail are to run, and what they may take there: isplit plan and the screen. NULL, 0: not
 * given. */
struct options_deploy {
    const char *edge, *server, *link, *features_csv;
    const char *links; /* a file of the user's own */
    int type;          /* enum dtype; below 0: not given */
    int coder;         /* enum coder */
    int head_int8;     /* place in options_head_words */
    long answer_bytes, input_bytes;
    double max_drop, joule_mac, max_latency, max_energy, min_accuracy;
    long max_bytes, max_memory, min_cui_rank;
    int objective; /* enum metric */
};

struct options_screen {
    bool ascii, no_color, mouse, no_state;
    int theme;    /* 0: not given, else 1 + enum theme */
    int pictures; /* enum graphics_way */
    const char *dump, *script;
    const char *evaluation; /* the folder of isplit evaluate; NULL: not given */
};

/* What is written. */
struct options_output {
    const char *path; /* a file, or the folder of isplit split */
    const char *images_csv, *classes_csv;
    bool chart;
    int format;          /* enum sheet_format; below 0: not given */
    const char *columns; /* names of columns; NULL: all */
};

/* isplit features. */
struct options_features {
    long calibrate, sample, level; /* images, and zstd's level; 0: the usual ones */
    const char *dtypes, *coders;   /* lists of words; NULL: all */
    bool no_jpeg;
};

/* isplit retrain and isplit evaluate; the bottleneck's cut is `at`. 0 and NULL: the usual ones. */
struct options_retrain {
    const char *validation_data;
    long epochs, shift;
    int trains, norm, loss; /* enums of train/retrain_request.h */
    double rate, temperature, validation;
    bool flip;

    /* Of isplit evaluate alone. */
    const char *cuts;
    long steps, stages, starts, max_head_macs;
    double indifference, minutes;
    bool exhaustive, race_only, compare;
};

/* isplit run and isplit serve. 0 and NULL: the usual ones. */
struct options_run {
    const char *to;
    bool no_pipeline, no_whole, live;
    double timeout;
    long retries;
    bool head, text, stats; /* of isplit serve */
};

enum { OPTIONS_ENGINES = 64, OPTIONS_WORKERS = 256 };

/* The options of all commands. Texts belong to argv. */
struct options {
    const char *const
        *arguments; /* [arguments_n] the words that are not options; options_free frees the array */
    int arguments_n;
    int argc; /* the whole command line, for the provenance; options_parse leaves it empty */
    char **argv;
    const char *engines[OPTIONS_ENGINES]; /* the workers' commands; NULL after the last: our own */
    long workers;                         /* of our own at once; 0: not given */
    struct options_input input;
    struct options_measure measure;
    const char *store; /* where rows are kept; NULL: the user's own */
    bool no_store;
    const char *from; /* a store or rows as CSV: nothing is measured, there are no arguments; or NULL */
    long study;       /* of a store, for `from`; 0: the only one */
    struct options_output output;
    const char *at; /* the cut */
    long compared;  /* inputs that are run through both halves; 0: the usual number */
    bool force, onnx;
    struct options_deploy cost_model;
    int runtime; /* enum profile_runtime; below 0: not given */
    long runs;   /* isplit profile; 0: the usual number */
    struct options_features features;
    struct options_retrain retrain;
    struct options_run run;
    const char *link_measure, *link_save; /* isplit link; NULL: not given */
    bool trapped;                         /* trapped energy too */
    const char *bottleneck;               /* which one is put in, or trapped energy is of; NULL: ratio */
    struct options_screen screen;
    bool everything;      /* isplit store rm --all */
    bool slurm, parallel; /* isplit shards */
    double rate;          /* of it: images a second; 0: not given */
    bool help;
};

#define OPTIONS_UNTIL_STABLE 0.95

/* The value where the option is not given. */
#define DEPLOYMENT_EDGE "5GFLOP/s"
#define DEPLOYMENT_SERVER "500GFLOP/s"
#define DEPLOYMENT_LINK "wifi"

enum option_kind {
    OPTION_FLAG,     /* bool */
    OPTION_TEXT,     /* const char *, not empty */
    OPTION_TEXTS,    /* const char *[max], as often as it is given; NULL after the last */
    OPTION_NUMBER,   /* long, from min to max */
    OPTION_BYTES,    /* long, a number with K, M, G or T (powers of 1024; with a B of 1000) */
    OPTION_REAL,     /* double above 0, and at most max where that is not 0 */
    OPTION_FRACTION, /* double between 0 and 1; without an argument OPTIONS_UNTIL_STABLE */
    OPTION_SHARD,    /* long[2], as in 2/8 */
    OPTION_WORD,     /* int, position in words */
    OPTION_THREE,    /* float[3]: r,g,b or one number for all three */
    OPTION_THREE_POSITIVE,
};

struct option_entry {
    char letter; /* or 0 */
    const char *name;
    enum option_kind kind;
    size_t offset; /* in struct options */
    const char *argument;
    const char *help; /* lines separated by \n */
    const char *const *words;
    long min, max;
    bool measures;              /* defines how rows are measured: refused with --from */
    const char *formerly;       /* former name: still read, never shown; or NULL */
    const char *formerly_meant; /* of OPTION_WORD: the former name took no argument, and meant this word */
    const char *const *words_formerly; /* pairs of a former word and its present one in `words`, NULL after
                                          the last; or NULL */
};

struct option_command {
    const char *name;
    bool unnamed;         /* the screen, which runs without a command word */
    const char *synopsis; /* a line each */
    const char *summary;
    const char *notes;        /* after the options, or NULL */
    const char *const *words; /* the words allowed as first argument; or NULL */
    const char *tables; /* whose columns --columns takes (report/columns_csv.h), a blank between; or NULL */
    const struct option_entry *entries;
    int entries_n;
    int arguments_min, arguments_max; /* max -1: any number */
};

extern const struct option_command options_screen; /* those of the commands: commands/commands.h */
extern const char *const options_theme_words[];    /* "auto", "dark", "light", "mono", NULL */
extern const char *const options_pictures_words[]; /* those of enum graphics_way; NULL */

struct options options_default(void);

/* argv[0] is the command's name. -1: wrong usage, with nothing to free. With --help nothing else is
 * checked. */
int options_parse(const struct option_command *command, int argc, char **argv, struct options *o,
                  struct error *e);

void options_free(struct options *o);

/* "900", "64K", "0.5G", "2GiB", "2GB": bytes above 0. */
bool options_to_bytes(const char *text, long *value);

/* A command line as the shell reads it, of what the options say where that is not the default: the command's
 * name, the arguments, the options in the order of its table but for those named in `without` (NULL after the
 * last). New string. */
char *options_words(const struct option_command *command, const struct options *o,
                    const char *const *without);

void options_print_help(FILE *out, const struct option_command *command);

#endif
