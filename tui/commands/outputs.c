#include "commands/outputs.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "csv/provenance.h"

bool outputs_is_stdout(const char *path)
{
    return strcmp(path, "-") == 0;
}

bool outputs_has_meta(const char *path)
{
    return path && !outputs_is_stdout(path) && !file_is_device(path);
}

/* A shell may have opened a file as our standard output that is named as well. */
static char *resolve_output(const char *path)
{
    struct stat st;
    if (!outputs_is_stdout(path))
        return file_resolve(path);
    bool file = fstat(STDOUT_FILENO, &st) == 0 && S_ISREG(st.st_mode);
    char *opened = file ? realpath("/proc/self/fd/1", NULL) : NULL;
    return opened ? opened : memory_copy(path);
}

struct places {
    char **names, **resolved; /* [n] */
    int n;
};

static void outputs_add(struct places *p, const char *name)
{
    p->names = memory_grow(p->names, (size_t)p->n + 1, sizeof *p->names);
    p->resolved = memory_grow(p->resolved, (size_t)p->n + 1, sizeof *p->resolved);
    p->names[p->n] = memory_copy(name);
    p->resolved[p->n++] = resolve_output(name);
}

static void places_free(struct places *p)
{
    for (int i = 0; i < p->n; i++) {
        free(p->names[i]);
        free(p->resolved[i]);
    }
    free(p->names);
    free(p->resolved);
}

static int check_twice(struct command *c, const struct places *p)
{
    for (int i = 0; i < p->n; i++)
        for (int k = i + 1; k < p->n; k++) {
            if (strcmp(p->resolved[i], p->resolved[k]) != 0)
                continue;
            if (outputs_is_stdout(p->names[i]) && outputs_is_stdout(p->names[k]))
                console_say(c->console, "two outputs go to standard output");
            else
                console_say(c->console, "two outputs go to the same file: %s and %s", p->names[i],
                            p->names[k]);
            return COMMAND_USAGE;
        }
    return COMMAND_DONE;
}

static int check_inputs(struct command *c, const struct places *p, const char *const *inputs, int n)
{
    int status = COMMAND_DONE;
    for (int i = 0; i < n && status == COMMAND_DONE; i++) {
        char *input = inputs[i] ? file_resolve(inputs[i]) : NULL;
        for (int k = 0; k < p->n && input && status == COMMAND_DONE; k++)
            if (strcmp(p->resolved[k], input) == 0) {
                console_say(c->console, "the output %s is the input %s", p->names[k], inputs[i]);
                status = COMMAND_USAGE;
            }
        free(input);
    }
    return status;
}

static int check_writable(struct command *c, const struct places *p)
{
    struct error e;
    for (int i = 0; i < p->n; i++)
        if (file_out_check(p->names[i], &e) < 0)
            return command_fail(c, COMMAND_BAD_INPUT, &e);
    return COMMAND_DONE;
}

int outputs_check(struct command *c, const char *const *outputs, int outputs_n, const char *const *inputs,
                  int inputs_n)
{
    struct places p = {0};
    for (int i = 0; i < outputs_n; i++) {
        if (outputs[i])
            outputs_add(&p, outputs[i]);
        if (outputs_has_meta(outputs[i])) {
            char *meta = provenance_path(outputs[i]);
            outputs_add(&p, meta);
            free(meta);
        }
    }
    int status = check_twice(c, &p);
    if (status == COMMAND_DONE)
        status = check_inputs(c, &p, inputs, inputs_n);
    if (status == COMMAND_DONE)
        status = check_writable(c, &p);
    places_free(&p);
    return status;
}

int outputs_check_store(struct command *c, const char *const *outputs, int outputs_n, const char *store)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char *resolved = store ? file_resolve(store) : NULL;
    int status = COMMAND_DONE;
    for (int i = 0; i < outputs_n && resolved && status == COMMAND_DONE; i++) {
        char *output = outputs[i] ? resolve_output(outputs[i]) : memory_copy("");
        for (size_t k = 0; k < sizeof endings / sizeof endings[0] && status == COMMAND_DONE; k++) {
            char *file = memory_format("%s%s", resolved, endings[k]);
            if (strcmp(output, file) == 0) {
                console_say(c->console, "the output %s is a file of the store %s", outputs[i], store);
                status = COMMAND_USAGE;
            }
            free(file);
        }
        free(output);
    }
    free(resolved);
    return status;
}
