/* The options of training that isplit retrain and isplit evaluate share. */
#ifndef ISPLIT_COMMANDS_RETRAIN_OPTIONS_H
#define ISPLIT_COMMANDS_RETRAIN_OPTIONS_H

#include "commands/command.h"
#include "train/retrain_request.h"

/* Rows for tables of options (cli/option_rows.h). */
#define ROWS_TRAINING                                                                                        \
    {ROW_TEXT(0, "bottleneck", bottleneck, "FORM",                                                           \
              "what comes there: ratio (default), floats:N or\nbytes:N (at most N numbers are sent), or "    \
              "none")},                                                                                      \
        {ROW_WORD("train", retrain.trains, "WHICH", retrain_trains_words,                                    \
                  "which layers learn: bottleneck (default); tail: these\nand all behind; all: the head "    \
                  "too")},                                                                                   \
        {ROW_WORD("bn", retrain.norm, "HOW", retrain_norm_words,                                             \
                  "statistics of the network's batch norms that learn:\nfrozen (default), retake: anew "     \
                  "before the training,\ntrain: each batch's own; of the bottleneck always so")},            \
        {ROW_WORD("loss", retrain.loss, "WHAT", retrain_loss_words,                                          \
                  "labels: cross-entropy (default); distill: the answers\nof the whole network; both: half " \
                  "of each")},                                                                               \
        {ROW_REAL("temperature", retrain.temperature, "T", 0, "of distillation (default: 2)")},              \
        {ROW_REAL("rate", retrain.rate, "X", 0, "the largest learning rate (default: 0.01)")},               \
        {ROW_NUMBER(0, "batch", measure.batch, 1, 4096, "images in a step (default: 32)"),                   \
         .measures = true},                                                                                  \
        {ROW_REAL(                                                                                           \
            "validation", retrain.validation, "SHARE", 1,                                                    \
            "of the images, on which the accuracy is measured and\nwhich are not trained on (default: "      \
            "0.2)")},                                                                                        \
    {                                                                                                        \
        ROW_TEXT(0, "validation-data", retrain.validation_data, "DATA", "instead: another set of images")    \
    }

/* Checks what these options say together, and puts in what they leave open. COMMAND_DONE, or the exit status
 * after it was shown. */
int retrain_options_check(struct command *c);

/* --bottleneck. COMMAND_DONE, or the exit status after it was shown. */
int retrain_options_bottleneck(struct command *c, struct bottleneck *b);

#endif
