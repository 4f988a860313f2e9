#include "commands/conclusion.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/memory.h"
#include "commands/outputs.h"
#include "csv/provenance.h"

void conclusion_set(struct command *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    free(c->conclusion);
    c->conclusion = memory_format_list(format, args);
    va_end(args);
}

void conclusion_written(struct command *c, const char *path)
{
    if (!path || outputs_is_stdout(path))
        return;
    text_list_add(&c->written, memory_copy(path));
    if (outputs_has_meta(path))
        text_list_add(&c->written, provenance_path(path));
}

void conclusion_made(struct command *c, const char *path)
{
    text_list_add(&c->written, memory_copy(path));
}

void conclusion_say(struct command *c)
{
    char *files = memory_copy("");
    for (int i = 0; i < c->written.n; i++) {
        char *longer = memory_format("%s%s%s", files, i ? ", " : "written: ", c->written.texts[i]);
        free(files);
        files = longer;
    }
    if (console_is_terminal(c->console) && (c->conclusion || *files))
        console_say(c->console, "%s%s%s", c->conclusion ? c->conclusion : "",
                    c->conclusion && *files ? "; " : "", files);
    free(files);
}

void conclusion_free(struct command *c)
{
    free(c->conclusion);
    text_list_free(&c->written);
}
