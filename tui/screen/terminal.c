#include "screen/terminal.h"

#include <curses.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/process.h"
#include "screen/answers.h"
#include "screen/keys.h"
#include "screen/pairs.h"
#include "screen/rescue.h"
#include "screen/sixel.h"

enum { EARLY = 64 };

struct terminal {
    SCREEN *screen;
    int colours;
    struct pairs *pairs;
    bool mouse;
    struct answers answers;
    struct graphics *graphics;
    bool moved;       /* pictures, by a change of the window's size */
    int early[EARLY]; /* [early_n] keys typed while answers were waited for */
    int early_n;
};

enum {
    ESCAPE_MS = 25,
    ANSWER_MS = 100, /* waited for answers at the start, and for late ones at the end */
};

/* ---- Opening and closing ------------------------------------------------------------------------- */

/* Appends a capability without its padding ("$<5>"). */
static void terminal_append(char *out, size_t capacity, const char *name)
{
    const char *s = tigetstr(name);
    size_t used = strlen(out);
    if (!s || s == (const char *)-1)
        return;
    while (*s && used + 1 < capacity) {
        if (s[0] == '$' && s[1] == '<') {
            const char *end = strchr(s, '>');
            s = end ? end + 1 : s + strlen(s);
        } else {
            out[used++] = *s++;
        }
    }
    out[used] = '\0';
}

static void arm(const struct termios *modes)
{
    char strings[512] = "";
    terminal_append(strings, sizeof strings, "sgr0");
    terminal_append(strings, sizeof strings, "op");
    terminal_append(strings, sizeof strings, "rmkx");
    terminal_append(strings, sizeof strings, "cnorm");
    terminal_append(strings, sizeof strings, "rmcup");
    const char *term = getenv("TERM");
    if (term && strncmp(term, "vt", 2) != 0 && strlen(strings) + 24 < sizeof strings)
        strcat(strings, "\033[?1000l\033[?1006l"); /* the mouse, which has no capability of its own */
    rescue_arm(modes, strings);
}

static void wait_for_answers(struct terminal *t);
static void write_graphics(struct terminal *t, bool hide, bool again);

static void start_colours(struct terminal *t)
{
    bool defaults = false;
    if (has_colors()) {
        start_color();
        defaults = use_default_colors() == OK;
        t->colours = COLORS > 256 ? 1 << 24 : COLORS;
    }
    t->pairs = pairs_new(t->colours, defaults);
}

struct terminal *terminal_open(struct error *e)
{
    struct termios modes;
    const char *term = getenv("TERM");
    if (tcgetattr(STDIN_FILENO, &modes) < 0 || !term || !*term) {
        error_set(e, "the terminal has no type (set TERM, or use isplit curve --chart)");
        return NULL;
    }
    set_escdelay(ESCAPE_MS);
    SCREEN *screen = newterm(NULL, stdout, stdin);
    if (!screen) {
        error_set(e, "unknown terminal type '%.60s' (set TERM to another, or use isplit curve --chart)",
                  term);
        return NULL;
    }
    const char *move = tigetstr("cup");
    if (!move || move == (const char *)-1) {
        endwin();
        delscreen(screen);
        error_set(e, "the terminal '%.60s' cannot move its cursor (use isplit curve --chart)", term);
        return NULL;
    }
    struct terminal *t = memory_new(1, sizeof *t);
    t->screen = screen;
    t->graphics = graphics_new();
    arm(&modes);
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    intrflush(stdscr, FALSE);
    start_colours(t);
    return t;
}

void terminal_close(struct terminal *t)
{
    if (!t)
        return;
    terminal_mouse(t, false);
    wait_for_answers(t); /* they would be the shell's */
    write_graphics(t, true, false);
    endwin();
    rescue_disarm();
    delscreen(t->screen);
    pairs_free(t->pairs);
    graphics_free(t->graphics);
    free(t);
}

void terminal_suspend(struct terminal *t)
{
    sigset_t stop;
    if (process_ignores(SIGTSTP)) /* nobody could continue it */
        return;
    struct sigaction before, usual = {.sa_handler = SIG_DFL};
    bool mouse = t->mouse;
    terminal_mouse(t, false);
    wait_for_answers(t);
    write_graphics(t, true, false);
    endwin();
    sigemptyset(&usual.sa_mask);
    sigaction(SIGTSTP, &usual, &before);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    sigset_t mask;
    sigprocmask(SIG_UNBLOCK, &stop, &mask);
    kill(0, SIGTSTP); /* the whole process group, as the terminal would */
    sigprocmask(SIG_SETMASK, &mask, NULL);
    sigaction(SIGTSTP, &before, NULL);
    terminal_mouse(t, mouse);
    refresh();
}

void terminal_continue(struct terminal *t)
{
    bool mouse = t->mouse;
    reset_prog_mode();
    keypad(stdscr, TRUE);
    t->mouse = false;
    terminal_mouse(t, mouse);
}

int terminal_colours(const struct terminal *t)
{
    return t->colours;
}

/* ---- Showing ------------------------------------------------------------------------------------- */

static attr_t attributes_of(const struct theme_style *style)
{
    return (style->bold ? A_BOLD : 0) | (style->dim ? A_DIM : 0) | (style->underline ? A_UNDERLINE : 0) |
           (style->reverse ? A_REVERSE : 0);
}

static void show_cell(struct terminal *t, const struct canvas_cell *cell, int row, int column,
                      enum theme theme)
{
    wchar_t wide[CANVAS_TEXT];
    cchar_t character;
    size_t n = mbstowcs(wide, cell->text, CANVAS_TEXT - 1);
    if (n == (size_t)-1) /* the locale lacks it; rare, by the choice of glyph sets */
        n = 0;
    wide[n] = L'\0';
    if (n == 0)
        wcscpy(wide, L"?");
    const struct theme_style *style = theme_style(theme, (enum role)cell->role);
    int pair = pairs_of(t->pairs, style, cell->fg, cell->bg);
    attr_t attributes = attributes_of(style);
    if (t->colours >= 256 && style->fg >= 0)
        attributes &= ~(attr_t)A_DIM; /* the colour shows it */
    setcchar(&character, wide, attributes, 0, &pair);
    mvadd_wch(row, column, &character);
}

/* Under a picture in pixels: no blank to curses, which would clear to the line's end where all the rest is
 * blank. */
static const struct canvas_cell held = {
    .text = "\u00a0", .width = 1, .fg = CANVAS_NO_COLOUR, .bg = CANVAS_NO_COLOUR};

static void show_cells(struct terminal *t, const struct canvas *c, enum theme theme)
{
    for (int row = 0; row < c->rows && row < LINES; row++)
        for (int column = 0; column < c->columns && column < COLS; column++) {
            const struct canvas_cell *cell = &c->cells[(size_t)row * (size_t)c->columns + (size_t)column];
            if (graphics_holds(t->graphics, row, column))
                show_cell(t, &held, row, column, theme);
            else if (cell->width > 0)
                show_cell(t, cell, row, column, theme);
        }
}

void terminal_show(struct terminal *t, const struct canvas *c, enum theme theme, bool again)
{
    enum theme shown = t->colours >= 8 ? theme : THEME_MONO;
    again = again || t->moved;
    t->moved = false;
    if (again)
        clearok(stdscr, TRUE);
    graphics_settle(t->graphics, c);
    show_cells(t, c, shown);
    if (pairs_overflowed(t->pairs)) {
        /* Pictures have used up the colour pairs; those of this frame fit. */
        pairs_forget(t->pairs);
        clearok(stdscr, TRUE);
        again = true;
        show_cells(t, c, shown);
    }
    for (int row = 0; row < LINES; row++)
        if (graphics_stains(t->graphics, row))
            wredrawln(stdscr, row, 1);
    move(c->cursor_row, c->cursor_column);
    refresh();
    write_graphics(t, false, again);
}

/* What the terminal says by itself, else what it answered. */
static void cell_size(const struct terminal *t, int *w, int *h)
{
    struct winsize size;
    *w = t->answers.cell_w;
    *h = t->answers.cell_h;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
        size.ws_xpixel > 0 && size.ws_ypixel > 0) {
        *w = size.ws_xpixel / size.ws_col;
        *h = size.ws_ypixel / size.ws_row;
    }
}

unsigned terminal_pixels(const struct terminal *t, enum graphics_way wanted)
{
    const struct answers *a = &t->answers;
    int w, h;
    cell_size(t, &w, &h);
    bool sixel = a->sixel && (a->registers == 0 || a->registers >= SIXEL_COLOURS);
    unsigned ways = (unsigned)(a->kitty << GRAPHICS_KITTY | sixel << GRAPHICS_SIXEL | 1 << wanted);
    return w > 0 && h > 0 ? ways & (1u << GRAPHICS_KITTY | 1u << GRAPHICS_SIXEL) : 0;
}

bool terminal_use_graphics(struct terminal *t, enum graphics_way way)
{
    int w, h;
    cell_size(t, &w, &h);
    unsigned ways = terminal_pixels(t, GRAPHICS_BLOCKS);
    if (way == GRAPHICS_AUTO)
        way = ways >> GRAPHICS_KITTY & 1   ? GRAPHICS_KITTY
              : ways >> GRAPHICS_SIXEL & 1 ? GRAPHICS_SIXEL
                                           : GRAPHICS_BLOCKS;
    return graphics_use(t->graphics, way, w, h);
}

struct graphics *terminal_graphics(const struct terminal *t)
{
    return t->graphics;
}

/* As much as the terminal takes: a signal that ends the program ends a write that blocks, too. */
static void write_graphics(struct terminal *t, bool hide, bool again)
{
    char *text;
    size_t n, at = 0;
    FILE *out = memory_stream(&text, &n);
    if (hide)
        graphics_hide(t->graphics, out);
    else
        graphics_write(t->graphics, out, again);
    fclose(out);
    ssize_t wrote;
    while (at < n && (wrote = write(STDOUT_FILENO, text + at, n - at)) > 0)
        at += (size_t)wrote;
    free(text);
}

/* Pictures may have moved or lost a part. With the window a cell's size may have changed: where only an
 * answer tells it, that is asked again. */
static void note_resized(struct terminal *t)
{
    t->moved = graphics_shown(t->graphics);
    if (t->answers.cell_w == 0)
        return;
    t->answers.cell_w = t->answers.cell_h = 0;
    answers_ask(&t->answers, ANSWERS_CELL);
}

void terminal_size(struct terminal *t, int *rows, int *columns)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
        (size.ws_row != LINES || size.ws_col != COLS)) {
        resizeterm(size.ws_row, size.ws_col);
        note_resized(t);
    }
    *rows = LINES;
    *columns = COLS;
}

/* ---- Keys ---------------------------------------------------------------------------------------- */

static int key_of_curses(wint_t code)
{
    static const struct {
        int curses, key;
    } keys[] = {
        {KEY_UP, KEYS_UP},         {KEY_DOWN, KEYS_DOWN},
        {KEY_LEFT, KEYS_LEFT},     {KEY_RIGHT, KEYS_RIGHT},
        {KEY_PPAGE, KEYS_PAGE_UP}, {KEY_NPAGE, KEYS_PAGE_DOWN},
        {KEY_HOME, KEYS_HOME},     {KEY_END, KEYS_END},
        {KEY_A1, KEYS_HOME},       {KEY_C1, KEYS_END},
        {KEY_BTAB, KEYS_BACK_TAB}, {KEY_DC, KEYS_DELETE},
        {KEY_IC, KEYS_INSERT},     {KEY_BACKSPACE, KEYS_BACKSPACE},
        {KEY_ENTER, KEYS_ENTER},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if ((wint_t)keys[i].curses == code)
            return keys[i].key;
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return KEYS_F1 + (int)code - KEY_F(1);
    return -1;
}

static bool mouse_event(int *row, int *column, int *wheel)
{
    MEVENT m;
    if (getmouse(&m) != OK)
        return false;
    *row = m.y;
    *column = m.x;
    *wheel = m.bstate & BUTTON4_PRESSED ? -1 : m.bstate & BUTTON5_PRESSED ? 1 : 0;
    return *wheel || m.bstate & (BUTTON1_PRESSED | BUTTON1_CLICKED);
}

/* A window may change its size faster than it is told here: whoever reads keys has other things to do, and
 * looks at the size in every turn. */
static int read_key(struct terminal *t, int *row, int *column, int *wheel)
{
    enum { SIZES = 8 };
    wint_t code;
    int got, sizes = 0;
    while (sizes < SIZES && (got = get_wch(&code)) != ERR) {
        sizes += got == KEY_CODE_YES && code == KEY_RESIZE;
        if (got == OK && code == KEYS_ESC && answers_owed(&t->answers) && answers_take(&t->answers))
            continue;
        if (got == KEY_CODE_YES && code == KEY_MOUSE) {
            if (mouse_event(row, column, wheel))
                return 0;
            continue;
        }
        int key = got == KEY_CODE_YES ? key_of_curses(code) : (int)code;
        if (got != KEY_CODE_YES && (key == 8 || key == KEYS_BACKSPACE))
            key = KEYS_BACKSPACE;
        if (got != KEY_CODE_YES && key == '\n')
            key = KEYS_ENTER;
        if (key > 0)
            return key;
    }
    return -1;
}

int terminal_key(struct terminal *t, int *row, int *column, int *wheel)
{
    if (t->early_n == 0)
        return read_key(t, row, column, wheel);
    int key = t->early[0];
    memmove(t->early, t->early + 1, (size_t)--t->early_n * sizeof *t->early);
    return key;
}

/* For a moment, or until the last one came. Keys that come are kept; the mouse is not in use yet. */
static void wait_for_answers(struct terminal *t)
{
    int64_t end = clock_ms() + ANSWER_MS, left;
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    while (answers_owed(&t->answers) && t->early_n < EARLY && (left = end - clock_ms()) > 0 &&
           poll(&p, 1, (int)left) > 0 && !terminal_is_gone(t)) {
        int row, column, wheel, key;
        while (t->early_n < EARLY && (key = read_key(t, &row, &column, &wheel)) > 0)
            t->early[t->early_n++] = key;
    }
}

bool terminal_has_early(const struct terminal *t)
{
    return t->early_n > 0;
}

/* Programs with terminals inside show what is said to them in that way in lines of their own. */
static bool is_inside(const char *term)
{
    return getenv("TMUX") || getenv("STY") || strncmp(term, "tmux", 4) == 0 ||
           strncmp(term, "screen", 6) == 0;
}

void terminal_ask(struct terminal *t, bool background, bool pictures)
{
    const char *term = getenv("TERM");
    if (!answers_may_ask(term) || !(background || pictures))
        return;
    unsigned questions = background ? ANSWERS_BACKGROUND : 0;
    if (pictures)
        questions |= ANSWERS_SIXEL | ANSWERS_CELL | (is_inside(term) ? 0 : ANSWERS_KITTY);
    answers_ask(&t->answers, questions);
    wait_for_answers(t);
}

enum answers_background terminal_background(const struct terminal *t)
{
    return t->answers.background;
}

bool terminal_is_gone(const struct terminal *t)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    int waiting = 0;
    (void)t;
    if (poll(&p, 1, 0) <= 0)
        return false;
    if (p.revents & (POLLERR | POLLNVAL))
        return true;
    if (p.revents & POLLHUP)
        return true;
    return ioctl(STDIN_FILENO, FIONREAD, &waiting) < 0 || waiting == 0;
}

void terminal_mouse(struct terminal *t, bool on)
{
    if (t->mouse == on)
        return;
    t->mouse = on;
    mouseinterval(0);
    mousemask(on ? BUTTON1_PRESSED | BUTTON1_CLICKED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}
