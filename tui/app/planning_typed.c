/* The plan's values from typed text, and back. */
#include <math.h>
#include <stdlib.h>

#include "app/app.h"
#include "base/memory.h"
#include "base/text.h"
#include "deployment/deployment_metric.h"
#include "report/device_file.h"
#include "report/features_file.h"

static int planning_set_device(struct app *a, const char *text, struct device *device, char **typed,
                               int *steps, struct error *e)
{
    struct device read;
    if (device_read(text, a->study->table, a->study->inputs.cfg, &read, e) < 0)
        return -1;
    device_free(device);
    *device = read;
    free(*typed);
    *typed = memory_copy(text);
    *steps = 0;
    planning_refresh(a);
    planning_warn_of_device(a, *typed);
    return 0;
}

int planning_set_edge(struct app *a, const char *text, struct error *e)
{
    struct planning *w = &a->planning;
    return planning_set_device(a, text, &w->deployment.edge, &w->edge.typed, &w->edge.steps, e);
}

int planning_set_server(struct app *a, const char *text, struct error *e)
{
    struct planning *w = &a->planning;
    return planning_set_device(a, text, &w->deployment.server, &w->server.typed, &w->server.steps, e);
}

int planning_set_link(struct app *a, const char *text, struct error *e)
{
    struct link link;
    if (link_parse(text, a->planning.deployment.links, &link, e) < 0)
        return -1;
    planning_link_use(a->planning.link, &link);
    planning_refresh(a);
    return 0;
}

int planning_set_features(struct app *a, const char *path, struct error *e)
{
    struct planning *w = &a->planning;
    struct cost_model *d = &w->deployment.cost_model;
    struct features read = {0};
    if (*path && features_file_read(path, a->study->table, a->study->inputs.cfg, &read, e) < 0)
        return -1;
    features_free(&w->deployment.features);
    w->deployment.features = read;
    d->features = *path ? &w->deployment.features : NULL;
    d->coder = d->features ? d->coder : CODER_NONE;
    free(w->features);
    w->features = memory_copy(path);
    planning_refresh(a);
    planning_warn_of_others(a, RESULTS_FEATURES, path);
    return 0;
}

static int planning_refuse(const char *what, const char *name, const char *text, const char *expected,
                           struct error *e)
{
    char *shown = text_escape(text);
    error_set(e, "%s%s '%.60s' (expected %s, or nothing)", what, name, shown, expected);
    free(shown);
    return -1;
}

const char *const planning_numbers[PLANNING_NUMBERS][PLANNING_TEXTS] = {
    [PLANNING_ANSWER] = {"answer", "bytes that come back", "4 B a class"},
    [PLANNING_INPUT] = {"whole input", "bytes of an image sent whole", "its file"},
    [PLANNING_JOULE_MAC] = {"J/MAC", "of the device, as in 5e-11", "not known"},
};

/* A number of that unit from text; ranks are integers, fractions are at most 1. */
static bool planning_read_number(enum metric_unit unit, const char *text, double *value)
{
    long whole = 0;
    switch (unit) {
    case METRIC_UNIT_BYTES:
        *value = options_to_bytes(text, &whole) ? (double)whole : 0;
        break;
    case METRIC_UNIT_RANK:
        *value = text_to_long(text, &whole) ? (double)whole : 0;
        break;
    case METRIC_UNIT_MS:
    case METRIC_UNIT_JOULES:
    case METRIC_UNIT_FRACTION:
    case METRIC_UNITS:
        if (!text_to_double(text, value) || (unit == METRIC_UNIT_FRACTION && *value > 1))
            *value = 0;
        break;
    }
    return *value > 0;
}

int planning_set_number(struct app *a, enum planning_number number, const char *text, struct error *e)
{
    struct cost_model *d = &a->planning.deployment.cost_model;
    bool real = number == PLANNING_JOULE_MAC;
    double joules = NAN;
    long bytes = 0;
    bool good =
        real ? planning_read_number(METRIC_UNIT_JOULES, text, &joules) : options_to_bytes(text, &bytes);
    if (*text && !good)
        return planning_refuse("the ", planning_numbers[number][PLANNING_NAME], text,
                               real ? "joules above 0, as in 5e-11" : "bytes above 0, as in 64K", e);
    if (real)
        d->joule_mac = *text ? joules : NAN;
    else if (number == PLANNING_INPUT)
        d->input = *text ? bytes : 0;
    else
        d->answer = *text ? bytes : cost_model_default(a->study->table).answer;
    planning_refresh(a);
    return 0;
}

/* No cut can meet such a limit. */
static void planning_tell_unknown(struct app *a, enum metric metric)
{
    const struct deployment_metric *m = &deployment_metrics[metric];
    bool measured = metric == METRIC_ACCURACY && a->planning.verdict.evaluation;
    if (m->known && !measured && !m->known(&a->planning.deployment.cost_model))
        app_say(a, JOURNAL_WARNING, "the %s is not known: it needs %s", metric_words[metric], m->missing);
}

int planning_set_limit(struct app *a, enum metric figure, const char *text, struct error *e)
{
    double value = NAN;
    if (*text && !planning_read_number(metric_table[figure].unit, text, &value)) {
        planning_refuse("the limit of ", metric_words[figure], text, metric_table[figure].limit_expects, e);
        return -1;
    }
    a->planning.deployment.limits[figure] = value;
    planning_refresh(a);
    if (*text)
        planning_tell_unknown(a, figure);
    return 0;
}

/* With K, M, G or T where it is an integer in them. New string. */
static char *planning_bytes_text(double bytes)
{
    static const char units[] = "KMGT";
    int unit = 0;
    for (; bytes > 0 && fmod(bytes, 1024) == 0 && unit < 4; unit++)
        bytes /= 1024;
    return memory_format("%.17g%.*s", bytes, unit > 0, unit > 0 ? &units[unit - 1] : "");
}

char *planning_number_text(const struct planning *w, enum planning_number number)
{
    const struct cost_model *d = &w->deployment.cost_model;
    if (number == PLANNING_JOULE_MAC)
        return isnan(d->joule_mac) ? memory_copy("") : memory_format("%.9g", d->joule_mac);
    if (number == PLANNING_INPUT && d->input == 0)
        return memory_copy("");
    return planning_bytes_text((double)(number == PLANNING_INPUT ? d->input : d->answer));
}

char *planning_limit_text(const struct planning *w, enum metric figure)
{
    double limit = w->deployment.limits[figure];
    if (isnan(limit))
        return memory_copy("");
    bool bytes = metric_table[figure].unit == METRIC_UNIT_BYTES;
    return bytes ? planning_bytes_text(limit) : memory_format("%.6g", limit);
}
