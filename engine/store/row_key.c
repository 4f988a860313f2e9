#include "store/row_key.h"

#include <limits.h>
#include <stdlib.h>

#include "wire/fields.h"
#include "wire/message_run.h"
#include "wire/message_table.h"
#include "wire/run_fields.h"

/* 9 digits bring a float32 back exactly; JSON of equal values is equal text then. */
static char *text_of(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(9));
    json_decref(object);
    if (!text)
        abort(); /* options are finite numbers and checked words */
    return text;
}

static json_t *row_key_object(const struct run_options *run, const struct message_versions *versions)
{
    json_t *object = run_fields(run, RUN_FIELDS_ROW);
    json_object_set_new(object, "rows",
                        json_integer(run->precision == PRECISION_BF16 ? ROW_KEY_HALVES : ROW_KEY_REVISION));
    json_object_set_new(object, "darknet", fields_from_text(versions->darknet));
    json_object_set_new(object, "stb", fields_from_text(versions->stb));
    return object;
}

char *row_key_of_run(const struct run_options *run, const struct message_versions *versions)
{
    return text_of(row_key_object(run, versions));
}

char *row_key_of_features(const struct run_options *run, const struct message_versions *versions,
                          const struct content *calibration)
{
    json_t *object = row_key_object(run, versions);
    json_object_set_new(object, calibration ? "features" : "pictures",
                        json_integer(calibration ? ROW_KEY_FEATURES : ROW_KEY_PICTURES));
    if (calibration)
        json_object_set_new(object, "calibration", fields_from_content(calibration));
    return text_of(object);
}

char *tuning_key_of_run(const struct run_options *run, const struct message_versions *versions)
{
    json_t *object = run_fields(run, RUN_FIELDS_TUNING);
    json_object_set_new(object, "isa", fields_from_text(versions->isa));
    json_object_set_new(object, "onednn", fields_from_text(versions->onednn));
    return text_of(object);
}

char *row_key_versions(const struct message_versions *versions, const struct message_tuning *tuning)
{
    json_t *object = message_versions(versions);
    json_object_del(object, "type");
    json_object_set_new(object, "batch", json_integer(tuning->batch));
    json_object_set_new(object, "threads", json_integer(tuning->threads));
    return text_of(object);
}

void row_key_versions_read(const char *text, struct message_versions *versions, struct message_tuning *tuning)
{
    struct error e;
    json_error_t fault;
    json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, &fault);
    int64_t batch = 0, threads = 0;
    *versions = (struct message_versions){0};
    if (object && message_versions_read(object, versions, &e) < 0)
        *versions = (struct message_versions){0};
    fields_to_integer(json_object_get(object, "batch"), 0, INT_MAX, &batch);
    fields_to_integer(json_object_get(object, "threads"), 0, INT_MAX, &threads);
    tuning->batch = (int)batch;
    tuning->threads = (int)threads;
    json_decref(object);
}

int row_key_read(const char *row_key, struct run_options *run, struct error *e)
{
    return row_key_read_tuning(row_key, "", run, e);
}

int row_key_read_tuning(const char *row_key, const char *tuning_key, struct run_options *run, struct error *e)
{
    struct error why;
    json_error_t fault;
    json_t *object = json_loads(row_key, JSON_REJECT_DUPLICATES, &fault);
    if (!object || !json_is_object(object)) {
        json_decref(object);
        return error_set(e, "the options of the run are no JSON object");
    }
    json_object_set_new(object, "images", json_array());
    json_object_set_new(object, "batch", json_integer(0));
    json_object_set_new(object, "threads", json_integer(0));
    json_t *choosing = json_loads(tuning_key, JSON_REJECT_DUPLICATES, NULL);
    if (choosing)
        json_object_update(object, choosing);
    json_decref(choosing);
    int status = message_run_read(object, run, &why);
    json_decref(object);
    return status < 0 ? error_set(e, "the options of the run: %s", why.text) : 0;
}

int row_key_read_texts(const char *row_key, const char *layers, struct run_options *run, struct table **table,
                       char cfg_xxh3[17], char weights_xxh3[17], struct error *e)
{
    json_error_t fault;
    *run = (struct run_options){0};
    *table = NULL;
    if (row_key_read(row_key, run, e) < 0)
        return -1;
    json_t *message = json_loads(layers, JSON_REJECT_DUPLICATES, &fault);
    *table = message_layers_read(message, cfg_xxh3, weights_xxh3, e);
    json_decref(message);
    if (!*table)
        return -1;
    int last = run->layers[run->layers_n - 1];
    if (last < (*table)->rows_n)
        return 0;
    return error_set(e, "it lists layer %d of a network with %d layers", last, (*table)->rows_n);
}
