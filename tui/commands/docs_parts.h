/* What the documents have in common. */
#ifndef ISPLIT_COMMANDS_DOCS_PARTS_H
#define ISPLIT_COMMANDS_DOCS_PARTS_H

#include <stdbool.h>
#include <stdio.h>

#include "app/actions.h"
#include "cli/options.h"

/* The options of the screen (0) and of the commands (from 1, in the order of isplit --help); NULL behind the
 * last. */
const struct option_command *docs_command(int i);

/* What an option's argument is completed with. */
enum docs_argument {
    DOCS_NONE,    /* it takes none */
    DOCS_FILES,   /* files and folders */
    DOCS_WORDS,   /* docs_argument_words */
    DOCS_COMMAND, /* of the shell */
    DOCS_LAYERS,  /* names of the layers of the cfg in the line */
    DOCS_CLASSES, /* @ and the name of a saved subset */
    DOCS_FREE,    /* nothing is known */
};
enum docs_argument docs_argument(const struct option_entry *entry);
const char *const *docs_argument_words(const struct option_entry *entry);

/* A help text on one line; the summary's first sentence. New strings. */
char *docs_line(const char *text);
char *docs_sentence(const char *text);

/* Actions in groups, as the man page and the manual show them: groups in order, actions in the table's order.
 * docs_group gives a group's title, NULL after the last one. */
const char *docs_group(int group);
bool docs_is_in_group(const struct action_entry *entry, int group);

/* Where an action means something: "all", "Curve, Images", "all but Log". New string. */
char *docs_views(const struct action_entry *entry);

void docs_bash(FILE *out);
void docs_zsh(FILE *out);
void docs_fish(FILE *out);

#endif
