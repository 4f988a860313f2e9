#include "client/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "client/archive_parts.h"
#include "client/question.h"
#include "output/sheet_reader.h"

/* Listed layers must be layers of the network. */
static int check_layers(const struct archive *a, struct error *e)
{
    int last = a->run.layers[a->run.layers_n - 1];
    if (last < a->table->rows_n)
        return 0;
    return error_set(e, "it lists layer %d of a network with %d layers", last, a->table->rows_n);
}

int archive_read_texts(struct archive *a, const char *question, const char *layers, struct error *e)
{
    json_error_t fault;
    if (question_read(question, &a->run, e) < 0)
        return -1;
    json_t *message = json_loads(layers, JSON_REJECT_DUPLICATES, &fault);
    a->table = message_layers_read(message, a->cfg_xxh3, a->weights_xxh3, e);
    json_decref(message);
    return a->table ? check_layers(a, e) : -1;
}

/* Whether it is one: every SQLite file begins with these 16 bytes. */
static int is_store(const char *path, struct error *e)
{
    static const char magic[16] = "SQLite format 3";
    char first[sizeof magic];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not hang the program */
    if (fd < 0)
        return error_at(e, path, 0, "cannot open: %s", strerror(errno));
    ssize_t n = read(fd, first, sizeof first);
    int status = n == sizeof magic && memcmp(first, magic, sizeof magic) == 0;
    if (n < 0)
        status = error_at(e, path, 0, "cannot read: %s", strerror(errno));
    close(fd);
    return status;
}

struct archive *archive_open(const char *path, long study, struct error *e)
{
    int store = is_store(path, e);
    if (store < 0)
        return NULL;
    if (!store && study) {
        error_at(e, path, 0, "is no store, so it has no studies to choose from");
        return NULL;
    }
    struct archive *a = memory_new(1, sizeof *a);
    a->path = memory_copy(path);
    a->reading = memory_new(1, sizeof *a->reading);
    if ((store ? archive_open_store(a, study, e) : archive_open_rows(a, e)) == 0)
        return a;
    archive_free(a);
    return NULL;
}

int archive_step(struct archive *a, int ms, long *done, long *of, struct error *e)
{
    if (a->curve) {
        *done = *of = 1;
        return 1;
    }
    return a->reading->store ? archive_step_store(a, ms, done, of, e) : archive_step_rows(a, ms, done, of, e);
}

void archive_free(struct archive *a)
{
    if (!a)
        return;
    if (a->reading->loading)
        store_load_free(&a->reading->load);
    store_close(a->reading->store);
    sheet_reader_close(a->reading->reader);
    message_dataset_free(a->reading->dataset);
    curve_free(a->reading->curve);
    free(a->reading->values);
    free(a->reading);
    message_dataset_free(a->dataset);
    curve_free(a->curve);
    table_free(a->table);
    run_options_free(&a->run);
    provenance_free(&a->made);
    free(a->path);
    free(a->cfg);
    free(a->weights);
    free(a->data);
    free(a);
}
