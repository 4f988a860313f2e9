#include "worker/tuning_file.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "net/cfg.h"
#include "net/definition.h"
#include "wire/fields.h"

enum { VERSION = 1, MOST = 4096 /* limit of threads and batch, as on the command line */ };
#define SIZE_LIMIT ((size_t)16 << 20)

/* ---- Writing ------------------------------------------------------------------------------------ */

static json_t *hash_text(uint64_t hash)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return json_string(text);
}

static json_t *tuning_file_layers_of(const struct tuning *r)
{
    json_t *layers = json_array();
    for (int l = 0; l < r->layers_n; l++)
        json_array_append_new(layers, json_pack("{ss ss}", "forward", r->layers[l].passes[ONEDNN_FORWARD],
                                                "gradient", r->layers[l].passes[ONEDNN_GRADIENT]));
    return layers;
}

static int tuning_file_check_name(const char *path, struct error *e)
{
    return strcmp(path, "-") == 0 ? error_set(e, "a tuning file '-' (expected the path of a file, as in ./-)")
                                  : 0;
}

int tuning_file_write(const char *path, const struct tuning *r, struct error *e)
{
    struct file_out out;
    if (tuning_file_check_name(path, e) < 0 || file_out_open(&out, path, e) < 0)
        return -1;
    json_t *file = json_pack("{si si si ss ss ss ss so so so}", "isplit_plan", VERSION, "batch", r->batch,
                             "threads", r->threads, "isa", r->isa, "onednn", r->onednn, "precision",
                             r->precision, "tap", tap_words[r->tap], "network", hash_text(r->net), "listed",
                             hash_text(r->listed), "layers", tuning_file_layers_of(r));
    bool written =
        file && json_dumpf(file, out.stream, JSON_INDENT(1)) == 0 && fputc('\n', out.stream) != EOF;
    json_decref(file);
    if (written)
        return file_out_commit_new(&out, e);
    error_at(e, path, 0, "cannot write: %s", strerror(errno));
    file_out_abandon(&out);
    return -1;
}

/* ---- Reading ------------------------------------------------------------------------------------ */

static void tuning_file_read_text(struct fields *f, const char *key, char *out, size_t capacity)
{
    const char *text = fields_text(f, key, false);
    char expected[64];
    snprintf(expected, sizeof expected, "a string of less than %zu bytes", capacity);
    if (strlen(text) >= capacity)
        fields_fail(f, key, expected);
    else
        strcpy(out, text);
}

static uint64_t read_hash(struct fields *f, const char *key)
{
    const char *text = fields_text(f, key, false);
    if (!f->failed && (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16))
        fields_fail(f, key, "16 hex digits");
    return strtoull(text, NULL, 16);
}

static void read_layers(struct fields *f, struct tuning *r, struct error *e)
{
    const json_t *array = fields_array(f, "layers", -1);
    size_t n = json_array_size(array);
    if (n >= CFG_SECTIONS_MAX) /* [net] is none of them */
        fields_fail(f, "layers", "no more of them than a network has");
    if (f->failed)
        return;
    r->layers = memory_new(n, sizeof *r->layers);
    r->layers_n = (int)n;
    for (size_t l = 0; l < n && !f->failed; l++) {
        struct fields one = fields_of(json_array_get(array, l), e, "layers[%zu]", l);
        tuning_file_read_text(&one, "forward", r->layers[l].passes[ONEDNN_FORWARD],
                              sizeof r->layers[l].passes[0]);
        tuning_file_read_text(&one, "gradient", r->layers[l].passes[ONEDNN_GRADIENT],
                              sizeof r->layers[l].passes[0]);
        f->failed = one.failed;
    }
}

static struct tuning *tuning_file_tuning_of(const json_t *file, struct error *e)
{
    struct tuning *r = memory_new(1, sizeof *r);
    struct fields f = fields_of(file, e, "plan");
    fields_integer(&f, "isplit_plan", VERSION, VERSION);
    r->batch = (int)fields_integer(&f, "batch", 1, MOST);
    r->threads = (int)fields_integer(&f, "threads", 1, MOST);
    tuning_file_read_text(&f, "isa", r->isa, sizeof r->isa);
    tuning_file_read_text(&f, "onednn", r->onednn, sizeof r->onednn);
    tuning_file_read_text(&f, "precision", r->precision, sizeof r->precision);
    r->tap = (enum tap)fields_word(&f, "tap", tap_words);
    r->net = read_hash(&f, "network");
    r->listed = read_hash(&f, "listed");
    read_layers(&f, r, e);
    if (!f.failed)
        return r;
    tuning_free(r);
    return NULL;
}

int tuning_file_read(const char *path, struct tuning **tuning, struct error *e)
{
    struct stat st;
    *tuning = NULL;
    if (tuning_file_check_name(path, e) < 0)
        return -1;
    if (lstat(path, &st) < 0 && errno == ENOENT)
        return file_out_check(path,
                              e); /* reported before the network is loaded, not when the graph is made */
    size_t length;
    char *text = file_read(path, SIZE_LIMIT, &length, e);
    if (!text)
        return -1;
    json_error_t fault;
    json_t *file = json_loadb(text, length, 0, &fault);
    free(text);
    if (!file)
        return error_at(e, path, fault.line, "is not a tuning: %s", fault.text);
    struct error why;
    *tuning = tuning_file_tuning_of(file, &why);
    json_decref(file);
    return *tuning ? 0 : error_at(e, path, 0, "is not a tuning: %s", why.text);
}
