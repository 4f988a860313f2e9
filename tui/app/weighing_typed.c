/* What people type of a plan's values, and how it would be typed again. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "app/app.h"
#include "base/memory.h"
#include "base/text.h"
#include "client/deployment_metric.h"
#include "output/device_file.h"
#include "output/features_file.h"

static int weighing_set_device(struct app *a, const char *text, struct device *device,
                               struct weighing_device *given, struct error *e)
{
    struct device read;
    if (device_read(text, a->study->table, a->study->inputs.cfg, &read, e) < 0)
        return -1;
    device_free(device);
    *device = read;
    free(given->typed);
    *given = (struct weighing_device){.typed = memory_copy(text)};
    weighing_refresh(a);
    return 0;
}

int weighing_set_edge(struct app *a, const char *text, struct error *e)
{
    return weighing_set_device(a, text, &a->weighing.deployment.edge, &a->weighing.edge, e);
}

int weighing_set_server(struct app *a, const char *text, struct error *e)
{
    return weighing_set_device(a, text, &a->weighing.deployment.server, &a->weighing.server, e);
}

int weighing_set_link(struct app *a, const char *text, struct error *e)
{
    struct link link;
    if (link_parse(text, &a->weighing.deployment.links, &link, e) < 0)
        return -1;
    weighing_link_use(&a->weighing.link, &link);
    weighing_refresh(a);
    return 0;
}

int weighing_set_features(struct app *a, const char *path, struct error *e)
{
    struct weighing *w = &a->weighing;
    struct deploy *d = &w->deployment.deploy;
    struct features read = {0};
    if (*path && features_file_read(path, a->study->table, a->study->inputs.cfg, &read, e) < 0)
        return -1;
    features_free(&w->deployment.features);
    w->deployment.features = read;
    d->features = *path ? &w->deployment.features : NULL;
    d->packed = d->packed && d->features;
    free(w->features);
    w->features = memory_copy(path);
    weighing_refresh(a);
    return 0;
}

static int weighing_refuse(const char *what, const char *name, const char *text, const char *expected,
                           struct error *e)
{
    char *shown = text_escape(text);
    error_set(e, "%s%s '%.60s' (expected %s, or nothing)", what, name, shown, expected);
    free(shown);
    return -1;
}

const struct weighing_number_entry weighing_numbers[] = {
    [WEIGHING_ANSWER] = {"answer", "bytes that come back", "4 B a class", METRIC_UNIT_BYTES},
    [WEIGHING_INPUT] = {"whole input", "bytes of an image sent whole", "its pixels", METRIC_UNIT_BYTES},
    [WEIGHING_JOULE_MAC] = {"J/MAC", "of the device, as in 5e-11", "not known", METRIC_UNIT_JOULES},
};
static_assert(sizeof weighing_numbers / sizeof weighing_numbers[0] == WEIGHING_NUMBERS,
              "a row for every number");

/* What a number of that unit is in text; ranks are whole, fractions end at 1. */
static bool weighing_read_number(enum metric_unit unit, const char *text, double *value)
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

int weighing_set_number(struct app *a, enum weighing_number number, const char *text, struct error *e)
{
    const struct weighing_number_entry *n = &weighing_numbers[number];
    struct deploy *d = &a->weighing.deployment.deploy;
    bool real = n->unit == METRIC_UNIT_JOULES;
    double joules = NAN;
    long bytes = 0;
    bool good = real ? weighing_read_number(n->unit, text, &joules) : options_to_bytes(text, &bytes);
    if (*text && !good)
        return weighing_refuse("the ", n->name, text,
                               real ? "joules above 0, as in 5e-11" : "bytes above 0, as in 64K", e);
    if (real)
        d->joule_mac = *text ? joules : NAN;
    else if (number == WEIGHING_INPUT)
        d->input = *text ? bytes : 0;
    else
        d->answer = *text ? bytes : deploy_default(a->study->table).answer;
    weighing_refresh(a);
    return 0;
}

/* Such a limit no cut can hold. */
static void weighing_tell_unknown(struct app *a, enum choice_figure metric)
{
    const struct deployment_metric *m = &deployment_metrics[metric];
    if (m->known && !m->known(&a->weighing.deployment.deploy))
        app_say(a, JOURNAL_WARNING, "the %s is not known: it needs %s", choice_words[metric], m->missing);
}

int weighing_set_limit(struct app *a, enum choice_figure figure, const char *text, struct error *e)
{
    double value = NAN;
    if (*text && !weighing_read_number(metric_table[figure].unit, text, &value)) {
        weighing_refuse("the limit of ", choice_words[figure], text, metric_table[figure].limit_expects, e);
        return -1;
    }
    a->weighing.deployment.limits.limit[figure] = value;
    weighing_refresh(a);
    if (*text)
        weighing_tell_unknown(a, figure);
    return 0;
}

/* With K, M, G or T where it is whole in them. New string. */
static char *weighing_bytes_text(double bytes)
{
    static const char units[] = "KMGT";
    int unit = 0;
    for (; bytes > 0 && fmod(bytes, 1024) == 0 && unit < 4; unit++)
        bytes /= 1024;
    return memory_format("%.17g%.*s", bytes, unit > 0, unit > 0 ? &units[unit - 1] : "");
}

char *weighing_number_text(const struct weighing *w, enum weighing_number number)
{
    const struct deploy *d = &w->deployment.deploy;
    if (number == WEIGHING_JOULE_MAC)
        return isnan(d->joule_mac) ? memory_copy("") : memory_format("%.9g", d->joule_mac);
    if (number == WEIGHING_INPUT && d->input == 0)
        return memory_copy("");
    return weighing_bytes_text((double)(number == WEIGHING_INPUT ? d->input : d->answer));
}

char *weighing_limit_text(const struct weighing *w, enum choice_figure figure)
{
    double limit = w->deployment.limits.limit[figure];
    if (isnan(limit))
        return memory_copy("");
    bool bytes = metric_table[figure].unit == METRIC_UNIT_BYTES;
    return bytes ? weighing_bytes_text(limit) : memory_format("%.6g", limit);
}
