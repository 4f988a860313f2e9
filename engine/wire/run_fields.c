#include "wire/run_fields.h"

#include <stdlib.h>
#include <string.h>

#include "wire/message_run.h"

/* Every field of the run message. */
static const struct {
    const char *name;
    unsigned decides;
} fields[] = {
    {"type", 0},
    {"images", 0},
    {"images_all", RUN_FIELDS_GRAPH}, /* rows by a larger batch serve as well, and are looked for first */
    {"layers", RUN_FIELDS_ROW},
    {"score", RUN_FIELDS_ROW},
    {"reduce", RUN_FIELDS_ROW},
    {"tap", RUN_FIELDS_ROW | RUN_FIELDS_GRAPH},
    {"fit", RUN_FIELDS_ROW},
    {"mean", RUN_FIELDS_ROW},
    {"std", RUN_FIELDS_ROW},
    {"scale", RUN_FIELDS_ROW},
    {"bgr", RUN_FIELDS_ROW},
    {"exif", RUN_FIELDS_ROW},
    {"precision", RUN_FIELDS_ROW | RUN_FIELDS_TUNING | RUN_FIELDS_GRAPH},
    {"bn_epsilon", RUN_FIELDS_ROW | RUN_FIELDS_TUNING | RUN_FIELDS_GRAPH},
    {"batch", RUN_FIELDS_TUNING | RUN_FIELDS_GRAPH},
    {"threads", RUN_FIELDS_TUNING | RUN_FIELDS_GRAPH},
    {"exact", RUN_FIELDS_TUNING | RUN_FIELDS_GRAPH},
    {"memory", RUN_FIELDS_TUNING | RUN_FIELDS_GRAPH},
    {"plan_file", RUN_FIELDS_TUNING | RUN_FIELDS_GRAPH},
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

/* An option missing above would mix rows: no run with it is sent. */
static unsigned run_fields_decided(const char *name)
{
    for (int i = 0; i < FIELDS; i++)
        if (strcmp(fields[i].name, name) == 0)
            return fields[i].decides;
    abort();
}

json_t *run_fields(const struct run_options *run, unsigned decides)
{
    struct run_options bare = *run; /* there may be many images */
    bare.images = NULL;
    bare.images_n = 0;
    json_t *message = message_run(&bare), *object = json_object(), *value;
    const char *name;
    json_object_foreach(message, name, value) if (run_fields_decided(name) & decides)
        json_object_set(object, name, value);
    json_decref(message);
    return object;
}

bool run_fields_same(const struct run_options *a, const struct run_options *b, unsigned decides)
{
    json_t *one = run_fields(a, decides), *other = run_fields(b, decides);
    bool same = json_equal(one, other) == 1;
    json_decref(one);
    json_decref(other);
    return same;
}
