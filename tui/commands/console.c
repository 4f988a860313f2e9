#include "commands/console.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

enum { UPDATE_MS = 100, NARROWEST = 20, WIDEST_BAR = 40 };

void console_start(struct console *c)
{
    *c = (struct console){.terminal = isatty(STDERR_FILENO) == 1};
    c->drawn_ms = -UPDATE_MS;
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

void console_begin(struct console *c)
{
    c->began_ms = clock_ms();
}

static int width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col > NARROWEST ? size.ws_col : NARROWEST;
    return 80;
}

static void numbers(const struct console *c, long done, long total, char *out, size_t capacity)
{
    double seconds = (double)(clock_ms() - c->began_ms) / 1000;
    int n = snprintf(out, capacity, " %3ld%%  %ld/%ld images", done * 100 / total, done, total);
    if (done == 0 || seconds < 0.2 || n < 0 || (size_t)n >= capacity)
        return;
    double rate = (double)done / seconds;
    long left = (long)((double)(total - done) / rate + 0.5);
    n += snprintf(out + n, capacity - (size_t)n, "  %.*f/s  ETA ", rate < 10 ? 1 : 0, rate);
    if (left >= 3600)
        snprintf(out + n, capacity - (size_t)n, "%ld:%02ld:%02ld", left / 3600, left / 60 % 60, left % 60);
    else
        snprintf(out + n, capacity - (size_t)n, "%ld:%02ld", left / 60, left % 60);
}

void console_progress(struct console *c, const char *what, long done, long total)
{
    int64_t now = clock_ms();
    if (!c->terminal || now - c->drawn_ms < UPDATE_MS)
        return;
    c->drawn_ms = now;
    if (done > total)
        done = total;
    int columns = width() - 3; /* the terminal itself may write ^C behind it, and must not wrap then */
    char *shown = text_printable(what);
    char text[160] = "";
    if (total > 0)
        numbers(c, done, total, text, sizeof text);
    int used = (int)strlen(shown) + (int)strlen(text) + 3;
    int bar = total > 0 && columns > used + 10 ? columns - used : 0;
    if (bar > WIDEST_BAR)
        bar = WIDEST_BAR;
    char cells[WIDEST_BAR + 5] = "";
    if (bar) {
        int full = (int)((double)done / (double)total * bar);
        cells[0] = ' ';
        cells[1] = '[';
        memset(cells + 2, '#', (size_t)full);
        memset(cells + 2 + full, '.', (size_t)(bar - full));
        cells[2 + bar] = ']';
    }
    char whole[512];
    snprintf(whole, sizeof whole, "%.200s%s%s", shown, cells, text);
    fprintf(stderr, "\r%.*s\033[K", columns, whole);
    fflush(stderr);
    free(shown);
    c->bar = true;
}
