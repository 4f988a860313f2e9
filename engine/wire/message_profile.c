#include "wire/message_profile.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "wire/fields.h"

enum { THREADS_LIMIT = 4096 };
#define BYTES_LIMIT (INT64_C(1) << 53)

json_t *message_profile_request(enum profile_runtime runtime, int threads, int runs)
{
    return json_pack("{ss ss si si}", "type", "profile", "runtime", profile_runtime_words[runtime], "threads",
                     threads, "runs", runs);
}

int message_profile_request_read(const json_t *message, enum profile_runtime *runtime, int *threads,
                                 int *runs, struct error *e)
{
    struct fields f = fields_of(message, e, "profile");
    *runtime = (enum profile_runtime)fields_word(&f, "runtime", profile_runtime_words);
    *threads = (int)fields_integer(&f, "threads", 0, THREADS_LIMIT);
    *runs = (int)fields_integer(&f, "runs", 1, PROFILE_RUNS_LIMIT);
    return f.failed ? -1 : 0;
}

static json_t *times(const float *ms, int n)
{
    json_t *array = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(array, json_real((double)ms[i]));
    return array;
}

json_t *message_profile(const struct profile *m)
{
    return json_pack("{ss ss si si ss so s[ff] so so sI sI so}", "type", "profile", "runtime",
                     profile_runtime_words[m->runtime], "threads", m->threads, "runs", m->runs, "basis",
                     profile_basis_words[m->basis], "processor", fields_from_text(m->processor), "whole_ms",
                     (double)m->whole_ms[0], (double)m->whole_ms[1], "median_ms",
                     times(m->median_ms, m->layers_n), "p95_ms", times(m->p95_ms, m->layers_n),
                     "loaded_bytes", (json_int_t)m->loaded, "peak_bytes", (json_int_t)m->peak,
                     "resident_bytes", m->resident < 0 ? json_null() : json_integer(m->resident));
}

/* Milliseconds, which are never negative. */
static void times_read(struct fields *f, const char *key, float *out, int n)
{
    fields_floats(f, key, out, (size_t)n);
    for (int i = 0; i < n && !f->failed; i++)
        if (out[i] < 0)
            fields_fail(f, key, "numbers from 0 up");
}

static void footprint_read(struct fields *f, struct profile *out)
{
    out->loaded = fields_integer(f, "loaded_bytes", 0, BYTES_LIMIT);
    out->peak = fields_integer(f, "peak_bytes", 0, BYTES_LIMIT);
    bool reported = !json_is_null(json_object_get(f->object, "resident_bytes"));
    out->resident = reported ? fields_integer(f, "resident_bytes", 0, BYTES_LIMIT) : -1;
}

int message_profile_read(const json_t *message, struct profile *m, struct error *e)
{
    struct fields f = fields_of(message, e, "profile");
    *m = (struct profile){0};
    m->runtime = (enum profile_runtime)fields_word(&f, "runtime", profile_runtime_words);
    m->threads = (int)fields_integer(&f, "threads", 1, THREADS_LIMIT);
    m->runs = (int)fields_integer(&f, "runs", 1, INT_MAX);
    m->basis = (enum profile_basis)fields_word(&f, "basis", profile_basis_words);
    snprintf(m->processor, sizeof m->processor, "%s", fields_text(&f, "processor", false));
    times_read(&f, "whole_ms", m->whole_ms, 2);
    const json_t *layers = fields_array(&f, "median_ms", -1);
    m->layers_n = layers ? (int)json_array_size(layers) : 0;
    m->median_ms = memory_new((size_t)m->layers_n, sizeof *m->median_ms);
    m->p95_ms = memory_new((size_t)m->layers_n, sizeof *m->p95_ms);
    times_read(&f, "median_ms", m->median_ms, m->layers_n);
    times_read(&f, "p95_ms", m->p95_ms, m->layers_n);
    footprint_read(&f, m);
    if (f.failed)
        profile_free(m);
    return f.failed ? -1 : 0;
}
