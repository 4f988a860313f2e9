#include "wire/message_pictures.h"

#include <limits.h>

#include "wire/message_parts.h"

json_t *message_pictures_request(const struct run_options *r, const char *tuning)
{
    json_t *request = json_pack("{ss so si si sb sI}", "type", "pictures", "images",
                                fields_from_longs(r->images, r->images_n), "batch", r->batch, "threads",
                                r->threads, "exact", r->exact, "memory", (json_int_t)r->memory);
    if (request && tuning[0])
        json_object_set_new(request, "plan", json_string(tuning));
    return message_joined(request, message_pixels(&r->pixels));
}

int message_pictures_request_read(const json_t *message, struct run_options *r, char tuning[17],
                                  struct error *e)
{
    struct fields f = fields_of(message, e, "pictures");
    *r = run_options_default();
    tuning[0] = '\0';
    r->images = fields_longs(&f, "images", &r->images_n);
    r->batch = (int)fields_integer(&f, "batch", 0, INT_MAX);
    r->threads = (int)fields_integer(&f, "threads", 0, INT_MAX);
    r->exact = fields_bool(&f, "exact");
    r->memory = fields_integer(&f, "memory", 0, INT64_MAX);
    message_pixels_read(&f, &r->pixels);
    if (r->images_n == 0)
        fields_fail(&f, "images", "at least one image");
    if (!f.failed && json_object_get(message, "plan"))
        message_xxh3_read(&f, "plan", false, tuning);
    if (f.failed)
        run_options_free(r);
    return f.failed ? -1 : 0;
}

/* `sent`: bytes and class of each quality, in their order; empty where the image cannot be used. */
json_t *message_picture(const struct picture_row *row)
{
    json_t *sent = json_array();
    for (int i = 0; i < PICTURES_QUALITIES && row->own >= 0; i++) {
        json_array_append_new(sent, json_integer((json_int_t)row->sent[i].bytes));
        json_array_append_new(sent, json_integer(row->sent[i].predicted));
    }
    return json_pack("{ss sI so si sI so}", "type", "picture", "image", (json_int_t)row->image, "content",
                     fields_from_content(&row->content), "top", row->own, "stored", (json_int_t)row->stored,
                     "sent", sent);
}

int message_picture_read(const json_t *message, struct picture_row *row, struct error *e)
{
    struct fields f = fields_of(message, e, "picture");
    int64_t sent[PICTURES_QUALITIES][2] = {0};
    *row = (struct picture_row){0};
    row->image = (long)fields_integer(&f, "image", 0, LONG_MAX);
    row->content = fields_content(&f, "content");
    row->own = (int)fields_integer(&f, "top", -1, INT_MAX);
    row->stored = (uint32_t)fields_integer(&f, "stored", 0, UINT32_MAX);
    fields_integers(&f, "sent", sent[0], f.failed || row->own < 0 ? 0 : 2 * PICTURES_QUALITIES, 0,
                    UINT32_MAX);
    for (int i = 0; i < PICTURES_QUALITIES; i++) {
        const int64_t bytes = sent[i][0], answer = sent[i][1];
        if (answer > INT32_MAX || (row->own >= 0 && bytes < 1))
            fields_fail(&f, "sent", "bytes and a class");
        row->sent[i] = (struct picture_sent){(uint32_t)bytes, (int32_t)(answer & INT32_MAX)};
    }
    return f.failed ? -1 : 0;
}

json_t *message_pictures(long images)
{
    return json_pack("{ss sI}", "type", "pictures", "images", (json_int_t)images);
}

int message_pictures_read(const json_t *message, long *images, struct error *e)
{
    struct fields f = fields_of(message, e, "pictures");
    *images = (long)fields_integer(&f, "images", 0, LONG_MAX);
    return f.failed ? -1 : 0;
}
