#include "panes/plan_fields.h"

#include <stdlib.h>

#include "app/model.h"
#include "base/memory.h"
#include "panes/plan_rows.h"
#include "panes/plan_words.h"

static char *fields_coder(const struct app *a)
{
    const struct cost_model *d = &a->planning.deployment.cost_model;
    return memory_copy(d->features ? coder_words[d->coder] : "not measured");
}

static char *fields_type(const struct app *a)
{
    return memory_copy(dtype_words[a->settings.bytes]);
}

static char *fields_objective(const struct app *a)
{
    return memory_copy(metric_table[a->planning.deployment.objective].label);
}

static char *fields_axis(const struct app *a)
{
    char ms[16];
    plan_rows_ms(ms, plan_rows_axis(a));
    return memory_format("%s ms", ms);
}

static const struct {
    const char *name;
    enum action more, less;
    char *(*text)(const struct app *a); /* the value: a new string */
} fields[PLAN_FIELDS] = {
    [FIELD_EDGE] = {"device", ACTION_EDGE_UP, ACTION_EDGE_DOWN, plan_words_edge},
    [FIELD_LINK] = {"link", ACTION_LINK_NEXT, ACTION_LINK_PREVIOUS, plan_words_link},
    [FIELD_RATE] = {"bandwidth", ACTION_RATE_UP, ACTION_RATE_DOWN, plan_words_rate},
    [FIELD_TRIP] = {"round trip", ACTION_TRIP_UP, ACTION_TRIP_DOWN, plan_words_trip},
    [FIELD_SERVER] = {"server", ACTION_SERVER_UP, ACTION_SERVER_DOWN, plan_words_server},
    [FIELD_TYPE] = {"sent as", ACTION_BYTES, ACTION_BYTES_PREVIOUS, fields_type},
    [FIELD_CODER] = {"coder", ACTION_COMPRESSED, ACTION_COMPRESSED_PREVIOUS, fields_coder},
    [FIELD_OBJECTIVE] = {"best by", ACTION_OBJECTIVE, ACTION_OBJECTIVE_PREVIOUS, fields_objective},
    [FIELD_AXIS] = {"time axis", ACTION_AXIS_LONGER, ACTION_AXIS_SHORTER, fields_axis},
};

enum action plan_fields_step(const struct app *a, int by)
{
    return by > 0 ? fields[a->planning.field].more : fields[a->planning.field].less;
}

const char *plan_fields_name(const struct app *a)
{
    return fields[a->planning.field].name;
}

char *plan_fields_value(const struct app *a)
{
    return fields[a->planning.field].text(a);
}

void plan_fields_move(struct app *a, int by)
{
    a->planning.field = (a->planning.field + PLAN_FIELDS + by) % PLAN_FIELDS;
    char *text = plan_fields_value(a);
    journal_pass(&a->journal, "+ and - change: %s %s", plan_fields_name(a), text);
    free(text);
}
