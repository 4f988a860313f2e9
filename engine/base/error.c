#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"

int error_set(struct error *e, const char *format, ...)
{
    if (!e)
        return -1;
    va_list args;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    return -1;
}

int error_at(struct error *e, const char *file, long line, const char *format, ...)
{
    if (!e)
        return -1;
    char what[sizeof e->text];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);

    char *name = text_escape(file);
    /* A very long file name is cut to what the sentence leaves free. */
    if (line > 0)
        snprintf(e->text, sizeof e->text, "%.600s:%ld: %.1400s", name, line, what);
    else
        snprintf(e->text, sizeof e->text, "%.600s: %.1400s", name, what);
    free(name);
    return -1;
}
