/* The commands, one row each: it serves the program's dispatch, isplit --help, the completions for shells and
 * the manual. A new command NAME is its row here; commands/command_NAME.c with its options (options_NAME) and
 * the function command_NAME; and its page tui/manual/NAME.md. */
#ifndef ISPLIT_COMMANDS_COMMANDS_H
#define ISPLIT_COMMANDS_COMMANDS_H

#include <stdio.h>

#include "cli/options.h"

/* ROW(NAME, what it does in a line of isplit --help) */
#define COMMANDS(ROW)                                                                                        \
    ROW(curve, "the importance of every layer on labelled images, as CSV or chart")                          \
    ROW(shards, "a script that measures a curve in shares, on many machines")                                \
    ROW(layers, "the layers of a network and what a cut after each sends and costs")                         \
    ROW(import, "turns an ONNX model into a Darknet network")                                                \
    ROW(data, "what is found in a set of images")                                                            \
    ROW(store, "measured rows that are kept: list, check, remove, merge, export")                            \
    ROW(link, "the known links, and how long they take to transfer a tensor")                                \
    ROW(split, "cuts a network into two that stock Darknet runs, and verifies them")                         \
    ROW(profile, "how long each layer takes on this machine")                                                \
    ROW(features, "what each cut sends on real images, and what that does to accuracy")                      \
    ROW(plan, "compares all cuts on your devices and link, and recommends one")                              \
    ROW(retrain, "trains a network with a bottleneck at its cut, and cuts it there")                         \
    ROW(evaluate, "retrains every cut in a race: the best, and what predicted it")                           \
    ROW(run, "runs both halves over the real link, and compares with the plan")                              \
    ROW(serve, "runs the tail, or the head, in isplit's own graph, on standard input")                       \
    ROW(help, "the manual: a page for each command, the screen, and a glossary")                             \
    ROW(docs, "the man pages, shell completions and the list of keys")

struct command;
#define COMMANDS_DECLARE(name, summary)                                                                      \
    extern const struct option_command options_##name;                                                       \
    int command_##name(struct command *c);
COMMANDS(COMMANDS_DECLARE)

extern const int commands_n;

/* Of each of them, from 0 to commands_n - 1. */
const char *commands_name(int i);
const char *commands_summary(int i);
const struct option_command *commands_options(int i);
int (*commands_function(int i))(struct command *c); /* which returns the program's exit status */

/* -1: there is none of that name. */
int commands_find(const char *name);

/* The name nearest to a word that is none; NULL where none is near. */
const char *commands_nearest(const char *word);

/* isplit --help. */
void commands_help(FILE *out);

#endif
