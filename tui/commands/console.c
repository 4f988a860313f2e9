#include "commands/console.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "screen/cells.h"

enum { UPDATE_MS = 100, NARROWEST = 20, WIDEST_BAR = 40 };

struct console {
    bool terminal; /* standard error is one */
    bool bar;      /* a bar stands in the last line */
    int64_t drawn_ms;
    int64_t began_ms; /* of the run that the bar shows, */
    long began_done;  /* and what was done then */
    int64_t came_ms;  /* when the count last grew, */
    long came_done;   /* and to what */
    const char *unit; /* of what is counted */
    const char *count;
};

struct console *console_new(bool terminal)
{
    struct console *c = memory_new(1, sizeof *c);
    c->terminal = terminal;
    c->unit = "images";
    c->drawn_ms = -UPDATE_MS;
    return c;
}

void console_free(struct console *c)
{
    free(c);
}

bool console_is_terminal(const struct console *c)
{
    return c->terminal;
}

void console_clear(struct console *c)
{
    if (c->bar)
        fputs("\r\033[K", stderr);
    c->bar = false;
    fflush(stderr);
}

static void line(struct console *c, const char *kind, const char *format, va_list args)
{
    char text[4096];
    vsnprintf(text, sizeof text, format, args);
    char *shown = text_printable(text);
    console_clear(c);
    fprintf(stderr, "isplit: %s%s\n", kind, shown);
    free(shown);
}

void console_say(struct console *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(c, "", format, args);
    va_end(args);
}

void console_warn(struct console *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(c, "warning: ", format, args);
    va_end(args);
}

void console_note(struct console *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(c, "note: ", format, args);
    va_end(args);
}

void console_print(FILE *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = memory_format_list(format, args);
    va_end(args);
    char *shown = text_printable(text);
    fprintf(out, "%s\n", shown);
    free(shown);
    free(text);
}

void console_unit(struct console *c, const char *unit)
{
    c->unit = unit;
}

void console_count(struct console *c, const char *count)
{
    c->count = count;
}

void console_begin(struct console *c, long done)
{
    c->began_ms = clock_ms();
    c->began_done = c->came_done = done;
    c->came_ms = c->began_ms;
}

static int width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col > NARROWEST ? size.ws_col : NARROWEST;
    return 80;
}

/* The count grows by a batch at a time: the rate is that of when it last did, and until it does again the
 * time that is left gets less. Where that is over, all the time counts. False: nothing can be said. */
static bool rate_of(const struct console *c, long total, double *rate, double *left)
{
    double worked = (double)(c->came_ms - c->began_ms) / 1000;
    double waited = (double)(clock_ms() - c->came_ms) / 1000;
    double grown = (double)(c->came_done - c->began_done), rest = (double)(total - c->came_done);
    if (grown <= 0 || worked + waited < 0.2)
        return false;
    bool over = worked < 0.2 || rest * worked / grown < waited;
    *rate = grown / (over ? worked + waited : worked);
    *left = rest / *rate - (over ? 0 : waited);
    return true;
}

static void print_left(FILE *out, double seconds)
{
    long left = (long)(seconds + 0.5);
    fprintf(out, "ETA ");
    if (left >= 3600)
        fprintf(out, "%ld:%02ld:%02ld", left / 3600, left / 60 % 60, left % 60);
    else
        fprintf(out, "%ld:%02ld", left / 60, left % 60);
}

char *console_eta(const struct console *c, long total)
{
    char *text;
    size_t length;
    FILE *out = memory_stream(&text, &length);
    double rate, left;
    if (rate_of(c, total, &rate, &left)) {
        fprintf(out, ", ");
        print_left(out, left);
    }
    fclose(out);
    return text;
}

static void print_rate(const struct console *c, FILE *out, double rate, double seconds)
{
    if (!c->count)
        fprintf(out, "  %.*f/s", rate < 10 ? 1 : 0, rate);
    fprintf(out, "  ");
    print_left(out, seconds);
}

/* What stands behind the bar. New string. */
static char *numbers(const struct console *c, long done, long total, long silent)
{
    char *text;
    size_t length;
    FILE *out = memory_stream(&text, &length);
    double rate, left;
    if (total > 0 && c->count)
        fprintf(out, " %3ld%%  %s", done * 100 / total, c->count);
    else if (total > 0)
        fprintf(out, " %3ld%%  %ld/%ld %s", done * 100 / total, done, total, c->unit);
    if (silent > 0)
        fprintf(out, "%s no answer from the worker for %ld s", total > 0 ? " " : ",", silent);
    else if (total > 0 && rate_of(c, total, &rate, &left))
        print_rate(c, out, rate, left);
    fclose(out);
    return text;
}

/* " [####....]" */
static void bar_text(char out[WIDEST_BAR + 5], int width, long done, long total)
{
    int full = (int)((double)done / (double)total * width);
    memcpy(out, " [", 2);
    memset(out + 2, '#', (size_t)full);
    memset(out + 2 + full, '.', (size_t)(width - full));
    memcpy(out + 2 + width, "]", 2);
}

void console_progress(struct console *c, const char *what, long done, long total, long silent)
{
    int64_t now = clock_ms();
    if (done > total)
        done = total;
    if (done != c->came_done) {
        c->came_done = done;
        c->came_ms = now;
    }
    if (!c->terminal || now - c->drawn_ms < UPDATE_MS)
        return;
    c->drawn_ms = now;
    int columns = width() - 3; /* the terminal itself may write ^C behind it, and must not wrap then */
    char *shown = text_printable(what), *text = numbers(c, done, total, silent);
    int used = cells_width(shown) + (int)strlen(text) + 3;
    int bar = total > 0 && columns > used + 10 ? columns - used : 0;
    char cells[WIDEST_BAR + 5] = "";
    if (bar)
        bar_text(cells, bar < WIDEST_BAR ? bar : WIDEST_BAR, done, total);
    char *whole = memory_format("%s%s%s", shown, cells, text);
    cells_cut(whole, columns);
    fprintf(stderr, "\r%s\033[K", whole);
    fflush(stderr);
    free(whole);
    free(text);
    free(shown);
    c->bar = true;
}
