/* Command lines. One table per command says which options there are; it drives getopt_long and prints
 * the help. */
#ifndef ISPLIT_CLI_OPTIONS_H
#define ISPLIT_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/* What the options of all commands set. Texts belong to argv. */
struct options {
    const char *arguments[4]; /* what stands beside the options */
    int arguments_n;

    const char *data, *classes, *subsets, *split, *labels, *engine;
    const char *output, *images_csv, *classes_csv;
    long images; /* 0: all */
    long seed;
    int layers;                  /* enum table_list */
    int score, reduce, tap, fit; /* the enums of link/message.h */
    float mean[3], std[3];
    int scale; /* 0: 1, 1: 255 */
    bool bgr;
    long batch, threads; /* 0: the worker's choice */
    bool exact;
    const char *plan_file;
    long memory;         /* bytes; 0: the worker's choice */
    double until_stable; /* the share asked for; 0: all images are measured */
    bool chart;
    bool help;

    bool ascii, no_color, mouse, no_state; /* of the screen */
    int theme;                             /* 0: not given, else 1 + enum theme */
    const char *dump, *script;
};

#define OPTIONS_SHARE 0.95

enum option_kind {
    OPTION_FLAG,   /* bool */
    OPTION_TEXT,   /* const char *, not empty */
    OPTION_NUMBER, /* long, from min to max */
    OPTION_BYTES,  /* long, a number with K, M, G or T (powers of 1024) */
    OPTION_SHARE,  /* double between 0 and 1; without an argument OPTIONS_SHARE */
    OPTION_WORD,   /* int, position in words */
    OPTION_THREE,  /* float[3]: r,g,b or one number for all three */
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
};

struct option_command {
    const char *name;
    bool unnamed;         /* the screen: what runs where no command is named */
    const char *synopsis; /* a line each */
    const char *summary;
    const char *notes; /* after the options, or NULL */
    const struct option_entry *entries;
    int entries_n;
    int arguments_min, arguments_max;
};

extern const struct option_command options_screen, options_curve, options_layers, options_data, options_docs;
extern const char *const options_theme_words[]; /* "auto", "dark", "light", "mono", NULL */

struct options options_default(void);

/* argv[0] is the command's name. -1: wrong usage. Where help is asked for, nothing else is checked. */
int options_parse(const struct option_command *command, int argc, char **argv, struct options *o,
                  struct error *e);

void options_help(FILE *out, const struct option_command *command);

#endif
