#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "half/answer.h"
#include "half/half.h"
#include "half/modes.h"
#include "half/picture.h"
#include "half/pipe.h"

/* A head alone, or, of a whole network, with its tail. */
struct head {
    bool text; /* answers as lines */
    struct half_sheet sheet;
    struct half *half, *tail;
    struct frames *frames; /* of a head alone */
    float *x;              // [c][h][w]
    struct names *names;   /* borrowed */
    uint64_t number;       /* of the next image */
    int skipped;
};

static int head_open(struct head *h, const char *folder, bool whole, const struct half_runtime *runtime,
                     struct error *e)
{
    if (half_sheet_read(folder, &h->sheet, e) < 0)
        return -1;
    h->half = half_open(folder, &h->sheet, HALF_HEAD, runtime, e);
    if (!h->half)
        return -1;
    h->tail = whole ? half_open(folder, &h->sheet, HALF_TAIL, runtime, e) : NULL;
    h->frames = whole ? NULL : half_frames(&h->sheet, half_outputs(h->half), e);
    if (!h->tail && !h->frames)
        return -1;
    size_t numbers = (size_t)net_shape_size(half_input(h->half));
    h->x = memory_try(numbers, sizeof *h->x);
    if (!h->x)
        return error_set(e, "no memory for %zu pixels", numbers);
    return 0;
}

static void head_close(struct head *h)
{
    half_close(h->half);
    half_close(h->tail);
    frames_free(h->frames);
    free(h->x);
}

/* An image that gives nothing: told to whoever sends names, else on standard error. */
static int head_skip(struct head *h, const char *name, const struct error *why, struct error *e)
{
    h->skipped++;
    if (names_are_sent(h->names))
        return pipe_write(STDOUT_FILENO, TALK_SKIPPED, h->number, why->text, strlen(why->text), NULL, 0, e);
    struct error line;
    error_at(&line, name, 0, "%s", why->text);
    mode_fail(line.text);
    return 0;
}

/* The times come first, so that the frame is written at once. */
static int head_send(struct head *h, const char *name, struct talk_times *t, struct error *e)
{
    struct error why;
    size_t length;
    const float *y = half_run(h->half, h->x, e);
    if (!y)
        return -1;
    t->done = clock_ns();
    const unsigned char *frame = frames_write(h->frames, (uint32_t)h->number, y, &length, &why);
    t->encoded = clock_ns();
    if (!frame)
        return head_skip(h, name, &why, e);
    if (names_are_sent(h->names) &&
        pipe_write(STDOUT_FILENO, TALK_TIMES, h->number, t, sizeof *t, NULL, 0, e) < 0)
        return -1;
    return pipe_write_all(STDOUT_FILENO, frame, length, e);
}

static int head_answer(struct head *h, const struct talk_times *t, struct error *e)
{
    const float *y = half_run(h->half, h->x, e);
    struct talk_answer a = {.received = t->begun, .decoded = clock_ns()};
    const float *scores = y ? half_run(h->tail, y, e) : NULL;
    if (!scores)
        return -1;
    a.done = clock_ns();
    return answer_write(h->tail, &a, h->number, scores, h->text, e);
}

static int head_image(struct head *h, const char *name, struct error *e)
{
    struct error why;
    struct talk_times t = {.begun = clock_ns()};
    if (picture_load(name, half_input(h->half), &h->sheet.pixels, h->x, &why) < 0)
        return head_skip(h, name, &why, e);
    t.decoded = clock_ns();
    return h->tail ? head_answer(h, &t, e) : head_send(h, name, &t, e);
}

static int head_run(struct head *h, struct error *e)
{
    const char *name;
    int more;
    while ((more = names_next(h->names, &name, e)) > 0) {
        if (head_image(h, name, e) < 0)
            return -1;
        h->number++;
    }
    if (more < 0)
        return -1;
    return h->text ? 0 : pipe_write(STDOUT_FILENO, TALK_BYE, h->number, NULL, 0, NULL, 0, e);
}

int mode_head(const char *folder, bool whole, struct names *images, long first, bool text,
              const struct half_runtime *runtime)
{
    struct error e;
    struct head h = {.names = images, .number = (uint64_t)first, .text = text};
    int status =
        head_open(&h, folder, whole, runtime, &e) < 0 || head_run(&h, &e) < 0 ? mode_fail(e.text) : 0;
    if (status == 0 && h.skipped && !names_are_sent(h.names))
        status = 1;
    head_close(&h);
    return status;
}
