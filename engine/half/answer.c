#include "half/answer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "half/pipe.h"

static int answer_line(const struct talk_answer *a, uint64_t number, const float *scores, struct error *e)
{
    printf("image %" PRIu64 ": class %" PRId32 "; decoded in %.3f ms, tail %.3f ms; scores", number, a->top,
           (double)(a->decoded - a->received) / 1e6, (double)(a->done - a->decoded) / 1e6);
    for (uint32_t i = 0; i < a->scores_n; i++)
        printf(" %.9g", (double)scores[i]);
    putchar('\n');
    return fflush(stdout) == 0 ? 0 : error_set(e, "standard output: cannot write: %s", strerror(errno));
}

int answer_write(const struct half *half, struct talk_answer *a, uint64_t number, const float *scores,
                 bool text, struct error *e)
{
    a->top = half_top(half, scores);
    a->scores_n = (uint32_t)half_outputs(half);
    if (text)
        return answer_line(a, number, scores, e);
    return pipe_write(STDOUT_FILENO, TALK_ANSWER, number, a, sizeof *a, scores, a->scores_n * sizeof *scores,
                      e);
}
