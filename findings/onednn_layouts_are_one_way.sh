#!/bin/sh
# The layouts that oneDNN chooses for a convolution's forward pass can be those that only its reference goes back through.
#
# Expected: who lets the library choose the layouts of a forward pass (format_tag_any) and then asks for the gradient of
# the input in these layouts, to save reorders, gets code about as fast, as for layers in the middle of a network.
# Found (Debian 12: oneDNN 2.6.3, kept to AVX2): for few input channels, 1, 3 or 4, as at a picture or behind a narrow
# bottleneck, forward takes a plain source and a blocked destination, and no kernel but ref:any goes back through that
# pair: some thousand times the time of the forward pass. Asked for with layouts of its own choice, the same gradient
# takes a few times the forward pass; from 8 channels on both are alike. Nothing warns: the descriptor is created.
#
# Seen: kernels by channels, in `expected` below; the time of ref:any 740 to 1,110 times forward's, else 1 to 8 times.
# What isplit does with it: each gradient is asked for in the layouts at hand first, and where only the reference has
# that, in the library's own choice between two reorders (engine/graph/onednn_op.c).
set -eu

VERSION=2.6.3-1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq download "libdnnl-dev=$VERSION" "libdnnl2=$VERSION" >log 2>&1 || { tail -3 log >&2; exit 1; }
for package in *.deb; do
    dpkg -x "$package" root
done
lib=$work/root/usr/lib/x86_64-linux-gnu

cat >layouts.c <<'C'
#include <oneapi/dnnl/dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH = 16, SIDE = 32, FILTERS = 16, RUNS = 3 };

static dnnl_engine_t engine;
static dnnl_stream_t stream;

static void check(dnnl_status_t status)
{
    if (status != dnnl_success)
        exit(2);
}

static const dnnl_memory_desc_t *layout(dnnl_primitive_desc_t pd, dnnl_query_t what)
{
    return dnnl_primitive_desc_query_md(pd, what, 0);
}

static dnnl_exec_arg_t argument(int name, const dnnl_memory_desc_t *md)
{
    dnnl_exec_arg_t a = {name, NULL};
    void *data;
    check(dnnl_memory_create(&a.memory, md, engine, DNNL_MEMORY_ALLOCATE));
    check(dnnl_memory_get_data_handle(a.memory, &data));
    for (size_t i = 0; i < dnnl_memory_desc_get_size(md) / sizeof(float); i++)
        ((float *)data)[i] = 0.1f * (float)(i % 7);
    return a;
}

/* The least of a few times, in ms. */
static double least(dnnl_primitive_desc_t pd, dnnl_exec_arg_t *arguments)
{
    dnnl_primitive_t primitive;
    check(dnnl_primitive_create(&primitive, pd));
    double best = 1e9;
    for (int i = 0; i < RUNS; i++) {
        struct timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        check(dnnl_primitive_execute(primitive, stream, 3, arguments));
        check(dnnl_stream_wait(stream));
        clock_gettime(CLOCK_MONOTONIC, &b);
        double ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
        best = ms < best ? ms : best;
    }
    return best;
}

static const char *kernel(dnnl_primitive_desc_t pd)
{
    const char *name;
    check(dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name));
    return strcmp(name, "ref:any") == 0 ? "reference" : "fast";
}

static void gradient(const char *title, dnnl_primitive_desc_t forward, const dnnl_memory_desc_t *source,
                     const dnnl_memory_desc_t *weights, const dnnl_memory_desc_t *destination, double before)
{
    const dnnl_dims_t stride = {1, 1}, padding = {1, 1};
    dnnl_convolution_desc_t d;
    dnnl_primitive_desc_t pd;
    check(dnnl_convolution_backward_data_desc_init(&d, dnnl_convolution_direct, source, weights, destination, stride, padding,
                                                   padding));
    check(dnnl_primitive_desc_create(&pd, &d, NULL, engine, forward));
    dnnl_exec_arg_t a[] = {argument(DNNL_ARG_DIFF_DST, layout(pd, dnnl_query_diff_dst_md)),
                           argument(DNNL_ARG_WEIGHTS, layout(pd, dnnl_query_weights_md)),
                           argument(DNNL_ARG_DIFF_SRC, layout(pd, dnnl_query_diff_src_md))};
    double ratio = least(pd, a) / before;
    printf(", %s %s", title, kernel(pd));
    fprintf(stderr, ", %s %.0f", title, ratio);
}

static void channels(int n)
{
    const dnnl_dims_t s = {BATCH, n, SIDE, SIDE}, w = {FILTERS, n, 3, 3}, d = {BATCH, FILTERS, SIDE, SIDE};
    const dnnl_dims_t stride = {1, 1}, padding = {1, 1};
    dnnl_memory_desc_t source, weights, destination;
    check(dnnl_memory_desc_init_by_tag(&source, 4, s, dnnl_f32, dnnl_format_tag_any));
    check(dnnl_memory_desc_init_by_tag(&weights, 4, w, dnnl_f32, dnnl_format_tag_any));
    check(dnnl_memory_desc_init_by_tag(&destination, 4, d, dnnl_f32, dnnl_format_tag_any));
    dnnl_convolution_desc_t forward;
    dnnl_primitive_desc_t pd;
    check(dnnl_convolution_forward_desc_init(&forward, dnnl_forward_training, dnnl_convolution_direct, &source, &weights,
                                             NULL, &destination, stride, padding, padding));
    check(dnnl_primitive_desc_create(&pd, &forward, NULL, engine, NULL));
    const dnnl_memory_desc_t *chosen = layout(pd, dnnl_query_src_md), *to = layout(pd, dnnl_query_dst_md);
    dnnl_exec_arg_t a[] = {argument(DNNL_ARG_SRC, chosen), argument(DNNL_ARG_WEIGHTS, layout(pd, dnnl_query_weights_md)),
                           argument(DNNL_ARG_DST, to)};
    double before = least(pd, a);
    printf("%d: forward %s", n, kernel(pd));
    fprintf(stderr, "times of the forward pass with %d channels", n);
    gradient("in its layouts", pd, chosen, &weights, to, before);
    gradient("in its own", pd, &source, &weights, &destination, before);
    printf("\n");
    fprintf(stderr, "\n");
}

int main(void)
{
    check(dnnl_engine_create(&engine, dnnl_cpu, 0));
    check(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags));
    const int few[] = {1, 3, 4, 8, 16};
    for (int i = 0; i < 5; i++)
        channels(few[i]);
    return 0;
}
C
cc -std=gnu11 -O1 -I root/usr/include layouts.c -o layouts -L "$lib" -ldnnl
LD_LIBRARY_PATH=$lib DNNL_MAX_CPU_ISA=AVX2 OMP_NUM_THREADS=1 ./layouts >seen
cat seen
cat >expected <<'TXT'
1: forward fast, in its layouts reference, in its own fast
3: forward fast, in its layouts reference, in its own fast
4: forward fast, in its layouts reference, in its own fast
8: forward fast, in its layouts fast, in its own fast
16: forward fast, in its layouts fast, in its own fast
TXT
diff expected seen
echo "as described"
