/* The worker process: started, listened to, ended. It runs in its own process group with pipes for all
 * three standard streams; what it prints on standard error is kept (the end of it) and never reaches
 * the screen. A write to a closed pipe must not end the process that starts it (process_begin). */
#ifndef ISPLIT_STUDY_CHILD_H
#define ISPLIT_STUDY_CHILD_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "wire/channel.h"

struct child;

/* The isplit-engine that belongs to this program. New string, or NULL. */
char *child_program(struct error *e);

/* The worker's threads meet at a barrier after every layer. Where something else runs on the machine, waiting
 * there in a busy loop, as libgomp does at first, costs several times what the layers do; so they go to
 * sleep early. Whoever sets it himself is left alone. */
void child_calm_threads(void);

/* Starts `command` through the shell, or, where it is NULL, the isplit-engine that belongs to this
 * program: beside it, or in libexec/isplit of the place it is installed in. NULL on error. */
struct child *child_start(const char *command, struct error *e);

/* Its standard input and output, and its number, which is that of its process group. */
struct channel *child_channel(const struct child *w);
pid_t child_process(const struct child *w);

/* What to wait for before child_pump: how many entries were filled. */
int child_polls(const struct child *w, struct pollfd fds[3]);

/* Sleeps until the worker says something or takes something, at most timeout_ms (-1: no limit), and
 * moves what can be moved. 0, or -1 where the pipe broke. */
int child_pump(struct child *w, int timeout_ms, struct error *e);

/* Whether no answer can come any more although the pipe is open: the process has ended, and at most a child
 * of it holds the pipe; or it waits for the terminal, as ssh does to ask for a password. The terminal belongs
 * to the front end's process group: whoever reads it from another one is stopped. */
bool child_is_stuck(struct child *w);

/* Why it is gone, for the user: fills e with "the worker was killed by signal 9 (Killed); it last said: ...".
 * Waits a moment for the process to end, and ends it where it does not. Always returns -1. */
int child_explain(struct child *w, struct error *e);

/* Ends it and frees: with an end of file and a moment to go by itself where `gently`, then SIGTERM,
 * then SIGKILL, to the whole process group, also where its leader is gone before. */
void child_free(struct child *w, bool gently);

#endif
