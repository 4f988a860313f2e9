#include "link/run_keys.h"

#include <stdlib.h>
#include <string.h>

#include "link/message_run.h"

/* Every field of the run message. */
static const struct {
    const char *name;
    unsigned decides;
} fields[] = {
    {"type", 0},
    {"images", 0},
    {"layers", RUN_KEY_ROW},
    {"score", RUN_KEY_ROW},
    {"reduce", RUN_KEY_ROW},
    {"tap", RUN_KEY_ROW | RUN_KEY_GRAPH},
    {"fit", RUN_KEY_ROW},
    {"mean", RUN_KEY_ROW},
    {"std", RUN_KEY_ROW},
    {"scale", RUN_KEY_ROW},
    {"bgr", RUN_KEY_ROW},
    {"precision", RUN_KEY_ROW | RUN_KEY_TUNING | RUN_KEY_GRAPH},
    {"batch", RUN_KEY_TUNING | RUN_KEY_GRAPH},
    {"threads", RUN_KEY_TUNING | RUN_KEY_GRAPH},
    {"exact", RUN_KEY_TUNING | RUN_KEY_GRAPH},
    {"memory", RUN_KEY_TUNING | RUN_KEY_GRAPH},
    {"plan_file", RUN_KEY_TUNING | RUN_KEY_GRAPH},
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

/* An option that nobody has entered above would mix rows: no run is made with it. */
static unsigned run_keys_decided(const char *name)
{
    for (int i = 0; i < FIELDS; i++)
        if (strcmp(fields[i].name, name) == 0)
            return fields[i].decides;
    abort();
}

json_t *run_keys(const struct run_options *run, unsigned decides)
{
    struct run_options bare = *run; /* of images there may be many */
    bare.images = NULL;
    bare.images_n = 0;
    json_t *message = message_run(&bare), *object = json_object(), *value;
    const char *name;
    json_object_foreach(message, name, value) if (run_keys_decided(name) & decides)
        json_object_set(object, name, value);
    json_decref(message);
    return object;
}

bool run_keys_same(const struct run_options *a, const struct run_options *b, unsigned decides)
{
    json_t *one = run_keys(a, decides), *other = run_keys(b, decides);
    bool same = json_equal(one, other) == 1;
    json_decref(one);
    json_decref(other);
    return same;
}
