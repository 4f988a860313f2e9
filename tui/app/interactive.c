#include "app/interactive.h"

#include <errno.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/key_file.h"
#include "app/state.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "deployment/deployment.h"
#include "cli/program_file.h"
#include "screen/keys.h"
#include "screen/terminal.h"

/* Frames caused by the worker: at most five a second. Changes are saved a moment after the last one. */
enum { FRAME_MS = 200, SAVE_MS = 2000 };

static volatile sig_atomic_t resized, stopped_from_outside, continued, ended;

static void on_resize(int number)
{
    (void)number;
    resized = 1;
}

static void on_stop(int number)
{
    (void)number;
    stopped_from_outside = 1;
}

static void on_continue(int number)
{
    (void)number;
    continued = 1;
}

/* Discards output for a terminal that takes no more bytes, so that the program can end. */
static void on_end(int number)
{
    ended = number;
    tcflush(STDOUT_FILENO, TCOFLUSH);
}

static void on_child(int number)
{
    (void)number; /* the signal only wakes the loop */
}

struct loop {
    struct app *app;
    struct terminal *terminal;
    struct canvas *canvas;
    sigset_t open;   /* signals unblocked while the loop waits */
    sigset_t ends;   /* those that end the program: unblocked while writing to the terminal, too */
    int64_t drawn;   /* when the last frame was shown */
    int64_t changed; /* since when something is unsaved; 0: nothing */
    bool urgent;     /* the next frame is the response to a key */
    bool gone;       /* the terminal is gone */
};

/* Signals arrive only while the loop waits, so none is missed between checking its flag and waiting. */
static void take_signals(struct loop *l)
{
    static const struct {
        int number;
        void (*handler)(int);
    } own[] = {{SIGWINCH, on_resize}, {SIGTSTP, on_stop}, {SIGCONT, on_continue}, {SIGCHLD, on_child},
               {SIGINT, on_end},      {SIGTERM, on_end},  {SIGHUP, on_end}};
    sigset_t closed;
    sigemptyset(&closed);
    sigemptyset(&l->ends);
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        struct sigaction a = {.sa_handler = own[i].handler};
        sigemptyset(&a.sa_mask);
        bool ends = own[i].handler == on_end;
        if ((ends || own[i].handler == on_stop) && process_ignores(own[i].number))
            continue; /* as under nohup */
        sigaction(own[i].number, &a, NULL);
        sigaddset(&closed, own[i].number);
        if (ends)
            sigaddset(&l->ends, own[i].number);
    }
    sigprocmask(SIG_BLOCK, &closed, &l->open);
}

static void interactive_draw(struct loop *l)
{
    struct app *a = l->app;
    bool again = a->loop.redraw;
    a->loop.redraw = false;
    app_draw(a, l->canvas);
    sigset_t closed;
    sigprocmask(SIG_UNBLOCK, &l->ends, &closed); /* a terminal that takes nothing would block here forever */
    terminal_mouse(l->terminal, a->settings.mouse);
    terminal_show(l->terminal, l->canvas, a->settings.theme, again);
    sigprocmask(SIG_SETMASK, &closed, NULL);
    l->drawn = clock_ms();
    l->urgent = l->app->loop.soon = false;
}

/* The terminal may tell at any time what it can show. */
static void find_graphics(struct loop *l)
{
    l->app->screen.pixels = terminal_pixels(l->terminal, (enum graphics_way)l->app->options.screen.pictures);
    if (terminal_use_graphics(l->terminal, l->app->settings.pictures))
        l->app->dirty = l->app->loop.redraw = true;
}

static void resize(struct loop *l)
{
    int rows, columns;
    terminal_size(l->terminal, &rows, &columns);
    canvas_resize(l->canvas, rows, columns);
    app_resize(l->app, rows, columns);
    find_graphics(l);
    l->urgent = true;
}

/* How long the loop may sleep; -1: until something happens. */
static int timeout(const struct loop *l)
{
    int64_t now = clock_ms();
    int64_t wait = app_timeout(l->app);
    int64_t frame = l->app->dirty ? l->drawn + FRAME_MS - now : -1;
    int64_t save = l->changed ? l->changed + SAVE_MS - now : -1;
    if (l->app->dirty && (wait < 0 || frame < wait))
        wait = frame > 0 ? frame : 0;
    if (l->changed && (wait < 0 || save < wait))
        wait = save > 0 ? save : 0;
    return (int)wait;
}

/* By the terminal's background, which it may tell at any time. */
static void find_theme(struct loop *l)
{
    struct app *a = l->app;
    enum theme found = terminal_background(l->terminal) == ANSWERS_LIGHT ? THEME_LIGHT : THEME_DARK;
    if (!a->settings.theme_found || a->settings.theme == found)
        return;
    a->settings.theme = a->keeping.began.theme = found;
    a->dirty = a->loop.redraw = true;
}

/* Sleeps until there is something from the worker, a key, a signal or a timeout. */
static void sleep_on(struct loop *l)
{
    struct pollfd fds[APP_POLLS + 1] = {{.fd = STDIN_FILENO, .events = POLLIN}};
    int n = 1 + app_polls(l->app, fds + 1);
    int ms = timeout(l);
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    bool early = terminal_has_early(l->terminal);
    int got = early ? 1 : ppoll(fds, (nfds_t)n, ms < 0 ? NULL : &t, &l->open);
    if (!early && (got <= 0 || !fds[0].revents))
        return;
    if (!early && terminal_is_gone(l->terminal)) {
        l->gone = true;
        return;
    }
    int key, row, column, wheel;
    while (!l->app->loop.quit && (key = terminal_key(l->terminal, &row, &column, &wheel)) >= 0) {
        if (key)
            app_key(l->app, key);
        else if (wheel)
            app_wheel(l->app, row, column, 3 * wheel);
        else
            app_click(l->app, row, column);
        l->urgent = true;
    }
    find_theme(l);
    find_graphics(l);
}

static void suspend(struct loop *l)
{
    l->app->loop.suspend = false;
    stopped_from_outside = 0;
    terminal_suspend(l->terminal);
    study_forget_rate(l->app->study); /* nothing was read meanwhile */
    resize(l);                        /* the window may have changed meanwhile */
    l->app->loop.redraw = true;
}

static void save_later(struct loop *l)
{
    bool changed = l->app->keeping.state_changed || l->app->keeping.settings_changed;
    if (changed && !l->changed)
        l->changed = clock_ms();
    if (l->changed && clock_ms() >= l->changed + SAVE_MS) {
        app_save_state(l->app);
        l->changed = 0;
    }
}

/* What the journal is told here nobody sees any more on the screen. */
static void save_last(struct app *a, struct text_list *unkept)
{
    journal_seen(&a->journal);
    app_save_state(a);
    for (int i = a->journal.n - a->journal.news; i < a->journal.n; i++)
        text_list_add(unkept, memory_copy(a->journal.lines[i].text));
}

static void run_loop(struct loop *l, struct text_list *unkept)
{
    struct app *a = l->app;
    interactive_draw(l); /* before anything slow */
    app_use_store(a, a->study);
    while (!a->loop.quit && !l->gone && !ended) {
        if (a->dirty && (l->urgent || a->loop.soon || clock_ms() >= l->drawn + FRAME_MS))
            interactive_draw(l);
        if (ended) /* during drawing */
            break;
        sleep_on(l);
        if (continued) {
            continued = 0;
            terminal_continue(l->terminal);
            a->loop.redraw = true;
            resized = 1;
        }
        if (resized) {
            resized = 0;
            resize(l);
        }
        app_step(a);
        if (a->loop.suspend || stopped_from_outside)
            suspend(l);
        save_later(l);
    }
    save_last(a, unkept);
    a->loop.hurry = l->gone || ended;
}

/* ---- Starting ------------------------------------------------------------------------------------ */

static enum command_exit find_inputs(const struct options *o, struct inputs *inputs, struct error *e)
{
    struct error why;
    char *demo = NULL;
    const char *const *words = o->arguments;
    int n = o->arguments_n;
    if (n == 0 && o->input.data) {
        error_set(e, "no network: expected CFG WEIGHTS -d DATA, or a .data file");
        return COMMAND_USAGE;
    }
    if (n == 0) {
        demo = program_file_demo(&why);
        if (!demo)
            return interactive_fail(e, COMMAND_BAD_INPUT, &why);
        words = (const char *const *)&demo;
        n = 1;
    }
    int status = inputs_find(words, n, o->input.data, inputs, &why);
    free(demo);
    return status == 0 ? COMMAND_DONE
                       : interactive_fail(e, status == -2 ? COMMAND_USAGE : COMMAND_BAD_INPUT, &why);
}

/* Saved settings, then the command line, then what the terminal can do. */
static void choose_settings(struct app *a, int colours)
{
    struct error e;
    const struct options *o = &a->options;
    const char *no_color = getenv("NO_COLOR");
    a->keeping.enabled = !o->screen.no_state && !o->screen.dump;
    a->screen.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 && !o->screen.ascii;
    a->screen.colour = colours >= 8 && !o->screen.no_color && !(no_color && *no_color);
    a->settings.theme_found = true;
    if (a->keeping.enabled && state_load_settings(&a->settings, &e) < 0)
        app_say(a, JOURNAL_WARNING, "%s", e.text);
    a->keeping.kept = a->settings;
    if (o->cost_model.type >= 0 && o->cost_model.type < DTYPES)
        a->settings.bytes = (enum dtype)o->cost_model.type;
    else if (o->cost_model.head_int8)
        a->settings.bytes = DTYPE_INT8;
    if (o->screen.theme)
        a->settings.theme = (enum theme)(o->screen.theme - 1);
    if (!a->screen.colour)
        a->settings.theme = THEME_MONO;
    if (o->screen.theme || !a->screen.colour)
        a->settings.theme_found = false;
    enum glyphs_set most =
        a->screen.utf8 ? glyphs_choose(o->screen.dump ? NULL : getenv("TERM")) : GLYPHS_ASCII;
    if (a->settings.glyphs < most) /* later ones need less */
        a->settings.glyphs = most;
    a->settings.mouse = o->screen.mouse;
    a->settings.pictures = (enum graphics_way)o->screen.pictures;
    a->keeping.began = a->settings;
}

static enum command_exit run_on_terminal(struct app *a, const volatile sig_atomic_t *signals,
                                         struct text_list *unkept, struct error *e)
{
    struct error why;
    struct loop l = {.app = a, .urgent = true};
    take_signals(&l);
    if (*signals) /* one that came before */
        ended = SIGTERM;
    l.terminal = terminal_open(&why);
    if (!l.terminal)
        return interactive_fail(e, COMMAND_BAD_INPUT, &why);
    int colours = terminal_colours(l.terminal);
    choose_settings(a, colours);
    terminal_ask(l.terminal, a->settings.theme_found,
                 a->screen.colour && a->options.screen.pictures != GRAPHICS_BLOCKS);
    find_theme(&l);
    l.canvas = canvas_new(1, 1, a->settings.glyphs);
    l.canvas->colours = a->screen.colour ? colours : 0;
    l.canvas->graphics = terminal_graphics(l.terminal);
    resize(&l);
    run_loop(&l, unkept);
    terminal_close(l.terminal);
    canvas_free(l.canvas);
    return ended ? COMMAND_INTERRUPTED : COMMAND_DONE;
}

enum command_exit interactive_fail(struct error *e, enum command_exit status, const struct error *why)
{
    *e = *why;
    return status;
}

enum command_exit interactive_run(const struct options *o, const volatile sig_atomic_t *signals,
                                  struct text_list *unkept, struct error *e)
{
    struct error why;
    struct inputs inputs = {0};
    if (!o->screen.dump && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))) {
        error_set(e, "this is no terminal: use 'isplit curve ... --chart' for text, 'isplit curve ... "
                     "-o FILE' for CSV, or --dump COLUMNSxROWS for one frame");
        return COMMAND_USAGE;
    }
    if (o->store && store_check_place(o->store, &why) < 0)
        return interactive_fail(e, COMMAND_BAD_INPUT, &why);
    if (key_file_read(&why) < 0)
        return interactive_fail(e, COMMAND_BAD_INPUT, &why);
    long floats;
    if (study_trapped_rate(o, &floats, &why) < 0)
        return interactive_fail(e, COMMAND_USAGE, &why);
    if (deployment_check(o, &why) < 0)
        return interactive_fail(e, COMMAND_BAD_INPUT, &why);
    enum command_exit status = o->from ? COMMAND_DONE : find_inputs(o, &inputs, e);
    if (status != COMMAND_DONE)
        return status;
    struct app *a = app_new(&inputs, o, &why);
    if (!a)
        return interactive_fail(e, o->from ? COMMAND_BAD_INPUT : COMMAND_LOST, &why);
    if (o->screen.dump) {
        choose_settings(a, 0);
        app_use_store(a, a->study);
        status = interactive_dump(a, signals, e);
    } else {
        status = run_on_terminal(a, signals, unkept, e);
    }
    if (app_free(a, &why) < 0)
        text_list_add(unkept, memory_copy(why.text));
    return status;
}
