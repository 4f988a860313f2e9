#include "features/features_sum.h"

#include <stdlib.h>

#include "base/memory.h"
#include "features/sampling.h"
#include "features/tally.h"

void sent_times_free(struct sent_times *times)
{
    for (int c = 0; c < CODERS; c++)
        for (int t = 0; t < DTYPES; t++)
            free(times->of[c][t]);
    *times = (struct sent_times){0};
}

struct features_summed {
    const struct features_request *request;
    const size_t *numbers;
    const struct sent_ranges *ranges;
    const struct sent_row *const *rows; /* [n] */
    const int *labels;
    long n;
};

/* f16's answers are those of the sample. */
static void features_sum_answers(const struct features_summed *s, int cut, enum dtype type,
                                 struct tally *tally)
{
    for (long i = 0; i < s->n && (type != DTYPE_F16 || i < s->request->sample); i++) {
        const struct sent_row *row = s->rows[i];
        struct sent_answer answer = {row->own, 0};
        if (type != DTYPE_F32)
            answer = row->answers[type][cut];
        tally_answer(tally, answer.predicted == s->labels[i], row->own == s->labels[i],
                     answer.predicted == row->own);
        tally->clipped += answer.clipped;
    }
}

static void features_sum_sizes(const struct features_summed *s, int cut, enum dtype type, enum coder coder,
                               struct tally *tally)
{
    bool both = coder == CODER_LZMA && s->request->coders[CODER_ZSTD];
    long sample = sampling_coded(s->request, s->numbers[cut], type, coder);
    long drawn = sampling_drawn(s->request, s->numbers[cut], type, coder);
    for (long i = 0; i < s->n && i < sample; i++) {
        const struct sent_size *size = &s->rows[i]->sizes[coder][type][cut];
        tally_bytes(&tally->coded[coder], size->bytes, size->drawn, i < drawn ? s->ranges->draws : 0);
        if (both)
            tally_both(tally, size->bytes, s->rows[i]->sizes[CODER_ZSTD][type][cut].bytes);
    }
}

static struct measured_feature features_sum_row(const struct features_summed *s, int cut, enum dtype type,
                                                const struct sent_times *times)
{
    struct tally tally = {.images = 0};
    struct measured_feature row = {.layer = s->request->layers[cut], .type = type, .scale = 1};
    if (dtype_is_affine(type)) {
        row.scale = s->ranges->scales[type][cut].whole.scale;
        row.zero = s->ranges->scales[type][cut].whole.zero;
    }
    features_sum_answers(s, cut, type, &tally);
    for (int c = 0; c < CODERS; c++)
        if (s->request->coders[c])
            features_sum_sizes(s, cut, type, (enum coder)c, &tally);
    tally_feature(&tally, s->ranges->draws, &row);
    for (int c = 0; c < CODERS; c++)
        if (times->of[c][type]) {
            row.coded[c].encode_ms = times->of[c][type][cut].encode_ms;
            row.coded[c].decode_ms = times->of[c][type][cut].decode_ms;
        }
    return row;
}

void features_sum(const struct features_request *r, const size_t *numbers, const struct sent_ranges *ranges,
                  const struct sent_times *times, const struct sent_row *const *rows, const int *labels,
                  long n, struct measured_features *out)
{
    const struct features_summed s = {r, numbers, ranges, rows, labels, n};
    *out = (struct measured_features){.images = n, .calibrated = ranges->calibrated, .draws = ranges->draws};
    for (int c = 0; c < CODERS; c++)
        out->coders[c] = r->coders[c];
    for (long i = 0; i < n; i++)
        out->correct += rows[i]->own == labels[i];
    if (n == 0)
        return;
    out->rows = memory_new(memory_product((size_t)r->layers_n, DTYPES), sizeof *out->rows);
    for (int cut = 0; cut < r->layers_n; cut++)
        for (int t = 0; t < DTYPES; t++)
            if (r->dtypes[t])
                out->rows[out->rows_n++] = features_sum_row(&s, cut, (enum dtype)t, times);
}
