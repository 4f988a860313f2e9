#include "features/sent_row.h"

#include <stdlib.h>

#include "base/memory.h"
#include "features/sampling.h"

_Static_assert(DTYPES *(1 + CODERS) <= 32, "a bit for each part of a row");
_Static_assert(SENT_ANSWER_WORDS == 2 && SENT_SIZE_WORDS == 1 + FEATURES_DRAWS &&
                   SENT_SCALES_WORDS == 2 * (1 + FEATURES_DRAWS),
               "nothing between the words");

void sent_row_free(struct sent_row *row)
{
    for (int t = 0; t < DTYPES; t++) {
        free(row->answers[t]);
        for (int c = 0; c < CODERS; c++)
            free(row->sizes[c][t]);
    }
    *row = (struct sent_row){0};
}

void sent_ranges_free(struct sent_ranges *ranges)
{
    for (int t = 0; t < DTYPES; t++)
        free(ranges->scales[t]);
    *ranges = (struct sent_ranges){0};
}

uint32_t sent_need_answer(enum dtype type)
{
    return UINT32_C(1) << type;
}

uint32_t sent_need_size(enum coder coder, enum dtype type)
{
    return UINT32_C(1) << (DTYPES * (1 + (int)coder) + (int)type);
}

uint32_t sent_needs_all(const struct features_request *r)
{
    uint32_t needs = 0;
    for (int t = 0; t < DTYPES; t++) {
        needs |= r->dtypes[t] ? sent_need_answer((enum dtype)t) : 0;
        for (int c = 0; c < CODERS; c++)
            needs |= r->dtypes[t] && r->coders[c] ? sent_need_size((enum coder)c, (enum dtype)t) : 0;
    }
    return needs;
}

void sent_row_make(struct sent_row *row, uint32_t needs, int cuts)
{
    for (int t = 0; t < DTYPES; t++) {
        if (t != DTYPE_F32 && needs & sent_need_answer((enum dtype)t))
            row->answers[t] = memory_new((size_t)cuts, sizeof *row->answers[t]);
        for (int c = 0; c < CODERS; c++)
            if (needs & sent_need_size((enum coder)c, (enum dtype)t))
                row->sizes[c][t] = memory_new((size_t)cuts, sizeof *row->sizes[c][t]);
    }
}

void sent_row_trim(struct sent_row *row, int cuts)
{
    for (int c = 0; c < CODERS; c++)
        for (int t = 0; t < DTYPES; t++) {
            bool any = false;
            for (int i = 0; i < cuts && row->sizes[c][t]; i++)
                any = any || row->sizes[c][t][i].bytes;
            if (any)
                continue;
            free(row->sizes[c][t]);
            row->sizes[c][t] = NULL;
        }
}

/* Whether the sizes of a dtype by a coder are there at every cut where they are wanted. */
static bool sent_row_has_sizes(const struct sent_row *row, const struct features_request *r,
                               const size_t *numbers, int draws, long nth, enum coder coder, enum dtype type)
{
    const struct sent_size *sizes = row->sizes[coder][type];
    bool has = true;
    for (int i = 0; i < r->layers_n && has; i++) {
        bool coded = nth < sampling_coded(r, numbers[i], type, coder);
        bool drawn = coded && draws > 0 && nth < sampling_drawn(r, numbers[i], type, coder);
        has = !coded || (sizes && sizes[i].bytes && (!drawn || sizes[i].drawn[draws - 1]));
    }
    return has;
}

uint32_t sent_row_lacks(const struct sent_row *row, const struct features_request *r, const size_t *numbers,
                        int draws, long nth)
{
    uint32_t needs = 0;
    if (!row)
        return sent_needs_all(r);
    for (int t = DTYPE_F32; t < DTYPES; t++) {
        bool answered = t == DTYPE_F32 || row->answers[t] || (t == DTYPE_F16 && nth >= r->sample);
        needs |= r->dtypes[t] && !answered ? sent_need_answer((enum dtype)t) : 0;
        for (int c = 0; c < CODERS; c++)
            if (r->dtypes[t] && r->coders[c] &&
                !sent_row_has_sizes(row, r, numbers, draws, nth, (enum coder)c, (enum dtype)t))
                needs |= sent_need_size((enum coder)c, (enum dtype)t);
    }
    return needs;
}
