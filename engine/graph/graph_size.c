/* Which batch fits into the available memory, computed before anything is loaded. */
#include <inttypes.h>
#include <link.h>
#include <omp.h>
#include <stdio.h>

#include "base/text.h"
#include "graph/allowance.h"
#include "graph/graph_parts.h"
#include "graph/needs.h"

#define MEGABYTE ((int64_t)1 << 20)

/* The process before there is a network: its heap and stacks, and each library's tables. It has some 20, but
 * 260 where libdarknet's OpenCV is loaded (Makefile). */
#define BASE_BYTES (14 * MEGABYTE)
#define LIBRARY_BYTES (MEGABYTE / 4)
/* For each thread: stack and heap in use; its stack; what malloc reserves for it. */
#define THREAD_BYTES (MEGABYTE / 4)
#define THREAD_STACK (8 * MEGABYTE)
#define THREAD_ARENA (64 * MEGABYTE)
enum { LOADER_THREADS = 2 };
/* The largest batch chosen where memory allows: larger ones gain less and less. */
#define AIM_BYTES (1500 * MEGABYTE)
/* That a full batch of images takes less than this means that a network is small. */
#define LARGE_BYTES (AIM_BYTES / 2)
/* And then this is left for decoding, where it can be: photographs of a dozen megapixels, two at a time. */
#define AIM_DECODING (160 * MEGABYTE)
enum { BATCH_MOST = 32 };

/* ---- What is allowed ------------------------------------------------------------------------------ */

struct allowed {
    int64_t bytes;
    const char *by;          /* which limit it is, in the words of the message */
    int64_t addresses, data; /* as allowance_addresses and _data */
};

static struct allowed allowed_by(const struct graph_options *options)
{
    int64_t group = allowance_group("");
    struct allowed a = {options->memory, "; see --memory", allowance_addresses(""), allowance_data("")};
    if (a.bytes <= 0) {
        a.bytes = allowance_available("") / 10 * 9;
        a.by = ", most of what is free; see --memory";
    }
    if (group < a.bytes) {
        a.bytes = group;
        a.by = " by the limit of its control group";
    }
    return a;
}

/* ---- What is needed ------------------------------------------------------------------------------- */

static int count_library(struct dl_phdr_info *info, size_t size, void *count)
{
    (void)info;
    (void)size;
    *(int *)count += 1;
    return 0;
}

static int64_t base_bytes(void)
{
    int libraries = 0;
    dl_iterate_phdr(count_library, &libraries);
    return BASE_BYTES + libraries * LIBRARY_BYTES;
}

/* Memory besides the graph. */
static int64_t adjacent(const struct graph *graph, const struct graph_options *options)
{
    return base_bytes() + GRAPH_DECODING + options->held + (graph->threads + LOADER_THREADS) * THREAD_BYTES;
}

/* Total bytes expected for a batch; -1 on error. */
static int64_t expected(struct graph *graph, const struct graph_options *options, int batch, struct error *e)
{
    graph->batch = batch;
    struct needs *n = needs_of(graph, options, e);
    int64_t bytes = n ? adjacent(graph, options) + needs_expected(n) : -1;
    needs_free(n);
    return bytes;
}

/* The largest batch that is expected to take no more than `aim`, or 1; -1 on error. Bytes grow almost
 * linearly with the batch: the first guess is good, and its neighbours are then tried one by one. */
static int best_batch(struct graph *graph, const struct graph_options *options, int64_t aim, struct error *e)
{
    int64_t most = expected(graph, options, BATCH_MOST, e);
    if (most < 0 || most <= aim)
        return most < 0 ? -1 : BATCH_MOST;
    int64_t least = expected(graph, options, 1, e);
    if (least < 0 || least >= aim)
        return least < 0 ? -1 : 1;
    int batch = 1 + (int)((aim - least) * (BATCH_MOST - 1) / (most - least));
    int64_t now = expected(graph, options, batch, e);
    while (now > aim && batch > 1)
        now = expected(graph, options, --batch, e);
    for (int next = batch + 1; now >= 0 && next < BATCH_MOST; next++) {
        now = expected(graph, options, next, e);
        if (now < 0 || now > aim)
            break;
        batch = next;
    }
    return now < 0 ? -1 : batch;
}

/* Where activations are so large that memory bounds the batch, or nearly does, places that no image will fill
 * cost much time and memory. Powers of two, so that the algorithms are timed for few batches. */
static int batch_for(struct graph *graph, const struct graph_options *options, int batch, struct error *e)
{
    int fits = 1;
    while (fits < options->images && fits < batch)
        fits *= 2;
    if (options->images <= 0 || fits >= batch)
        return batch;
    return batch < BATCH_MOST || expected(graph, options, batch, e) > LARGE_BYTES ? fits : batch;
}

static int too_large(const struct graph *graph, int64_t needed, int64_t allowed, const char *by,
                     struct error *e)
{
    char bound[32];
    if (allowed < MEGABYTE)
        text_bytes(bound, allowed);
    else
        snprintf(bound, sizeof bound, "%" PRId64 " MB", allowed / MEGABYTE);
    return error_at(e, graph->net->path, 0,
                    "needs %" PRId64 " MB of memory with a batch of %d (allowed: %s%s%s)",
                    (needed + MEGABYTE - 1) / MEGABYTE, graph->batch, bound, by,
                    graph->batch > 1 ? "; a smaller --batch may do" : "");
}

/* Whether the graph with graph->batch fits. */
static int graph_size_check(struct graph *graph, const struct graph_options *options,
                            const struct allowed *allowed, struct error *e)
{
    struct needs *n = needs_of(graph, options, e);
    if (!n)
        return -1;
    int64_t threads = graph->threads + LOADER_THREADS, bytes = adjacent(graph, options) + needs_peak(n);
    int64_t data = needs_addresses(n) + threads * THREAD_STACK, addresses = data + threads * THREAD_ARENA;
    needs_free(n);
    return bytes > allowed->bytes ? too_large(graph, bytes, allowed->bytes, allowed->by, e)
           : addresses > allowed->addresses
               ? too_large(graph, addresses, allowed->addresses, " by ulimit -v", e)
           : data > allowed->data ? too_large(graph, data, allowed->data, " by ulimit -d", e)
                                  : 0;
}

/* With the requested batch, else the best one: a smaller one where that does not fit after all. */
static int graph_size_settle(struct graph *graph, const struct graph_options *options,
                             const struct allowed *allowed, struct error *e)
{
    int asked = options->batch > 0 ? options->batch : options->tuning ? options->tuning->batch : 0;
    int64_t aim = allowed->bytes - (AIM_DECODING - GRAPH_DECODING);
    aim = aim < AIM_BYTES ? aim : AIM_BYTES;
    int batch = asked ? asked : batch_for(graph, options, best_batch(graph, options, aim, e), e);
    if (batch < 0)
        return -1;
    do {
        graph->batch = batch;
        if (graph_size_check(graph, options, allowed, e) == 0)
            return 0;
    } while (!asked && --batch > 0);
    return -1;
}

int graph_size(const struct net *net, const struct graph_options *options, int *batch, int64_t *bytes,
               struct error *e)
{
    *batch = 0;
    *bytes = 0;
    if (graph_check_precision(options->precision, e) < 0)
        return -1;
    struct graph *graph = graph_outline(net, options);
    const struct allowed allowed = allowed_by(options);
    omp_set_num_threads(graph->threads); /* needed by the library */
    int status = graph_size_settle(graph, options, &allowed, e);
    *batch = graph->batch;
    *bytes = allowed.bytes - adjacent(graph, options);
    graph_free(graph);
    return status;
}
