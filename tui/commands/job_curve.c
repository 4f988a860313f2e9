#include "commands/job.h"

#include <string.h>

struct curve_file *job_read_curve(struct job *j)
{
    const struct options *o = &j->c->options;
    struct error e;
    struct curve_file *f = curve_file_read(o->input.curve_csv, o->input.subset, &e);
    if (f && curve_file_match(f, j->table, j->inputs.cfg, &e) < 0) {
        curve_file_free(f);
        f = NULL;
    }
    if (!f)
        command_fail(j->c, COMMAND_BAD_INPUT, &e);
    else if (f->weights_xxh3[0] && strcmp(f->weights_xxh3, j->weights_xxh3) != 0)
        console_warn(&j->c->console, "%s: the curve was measured with other weights than %s", f->path,
                     j->inputs.weights);
    return f;
}
