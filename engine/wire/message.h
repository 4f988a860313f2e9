/* The messages of PROTOCOL.md, both ways: message_X builds, message_X_read reads and checks every field;
 * where request and answer have one type, the request is message_X_request. Builders return a new JSON value
 * for channel_queue or channel_send (NULL where a number is not finite); readers fill plain structs, return 0
 * or -1, and leave nothing to free after -1. Each family has its own header; here are the message types and
 * the short messages. */
#ifndef ISPLIT_WIRE_MESSAGE_H
#define ISPLIT_WIRE_MESSAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "net/definition.h"

enum message_type {
    MESSAGE_HELLO,
    MESSAGE_OPEN,
    MESSAGE_IMAGES,
    MESSAGE_RUN,
    MESSAGE_STOP,
    MESSAGE_HEATMAP,
    MESSAGE_HASH,
    MESSAGE_PARTITION,
    MESSAGE_PROFILE,
    MESSAGE_FEATURES,
    MESSAGE_RANGES,
    MESSAGE_SENT,
    MESSAGE_TIMES,
    MESSAGE_PICTURES,
    MESSAGE_PICTURE,
    MESSAGE_TRAPPED,
    MESSAGE_RETRAIN,
    MESSAGE_LAYERS,
    MESSAGE_SKIPPED,
    MESSAGE_DATASET,
    MESSAGE_TUNING,
    MESSAGE_PROGRESS,
    MESSAGE_RESULT,
    MESSAGE_NONFINITE,
    MESSAGE_DONE,
    MESSAGE_CONTENTS,
    MESSAGE_HASHED,
    MESSAGE_STEP,
    MESSAGE_CHECK,
    MESSAGE_RETRAINED,
    MESSAGE_WORKERS,
    MESSAGE_REVIVE,
    MESSAGE_LOG,
    MESSAGE_ERROR,
};

/* JSON values take their memory as base/memory.h has it, and end the program where none is left: a message
 * without some of its fields would be taken for another one. Once, before there are any. */
void message_begin(void);

/* A line, with a NUL after it as channel_next gives it, as a JSON object of a known type; json_decref() it.
 * NULL where it is not. */
json_t *message_parse(const char *line, size_t length, enum message_type *type, struct error *e);

/* open; weights may be NULL. The strings read are new. */
json_t *message_open(const char *cfg, const char *weights, enum epsilon epsilon);
int message_open_read(const json_t *message, char **cfg, char **weights, enum epsilon *epsilon,
                      struct error *e);

json_t *message_stop(void);
json_t *message_revive(void);

/* Of a pool of workers: how fast each of them is, in words; `whole` at the end of a run. */
json_t *message_workers(const char *text, bool whole);
int message_workers_read(const json_t *message, const char **text, bool *whole, struct error *e);

json_t *message_progress(const char *what);
int message_progress_read(const json_t *message, const char **what, struct error *e);

json_t *message_log(bool warning, const char *text);
int message_log_read(const json_t *message, bool *warning, const char **text, struct error *e);

/* diverged: a training whose numbers were not finite any more. */
json_t *message_error(const char *text, bool diverged);
int message_error_read(const json_t *message, const char **text, bool *diverged, struct error *e);

#endif
