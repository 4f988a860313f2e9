#include "deploy/metric.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "deploy/planner.h"

/* ---- Values of a cut ----------------------------------------------------------------------------- */

static double metric_latency(const struct placement *c)
{
    return c->total_ms;
}

static double metric_bytes(const struct placement *c)
{
    return c->bytes < 0 ? NAN : (double)c->bytes;
}

static double metric_memory(const struct placement *c)
{
    return (double)c->memory;
}

static double metric_energy(const struct placement *c)
{
    return c->joules;
}

/* An uncut network loses nothing. */
static double metric_importance(const struct placement *c)
{
    return c->kind == PLACEMENT_SPLIT ? c->cui : INFINITY;
}

static double metric_rank(const struct placement *c)
{
    return c->kind != PLACEMENT_SPLIT ? 0 : c->rank > 0 ? c->rank : NAN;
}

static double metric_accuracy(const struct placement *c)
{
    return c->accuracy;
}

#define METRIC_WORD(metric, word) word,
const char *const metric_words[] = {METRIC_LIST(METRIC_WORD) NULL};

/* ---- The table ---------------------------------------------------------------------------------------- */

const struct metric_entry metric_table[] = {
    [METRIC_LATENCY] = {.meaning = "total time of head, link and tail for one image, ms",
                        .name = "total time",
                        .label = "total time",
                        .superlative = "the shortest total time",
                        .cost = {"takes", ""},
                        .fails = "takes",
                        .unknown = "its total time",
                        .unit = METRIC_UNIT_MS,
                        .value = metric_latency,
                        .limit_option = "max-latency",
                        .limit_help = "ms at most",
                        .limit_expects = "milliseconds above 0",
                        .limit_of = ""},
    [METRIC_BYTES] = {.meaning = "bytes that are sent to the server",
                      .name = "bytes sent",
                      .label = "bytes sent",
                      .superlative = "the fewest bytes sent",
                      .cost = {"sends", ""},
                      .fails = "sends",
                      .unknown = "what it sends",
                      .unit = METRIC_UNIT_BYTES,
                      .value = metric_bytes,
                      .limit_option = "max-bytes",
                      .limit_help = "at most, as in 64K",
                      .limit_expects = "bytes above 0, as in 64K",
                      .limit_of = " sent"},
    [METRIC_MEMORY] = {.meaning = "bytes that the head needs on the device: weights and peak activations",
                       .name = "memory",
                       .label = "head's memory",
                       .superlative = "the least memory",
                       .cost = {"needs", " on the device"},
                       .fails = "the head needs",
                       .unknown = "its memory",
                       .unit = METRIC_UNIT_BYTES,
                       .value = metric_memory,
                       .limit_option = "max-memory",
                       .limit_help = "at most, as in 2M",
                       .limit_expects = "bytes above 0, as in 2M",
                       .limit_of = " needed"},
    [METRIC_ENERGY] = {.meaning = "energy of the device for computing and sending, J",
                       .name = "energy",
                       .label = "device's energy",
                       .superlative = "the least energy",
                       .cost = {"spends", ""},
                       .fails = "spends",
                       .unknown = "its energy",
                       .unit = METRIC_UNIT_JOULES,
                       .optional = true,
                       .value = metric_energy,
                       .limit_option = "max-energy",
                       .limit_help = "J at most",
                       .limit_expects = "joules above 0",
                       .limit_of = ""},
    [METRIC_IMPORTANCE] = {.meaning = "CUI of the split; its limit is the worst rank among the listed layers",
                           .name = "importance",
                           .label = "importance",
                           .superlative = "the highest importance",
                           .fails = "CUI rank",
                           .unknown = "its importance",
                           .unit = METRIC_UNIT_RANK,
                           .higher = true,
                           .value = metric_importance,
                           .shown = metric_rank,
                           .limit_option = "min-cui-rank",
                           .limit_help = "CUI rank or better, as in 3",
                           .limit_expects = "a rank, 1 or more",
                           .limit_of = ""},
    [METRIC_ACCURACY] = {.meaning = "fraction of images predicted right from the tensor as it is sent",
                         .name = "accuracy",
                         .label = "accuracy",
                         .superlative = "the highest accuracy",
                         .cost = {"accuracy", ""},
                         .fails = "accuracy",
                         .unknown = "its accuracy",
                         .unit = METRIC_UNIT_FRACTION,
                         .optional = true,
                         .higher = true,
                         .value = metric_accuracy,
                         .limit_option = "min-accuracy",
                         .limit_help = "fraction of images, at least",
                         .limit_expects = "a fraction above 0, at most 1",
                         .limit_of = " right"},
};
static_assert(sizeof metric_table / sizeof metric_table[0] == METRICS, "a row for every metric");

/* ---- Limits ------------------------------------------------------------------------------------------- */

double metric_value(enum metric metric, const struct placement *c)
{
    return metric_table[metric].value(c);
}

double metric_shown(enum metric metric, const struct placement *c)
{
    const struct metric_entry *m = &metric_table[metric];
    return m->shown ? m->shown(c) : m->value(c);
}

/* Whether the limit is a minimum. Lower ranks are better. */
static bool metric_is_floor(enum metric metric)
{
    return metric_table[metric].higher && metric_table[metric].unit != METRIC_UNIT_RANK;
}

bool metric_breaks(enum metric metric, const struct placement *c, double limit)
{
    double value = metric_shown(metric, c);
    if (isnan(limit))
        return false;
    return metric_is_floor(metric) ? !(value >= limit) : !(value <= limit);
}

double metric_excess(enum metric metric, const struct placement *c, double limit)
{
    double value = metric_shown(metric, c);
    if (isnan(value))
        return INFINITY;
    return metric_is_floor(metric) ? limit / value : value / limit;
}

/* ---- In words ----------------------------------------------------------------------------------------- */

static void metric_real_text(char out[METRIC_TEXT_SIZE], double value, int digits, const char *unit)
{
    bool whole = fabs(value) >= pow(10, digits) && fabs(value) < 1e15;
    snprintf(out, METRIC_TEXT_SIZE, "%.*g%s", whole ? 15 : digits, whole ? round(value) : value, unit);
}

void metric_text(char out[METRIC_TEXT_SIZE], enum metric metric, double value, int digits)
{
    if (!isfinite(value)) {
        snprintf(out, METRIC_TEXT_SIZE, "%s", isnan(value) ? "?" : "infinite");
        return;
    }
    switch (metric_table[metric].unit) {
    case METRIC_UNIT_MS:
        metric_real_text(out, value, digits, " ms");
        break;
    case METRIC_UNIT_JOULES:
        metric_real_text(out, value, digits, " J");
        break;
    case METRIC_UNIT_BYTES:
        text_bytes(out, value < 0x1p62 ? (int64_t)value : INT64_C(1) << 62);
        break;
    case METRIC_UNIT_FRACTION:
        snprintf(out, METRIC_TEXT_SIZE, "%.*f %%", digits > 4 ? digits - 3 : 1, 100 * value);
        break;
    case METRIC_UNIT_RANK:
    case METRIC_UNITS:
        snprintf(out, METRIC_TEXT_SIZE, "%.0f", value);
        break;
    }
}

const char *const *metric_bound(enum metric metric)
{
    static const char *const cap[] = {"at most ", ""}, *const least[] = {"at least ", ""},
                             *const rank[] = {"CUI rank ", " or better"};
    return metric_table[metric].unit == METRIC_UNIT_RANK ? rank : metric_is_floor(metric) ? least : cap;
}

void metric_limit_text(char out[METRIC_LIMIT_TEXT], enum metric metric, double limit)
{
    char value[METRIC_TEXT_SIZE];
    const char *const *bound = metric_bound(metric);
    metric_text(value, metric, limit, 3);
    snprintf(out, METRIC_LIMIT_TEXT, "%s%s%s", bound[0], value, bound[1]);
}

/* With enough digits to distinguish the two. */
static void metric_two_texts(char out[2][METRIC_TEXT_SIZE], enum metric metric, const double value[2])
{
    enum { MOST = 15 };
    for (int digits = 4; digits <= MOST; digits++) {
        metric_text(out[0], metric, value[0], digits);
        metric_text(out[1], metric, value[1], digits);
        if (strcmp(out[0], out[1]) != 0)
            return;
    }
    if (metric_table[metric].unit == METRIC_UNIT_BYTES)
        for (int i = 0; i < 2; i++)
            snprintf(out[i], METRIC_TEXT_SIZE, "%.0f B", value[i]);
}

void metric_why(char *out, size_t capacity, enum metric metric, const struct placement *c, double limit)
{
    const struct metric_entry *m = &metric_table[metric];
    const double value[] = {metric_shown(metric, c), limit};
    const char *const *bound = metric_bound(metric);
    char texts[2][METRIC_TEXT_SIZE];
    metric_two_texts(texts, metric, value);
    if (isnan(value[0]))
        snprintf(out, capacity, "%s is not known (%s%s%s)", m->unknown, bound[0], texts[1], bound[1]);
    else /* the sentence has already said whose rank */
        snprintf(out, capacity, "%s %s (%s%s%s)", m->fails, texts[0],
                 m->unit == METRIC_UNIT_RANK ? "" : bound[0], texts[1], bound[1]);
}
