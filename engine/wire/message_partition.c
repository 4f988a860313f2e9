#include "wire/message_partition.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/message_parts.h"

#define BYTES_LIMIT ((int64_t)1 << 60)

json_t *message_partition_request(const struct partition_request *r)
{
    json_t *request =
        json_pack("{ss si so sb ss ss si so}", "type", "split", "layer", r->layer, "folder",
                  fields_from_path(r->folder), "force", r->force, "cfg_xxh3", r->cfg_xxh3, "weights_xxh3",
                  r->weights_xxh3, "inputs", r->inputs, "images", fields_from_longs(r->images, r->images_n));
    if (r->onnx)
        json_object_set_new(request, "onnx", json_true());
    return message_joined(request, message_pixels(&r->pixels));
}

int message_partition_request_read(const json_t *message, struct partition_request *r, struct error *e)
{
    struct fields f = fields_of(message, e, "split");
    *r = (struct partition_request){0};
    r->layer = (int)fields_integer(&f, "layer", 0, INT_MAX - 1);
    r->folder = fields_path(&f, "folder", false);
    r->onnx = json_object_get(message, "onnx") && fields_bool(&f, "onnx");
    r->force = fields_bool(&f, "force");
    message_xxh3_read(&f, "cfg_xxh3", false, r->cfg_xxh3);
    message_xxh3_read(&f, "weights_xxh3", false, r->weights_xxh3);
    r->inputs = (int)fields_integer(&f, "inputs", 1, PARTITION_INPUTS_LIMIT);
    r->images = fields_longs(&f, "images", &r->images_n);
    message_pixels_read(&f, &r->pixels);
    if (f.failed)
        partition_request_free(r);
    return f.failed ? -1 : 0;
}

json_t *message_partition(const struct partition_answer *m)
{
    json_t *files = json_array();
    for (int i = 0; i < partition_files(m->onnx); i++)
        json_array_append_new(files, json_pack("{ss sI ss}", "name", partition_file_names[i], "bytes",
                                               (json_int_t)m->files[i].bytes, "xxh3", m->files[i].xxh3));
    json_t *lacking =
        json_pack("[s?s?]", m->lacking[0][0] ? m->lacking[0] : NULL, m->lacking[1][0] ? m->lacking[1] : NULL);
    return json_pack("{ss si sb si so sb so so s[ss] sb so}", "type", "split", "layer", m->layer, "lead",
                     m->lead, "inputs", m->inputs, "processor", fields_from_text(m->processor), "images",
                     m->images, "files", files, "lacking", lacking, "runs_in", net_runs_words[m->runs_in[0]],
                     net_runs_words[m->runs_in[1]], "fork", m->fork, "folded",
                     m->folded < 0 ? json_null() : json_real(m->folded));
}

static enum net_runs read_runs(struct fields *f, const json_t *word)
{
    for (int i = 0; json_is_string(word) && net_runs_words[i]; i++)
        if (strcmp(json_string_value(word), net_runs_words[i]) == 0)
            return (enum net_runs)i;
    fields_fail(f, "runs_in", "stock, fork or isplit");
    return NET_RUNS_STOCK;
}

/* What stock Darknet lacks for the halves, and what was done about batch norm. */
static void read_darknets(struct fields *f, struct partition_answer *m)
{
    const json_t *lacking = fields_array(f, "lacking", 2);
    for (size_t i = 0; lacking && i < 2; i++) {
        const json_t *text = json_array_get(lacking, i);
        if (!json_is_null(text) && !json_is_string(text))
            fields_fail(f, "lacking", "texts");
        char *plain = text_escape(json_is_string(text) ? json_string_value(text) : "");
        snprintf(m->lacking[i], sizeof m->lacking[i], "%s", plain);
        free(plain);
    }
    const json_t *runs_in = fields_array(f, "runs_in", 2);
    for (size_t i = 0; runs_in && i < 2; i++)
        m->runs_in[i] = read_runs(f, json_array_get(runs_in, i));
    m->fork = fields_bool(f, "fork");
    m->folded = json_is_null(json_object_get(f->object, "folded")) ? -1 : (double)fields_float(f, "folded");
}

int message_partition_read(const json_t *message, struct partition_answer *m, struct error *e)
{
    struct fields f = fields_of(message, e, "split");
    *m = (struct partition_answer){0};
    m->layer = (int)fields_integer(&f, "layer", 0, INT_MAX - 1);
    m->lead = fields_bool(&f, "lead");
    m->inputs = (int)fields_integer(&f, "inputs", 1, PARTITION_INPUTS_LIMIT);
    snprintf(m->processor, sizeof m->processor, "%s", fields_text(&f, "processor", false));
    m->images = fields_bool(&f, "images");
    read_darknets(&f, m);
    m->onnx = json_array_size(json_object_get(message, "files")) == PARTITION_FILES;
    int files_n = partition_files(m->onnx);
    const json_t *files = fields_array(&f, "files", files_n);
    for (int i = 0; files && i < files_n && !f.failed; i++) {
        struct fields file = fields_of(json_array_get(files, (size_t)i), e, "split: files[%d]", i);
        if (strcmp(fields_text(&file, "name", false), partition_file_names[i]) != 0)
            fields_fail(&file, "name", partition_file_names[i]);
        m->files[i].bytes = fields_integer(&file, "bytes", 1, BYTES_LIMIT);
        message_xxh3_read(&file, "xxh3", false, m->files[i].xxh3);
        f.failed = file.failed;
    }
    return f.failed ? -1 : 0;
}
