#include "study/child.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/program_file.h"
#include "study/spawn.h"

#ifndef ISPLIT_LIBEXECDIR
#define ISPLIT_LIBEXECDIR "/usr/local/libexec/isplit"
#endif

struct child {
    struct spawn *spawn;
    struct channel *channel;
};

char *child_program(struct error *e)
{
    static const char *const places[] = {"isplit-engine", "../libexec/isplit/isplit-engine",
                                         ISPLIT_LIBEXECDIR "/isplit-engine", NULL};
    char *folder;
    char *found = program_file_find(places, X_OK, &folder);
    if (!found) {
        char *shown = text_escape(folder);
        error_set(e, "no worker isplit-engine in %.1000s (build it, or name one with --engine)", shown);
        free(shown);
    }
    free(folder);
    return found;
}

void child_calm_threads(void)
{
    if (!getenv("OMP_WAIT_POLICY"))
        setenv("GOMP_SPINCOUNT", "1000", 0);
}

struct child *child_start(const char *command, struct error *e)
{
    char *path = command ? NULL : child_program(e);
    if (!command && !path)
        return NULL;
    const char *const words[] = {path, NULL};
    child_calm_threads();
    struct spawn *spawn = spawn_start("the worker", words, command, e);
    free(path);
    if (!spawn)
        return NULL;
    struct child *w = memory_new(1, sizeof *w);
    w->spawn = spawn;
    w->channel = channel_new(spawn_from(spawn), spawn_to(spawn), CHANNEL_LINE_LIMIT);
    return w;
}

struct channel *child_channel(const struct child *w)
{
    return w->channel;
}

pid_t child_process(const struct child *w)
{
    return spawn_process(w->spawn);
}

int child_polls(const struct child *w, struct pollfd fds[3])
{
    int used = 0;
    if (!channel_has_ended(w->channel))
        fds[used++] = (struct pollfd){.fd = spawn_from(w->spawn), .events = POLLIN};
    if (spawn_errors(w->spawn) >= 0)
        fds[used++] = (struct pollfd){.fd = spawn_errors(w->spawn), .events = POLLIN};
    if (channel_has_queued(w->channel))
        fds[used++] = (struct pollfd){.fd = spawn_to(w->spawn), .events = POLLOUT};
    return used;
}

int child_pump(struct child *w, int timeout_ms, struct error *e)
{
    if (channel_wait(w->channel, spawn_errors(w->spawn), timeout_ms, e) < 0)
        return -1;
    spawn_listen(w->spawn);
    if (channel_fill(w->channel, e) < 0)
        return -1;
    return channel_flush(w->channel, e) < 0 ? -1 : 0;
}

bool child_is_stuck(struct child *w)
{
    return spawn_is_stuck(w->spawn);
}

int child_explain(struct child *w, struct error *e)
{
    return spawn_explain(w->spawn, e);
}

void child_free(struct child *w, bool gently)
{
    if (!w)
        return;
    spawn_free(w->spawn, gently ? SPAWN_PATIENCE_MS : 0);
    channel_free(w->channel);
    free(w);
}
