#include "study/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "study/child.h"
#include "study/exchange_parts.h"

#define EXCHANGE_WORD(stage, word, meaning) [stage] = (word),
const char *const exchange_stage_words[] = {EXCHANGE_STAGES_LIST(EXCHANGE_WORD) NULL};

enum {
    POLL_MS = 100,    /* how late a limit of time may be noticed */
    HEAD_DEATHS = 4,  /* without a frame between them */
    LEAVING_MS = 600, /* a tail that was told to go */
    SYNC_EVERY_S = 5, /* where one image at a time is under way */
};

int exchange_stop(struct exchange *x, enum exchange_end end, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = memory_format_list(format, args);
    va_end(args);
    error_set(x->e, "%s", text);
    free(text);
    x->end = end;
    return -1;
}

void exchange_skip(struct exchange *x, long image, const char *reason)
{
    x->images[image]->reason = memory_copy(reason);
    x->settled++;
    x->result->skipped++;
    if (x->listener->skipped)
        x->listener->skipped(x->listener->data, x->images[image]);
}

/* ---- The head --------------------------------------------------------------------------------------- */

struct peer *exchange_half_start(const struct exchange_cut *cut, const char *mode, const char *who,
                                 long first, size_t most, struct error *e)
{
    char number[32];
    const char *const half[] = {cut->program, mode, cut->folder, "-", "--first", number, NULL};
    const char *const engine[] = {cut->program, "--half", mode,        cut->folder,  "-",
                                  "--first",    number,   "--runtime", cut->runtime, NULL};
    snprintf(number, sizeof number, "%ld", first);
    if (cut->runtime)
        child_calm_threads();
    return peer_start(who, cut->runtime ? engine : half, NULL, most, e);
}

static int exchange_head_start(struct exchange *x)
{
    struct error e;
    if (x->head || (x->next >= x->n && x->head_began))
        return 0;
    x->head = exchange_half_start(x->cut, "head", "the head", x->next, (size_t)UINT32_MAX, &e);
    if (!x->head)
        return exchange_stop(x, EXCHANGE_REFUSED, "%s", e.text);
    x->head_began = true;
    x->asked = x->next;
    x->head_since = clock_ns();
    return 0;
}

/* It is started again, and asked again for what it still owes; an image on which it dies twice has no frame.
 */
static int exchange_head_gone(struct exchange *x, const char *said)
{
    struct error why;
    if (said)
        error_set(&why, "%s", said);
    else
        peer_explain(x->head, &why);
    peer_free(x->head, 0);
    x->head = NULL;
    x->result->head_losses++;
    if (!x->head_spoke)
        return exchange_stop(x, EXCHANGE_REFUSED, "%s", why.text);
    if (++x->head_died > HEAD_DEATHS)
        return exchange_stop(x, EXCHANGE_LOST, "%s; given up after %d times in a row", why.text, HEAD_DEATHS);
    if (x->asked > x->next && ++x->deaths >= 2) {
        exchange_skip(x, x->next++, why.text);
        x->deaths = 0;
    }
    return 0;
}

static void exchange_head_came(struct exchange *x)
{
    x->next++;
    x->deaths = 0;
}

static void exchange_head_take_frame(struct exchange *x, const struct talk_message *m)
{
    x->images[x->next]->bytes = (int64_t)m->length;
    x->head_died = 0;
    exchange_tail_send(x, m);
    exchange_head_came(x);
}

static int exchange_head_take(struct exchange *x, const struct talk_message *m)
{
    struct error why;
    bool mine = x->next < x->asked && m->number == (uint64_t)x->next;
    x->head_spoke = true;
    x->head_since = clock_ns();
    if (m->kind == TALK_SKIPPED && mine) {
        char *text = talk_text(m);
        exchange_skip(x, x->next, text);
        free(text);
        exchange_head_came(x);
        return 0;
    }
    if (m->kind == TALK_TIMES && mine && talk_take(m, &x->times, sizeof x->times, false, &why) == 0)
        return 0;
    if (m->kind == TALK_FRAME && mine) {
        exchange_head_take_frame(x, m);
        return 0;
    }
    return exchange_stop(x, EXCHANGE_LOST, "the head says what was not asked");
}

static int exchange_head_step(struct exchange *x)
{
    struct talk_message m;
    struct error broken, why;
    bool ended = false;
    int got;
    if (!x->head)
        return 0;
    bool stuck = peer_is_stuck(x->head), failed = peer_pump(x->head, &broken) < 0;
    while ((got = peer_next(x->head, &m, &ended, &why)) > 0)
        if (exchange_head_take(x, &m) < 0)
            return -1;
    if (ended || failed || stuck || got < 0)
        return exchange_head_gone(x, NULL);
    bool waits = x->asked > x->next;
    if (!waits || (double)(clock_ns() - x->head_since) / 1e9 <= x->cut->timeout_s)
        return 0;
    char *text = memory_format("no frame from the head for %g s", x->cut->timeout_s);
    int status = exchange_head_gone(x, text);
    free(text);
    return status;
}

/* Asks for images, as many as may be under way. */
static void exchange_ask(struct exchange *x)
{
    bool may = x->cut->pipelined ? x->was_ready : x->state == TAIL_READY;
    long ahead = x->cut->pipelined ? EXCHANGE_AHEAD : 1;
    while (x->head && may && x->asked < x->n && x->asked - x->next + x->flights_n < ahead) {
        if (x->asked == x->next)
            x->head_since = clock_ns();
        const char *path = x->images[x->asked++]->file;
        peer_send_bytes(x->head, path, strlen(path) + 1);
    }
}

/* ---- One cut ---------------------------------------------------------------------------------------- */

static int exchange_begin_step(struct exchange *x)
{
    struct error unwanted;
    if (exchange_tail_start(x) < 0 || exchange_head_start(x) < 0)
        return -1;
    bool quiet = !x->cut->pipelined && x->state == TAIL_READY && x->flights_n == 0 && x->asked == x->next;
    if (quiet && (double)(clock_ns() - x->synced) / 1e9 > SYNC_EVERY_S)
        exchange_tail_sync(x);
    exchange_ask(x);
    if (x->head)
        peer_flush(x->head, &unwanted); /* at once, before anything is waited for */
    return 0;
}

static int exchange_end_step(struct exchange *x)
{
    return exchange_head_step(x) < 0 || exchange_tail_step(x) < 0 ? -1 : 0;
}

static int exchange_polls(const struct exchange *x, struct pollfd fds[6])
{
    int n = x->head ? peer_polls(x->head, fds) : 0;
    return n + (x->tail ? peer_polls(x->tail, fds + n) : 0);
}

static void exchange_give(struct exchange *x, struct exchange_image *image)
{
    x->images[x->n++] = image;
}

/* Told to go, before anything is waited for. */
static void exchange_leave(struct exchange *x)
{
    if (x->tail)
        peer_finish(x->tail, x->flights_n == 0);
    if (x->head)
        peer_finish(x->head, false);
}

static void exchange_free(struct exchange *x)
{
    peer_free(x->tail, x->flights_n == 0 ? LEAVING_MS : LEAVING_MS / 3);
    peer_free(x->head, LEAVING_MS / 6);
    exchange_tail_free(x);
    free(x->images);
}

/* ---- All of them ------------------------------------------------------------------------------------ */

struct exchanges {
    struct exchange *cuts; // [cuts_n]
    int cuts_n;
    struct exchange_image *images; // [n]
    long n, given;                 /* to a cut */
    int present;                   /* the cut that has the last of these */
};

/* The others rest: what became of them meanwhile is seen when they are needed. */
static bool exchanges_works(const struct exchanges *all, int cut)
{
    const struct exchange *x = &all->cuts[cut];
    return cut == all->present || !x->was_ready || x->settled < x->n;
}

/* Gives out the next image where there is a choice: when all stand ready, and nothing is under way. */
static void exchanges_choose(struct exchanges *all, const struct exchange_listener *listener)
{
    for (int c = 0; c < all->cuts_n; c++)
        if (!all->cuts[c].was_ready || all->cuts[c].settled < all->cuts[c].n)
            return;
    if (all->given >= all->n)
        return;
    struct exchange_image *image = &all->images[all->given++];
    image->cut = all->present = listener->choose(listener->data, all->given > 1 ? image - 1 : NULL);
    exchange_give(&all->cuts[all->present], image);
}

static int exchanges_step(struct exchanges *all, const struct exchange_listener *listener)
{
    struct pollfd *fds = memory_new(memory_product((size_t)all->cuts_n, 6), sizeof *fds);
    int n = 0, status = 0;
    if (all->cuts_n > 1)
        exchanges_choose(all, listener);
    for (int c = 0; c < all->cuts_n && status == 0; c++)
        if (exchanges_works(all, c) && (status = exchange_begin_step(&all->cuts[c])) == 0)
            n += exchange_polls(&all->cuts[c], fds + n);
    if (status == 0)
        poll(fds, (nfds_t)n, POLL_MS); /* a signal ends it, too */
    for (int c = 0; c < all->cuts_n && status == 0; c++)
        if (exchanges_works(all, c))
            status = exchange_end_step(&all->cuts[c]);
    free(fds);
    return status;
}

/* How it ended. */
static enum exchange_end exchanges_close(struct exchanges *all)
{
    enum exchange_end end = EXCHANGE_DONE;
    for (int c = 0; c < all->cuts_n; c++)
        exchange_leave(&all->cuts[c]);
    for (int c = 0; c < all->cuts_n; c++) {
        struct exchange *x = &all->cuts[c];
        end = x->end != EXCHANGE_DONE ? x->end : end;
        exchange_free(x);
    }
    free(all->cuts);
    return end;
}

static struct exchanges exchanges_open(const struct exchange_cut *cuts, int cuts_n,
                                       struct exchange_image *images, long n,
                                       const struct exchange_listener *listener,
                                       struct exchange_result *result, struct error *e)
{
    struct exchanges all = {
        .cuts = memory_new((size_t)cuts_n, sizeof *all.cuts), .cuts_n = cuts_n, .images = images, .n = n};
    for (int c = 0; c < cuts_n; c++) {
        struct exchange_image **own = memory_new((size_t)n + 1, sizeof *own);
        all.cuts[c] =
            (struct exchange){.cut = &cuts[c], .listener = listener, .images = own, .result = result, .e = e};
    }
    for (long i = 0; i < n; i++)
        images[i].top = images[i].whole = EXCHANGE_UNKNOWN;
    while (cuts_n == 1 && all.given < n)
        exchange_give(&all.cuts[0], &images[all.given++]);
    return all;
}

enum exchange_end exchange_run(const struct exchange_cut *cuts, int cuts_n, struct exchange_image *images,
                               long n, const struct exchange_listener *listener,
                               const volatile sig_atomic_t *signals, struct exchange_result *result,
                               struct error *e)
{
    *result = (struct exchange_result){0};
    struct exchanges all = exchanges_open(cuts, cuts_n, images, n, listener, result, e);
    int status = 0;
    while (status == 0 && result->answered + result->skipped < n) {
        if (*signals)
            status = exchange_stop(&all.cuts[0], EXCHANGE_INTERRUPTED, "interrupted");
        else
            status = exchanges_step(&all, listener);
        if (listener->tick)
            listener->tick(listener->data, result->answered + result->skipped);
    }
    return exchanges_close(&all);
}

void exchange_images_free(struct exchange_image *images, long n)
{
    for (long i = 0; i < n; i++)
        free(images[i].reason);
    free(images);
}
