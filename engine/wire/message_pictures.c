#include "wire/message_pictures.h"

#include <limits.h>

#include "wire/message_parts.h"

json_t *message_pictures_request(const struct run_options *r)
{
    json_t *request = json_pack("{ss so si si sb sI}", "type", "pictures", "images",
                                fields_from_longs(r->images, r->images_n), "batch", r->batch, "threads",
                                r->threads, "exact", r->exact, "memory", (json_int_t)r->memory);
    return message_joined(request, message_pixels(&r->pixels));
}

int message_pictures_request_read(const json_t *message, struct run_options *r, struct error *e)
{
    struct fields f = fields_of(message, e, "pictures");
    *r = run_options_default();
    r->images = fields_longs(&f, "images", &r->images_n);
    r->batch = (int)fields_integer(&f, "batch", 0, INT_MAX);
    r->threads = (int)fields_integer(&f, "threads", 0, INT_MAX);
    r->exact = fields_bool(&f, "exact");
    r->memory = fields_integer(&f, "memory", 0, INT64_MAX);
    message_pixels_read(&f, &r->pixels);
    if (r->images_n == 0)
        fields_fail(&f, "images", "at least one image");
    if (f.failed)
        run_options_free(r);
    return f.failed ? -1 : 0;
}

json_t *message_pictures(const struct measured_pictures *p)
{
    json_t *rows = json_array();
    for (int i = 0; i < p->rows_n; i++) {
        const struct measured_picture *r = &p->rows[i];
        json_array_append_new(rows,
                              json_pack("{si sI sf sI sI}", "quality", r->quality, "bytes",
                                        (json_int_t)r->bytes, "deviation", (double)r->deviation, "correct",
                                        (json_int_t)r->correct, "agrees", (json_int_t)r->agrees));
    }
    return json_pack("{ss sI sI so}", "type", "pictures", "images", (json_int_t)p->images, "correct",
                     (json_int_t)p->correct, "rows", rows);
}

static void picture_read(struct fields *f, long images, struct measured_picture *r)
{
    r->quality = (int)fields_integer(f, "quality", PICTURES_STORED, 100);
    r->bytes = fields_integer(f, "bytes", images, INT64_MAX);
    r->deviation = fields_float(f, "deviation");
    r->correct = (long)fields_integer(f, "correct", 0, images);
    r->agrees = (long)fields_integer(f, "agrees", 0, images);
    if (!(r->deviation >= 0))
        fields_fail(f, "deviation", "a number from 0 up");
}

int message_pictures_read(const json_t *message, struct measured_pictures *p, struct error *e)
{
    struct fields f = fields_of(message, e, "pictures");
    *p = (struct measured_pictures){0};
    p->images = (long)fields_integer(&f, "images", 0, LONG_MAX);
    p->correct = (long)fields_integer(&f, "correct", 0, p->images);
    const json_t *rows = fields_array(&f, "rows", -1);
    size_t n = json_array_size(rows);
    if (n > PICTURES_ROWS)
        fields_fail(&f, "rows", "no more rows than were asked for");
    for (size_t i = 0; i < n && !f.failed; i++) {
        struct fields row = fields_of(json_array_get(rows, i), e, "pictures: rows[%d]", (int)i);
        picture_read(&row, p->images, &p->rows[i]);
        f.failed = row.failed;
    }
    p->rows_n = (int)n;
    return f.failed ? -1 : 0;
}
