/* --dump: keys from a script instead of a keyboard, and the last frame as text. */
#include "app/interactive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"
#include "screen/keys.h"

enum { SIDE_MAX = 1000, LOOK_MS = 100 /* for a signal */ };

static int read_size(const char *text, int *columns, int *rows, struct error *e)
{
    long numbers[2];
    char *copy = memory_copy(text);
    char *cross = strchr(copy, 'x');
    if (cross)
        *cross = '\0';
    bool good = cross && text_to_long(copy, &numbers[0]) && text_to_long(cross + 1, &numbers[1]);
    free(copy);
    for (int i = 0; i < 2 && good; i++)
        good = numbers[i] >= 1 && numbers[i] <= SIDE_MAX;
    if (!good) {
        char *shown = text_escape(text);
        error_set(e, "--dump '%.60s' (expected COLUMNSxROWS, as in 120x40)", shown);
        free(shown);
        return -1;
    }
    *columns = (int)numbers[0];
    *rows = (int)numbers[1];
    return 0;
}

/* Until nothing more comes by itself. COMMAND_DONE, or how the program ends and why. */
static enum command_exit dump_settle(struct app *a, const volatile sig_atomic_t *signals, struct error *e)
{
    app_step(a);
    while (!app_is_settled(a)) {
        struct pollfd fds[APP_POLLS];
        int n = app_polls(a, fds);
        int ms = app_timeout(a);
        if (*signals)
            return COMMAND_INTERRUPTED;
        poll(fds, (nfds_t)n, ms < 0 || ms > LOOK_MS ? LOOK_MS : ms);
        app_step(a);
    }
    if (a->study->state == STUDY_FAILED)
        return interactive_fail(e, a->study->run.no_worker ? COMMAND_LOST : COMMAND_BAD_INPUT,
                                &a->study->why);
    if (a->study->state == STUDY_LOST)
        return interactive_fail(e, COMMAND_LOST, &a->study->why);
    return COMMAND_DONE;
}

/* Each key meets a screen on which everything has been said. */
static enum command_exit play(struct app *a, const volatile sig_atomic_t *signals, struct canvas *canvas,
                              const int *keys, int n, struct error *e)
{
    enum command_exit status = dump_settle(a, signals, e);
    for (int k = 0; k < n && status == COMMAND_DONE && !a->loop.quit; k++) {
        app_draw(a, canvas); /* as on a terminal: the keys go to what is on the screen */
        status = dump_settle(a, signals, e);
        app_key(a, keys[k]);
    }
    if (status == COMMAND_DONE)
        app_draw(a, canvas);
    if (status == COMMAND_DONE)
        status = dump_settle(a, signals, e);
    return status;
}

enum command_exit interactive_dump(struct app *a, const volatile sig_atomic_t *signals, struct error *e)
{
    struct error why;
    int columns, rows, n = 0;
    const char *script = a->options.screen.script;
    if (read_size(a->options.screen.dump, &columns, &rows, &why) < 0)
        return interactive_fail(e, COMMAND_USAGE, &why);
    int *keys = script ? keys_script(script, &n, &why) : NULL;
    if (script && !keys)
        return interactive_fail(e, COMMAND_USAGE, &why);
    struct canvas *canvas = canvas_new(rows, columns, a->settings.glyphs);
    app_resize(a, rows, columns);
    enum command_exit status = play(a, signals, canvas, keys, n, e);
    if (status == COMMAND_DONE) {
        app_draw(a, canvas);
        process_become_filter();
        canvas_print(canvas, stdout);
        if (fflush(stdout) != 0 || ferror(stdout)) {
            status = COMMAND_BAD_INPUT;
            error_set(e, "standard output: cannot write: %s", strerror(errno));
        }
    }
    canvas_free(canvas);
    free(keys);
    return status;
}
