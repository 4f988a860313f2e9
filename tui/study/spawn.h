/* A process of ours: started with pipes for all three standard streams, in a process group of its own, and
 * ended. What it prints on standard error is kept (the end of it) and never reaches the screen. A write to a
 * closed pipe must not end the process that starts it (process_begin). */
#ifndef ISPLIT_STUDY_SPAWN_H
#define ISPLIT_STUDY_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct spawn;

/* What a process gets to go by itself, and again after SIGTERM. */
enum { SPAWN_PATIENCE_MS = 300 };

/* Runs words[0], a program's path, with these words (NULL at the end); or, where `command` is not NULL, that
 * through the shell. `who` is its name in messages: "the worker". NULL on error. */
struct spawn *spawn_start(const char *who, const char *const *words, const char *command, struct error *e);

/* Our ends of its standard input and output; they do not block. */
int spawn_to(const struct spawn *s);
int spawn_from(const struct spawn *s);

/* That of its standard error, to wait for; -1 after its end. Keeps what has come there. */
int spawn_errors(const struct spawn *s);
void spawn_listen(struct spawn *s);

/* Its number, which is that of its process group. */
pid_t spawn_process(const struct spawn *s);

/* The end of file that tells it to go. */
void spawn_close_input(struct spawn *s);

/* Whether no answer can come any more although the pipe is open: the process has ended, and at most a child
 * of it holds the pipe; or it waits for the terminal, as ssh does to ask for a password. The terminal belongs
 * to the front end's process group: whoever reads it from another one is stopped. */
bool spawn_is_stuck(struct spawn *s);

/* Why it is gone, for the user: fills e with "the worker was killed by signal 9 (Killed); it last said: ...".
 * Waits a moment for the process to end, and ends it where it does not. Always returns -1. */
int spawn_explain(struct spawn *s, struct error *e);

/* Ends it, the whole process group, also where its leader is gone before, and frees: after a moment to go by
 * itself, SIGTERM, another moment, SIGKILL. */
void spawn_free(struct spawn *s, int patience_ms);

#endif
