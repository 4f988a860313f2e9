#include "wire/message_hash.h"

#include <limits.h>
#include <stdlib.h>

#include "base/memory.h"
#include "wire/fields.h"

json_t *message_hash(const long *images, long n)
{
    return json_pack("{ss so}", "type", "hash", "images", fields_from_longs(images, n));
}

int message_hash_read(const json_t *message, long **images, long *n, struct error *e)
{
    struct fields f = fields_of(message, e, "hash");
    *images = fields_longs(&f, "images", n);
    return f.failed ? -1 : 0;
}

json_t *message_contents(const long *images, const struct content *contents, long n)
{
    json_t *array = json_array();
    for (long i = 0; i < n; i++)
        json_array_append_new(array,
                              json_pack("[Io]", (json_int_t)images[i], fields_from_content(&contents[i])));
    return json_pack("{ss so}", "type", "contents", "items", array);
}

int message_contents_read(const json_t *message, long **images, struct content **contents, long *n,
                          struct error *e)
{
    struct fields f = fields_of(message, e, "contents");
    const json_t *array = fields_array(&f, "items", -1);
    size_t length = json_array_size(array);
    *images = memory_new(length, sizeof **images);
    *contents = memory_new(length, sizeof **contents);
    *n = (long)length;
    for (size_t i = 0; i < length && !f.failed; i++) {
        const json_t *item = json_array_get(array, i);
        int64_t image = 0;
        if (json_array_size(item) != 2 ||
            fields_to_integer(json_array_get(item, 0), 0, LONG_MAX, &image) < 0 ||
            fields_to_content(json_array_get(item, 1), &(*contents)[i]) < 0)
            fields_fail(&f, "items", "pairs of an image number and 32 hex digits or null");
        (*images)[i] = (long)image;
    }
    if (!f.failed)
        return 0;
    free(*images);
    free(*contents);
    return -1;
}

json_t *message_hashed(long images)
{
    return json_pack("{ss sI}", "type", "hashed", "images", (json_int_t)images);
}

int message_hashed_read(const json_t *message, long *images, struct error *e)
{
    struct fields f = fields_of(message, e, "hashed");
    *images = (long)fields_integer(&f, "images", 0, LONG_MAX);
    return f.failed ? -1 : 0;
}
