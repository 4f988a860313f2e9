#include "graph/onednn_op.h"

#include <dnnl_debug.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/pages.h"

int onednn_failed(struct error *e, const char *what, dnnl_status_t status)
{
    return error_set(e, "oneDNN: %s: %s", what,
                     status == dnnl_out_of_memory       ? "out of memory"
                     : status == dnnl_unimplemented     ? "not implemented on this processor"
                     : status == dnnl_invalid_arguments ? "invalid arguments"
                                                        : "failed");
}

struct onednn *onednn_open(int batch, struct error *e)
{
    struct onednn *dn = memory_new(1, sizeof *dn);
    dn->batch = batch;
    dnnl_status_t status = dnnl_engine_create(&dn->engine, dnnl_cpu, 0);
    if (status == dnnl_success)
        status = dnnl_stream_create(&dn->stream, dn->engine, dnnl_stream_default_flags);
    if (status != dnnl_success) {
        onednn_failed(e, "cannot start", status);
        onednn_close(dn);
        return NULL;
    }
    return dn;
}

struct onednn *onednn_open_dry(int batch, struct error *e)
{
    struct onednn *dn = onednn_open(batch, e);
    if (dn)
        dn->dry = true;
    return dn;
}

void onednn_close(struct onednn *dn)
{
    if (!dn)
        return;
    if (dn->stream)
        dnnl_stream_destroy(dn->stream);
    if (dn->engine)
        dnnl_engine_destroy(dn->engine);
    pages_free(dn->scratch, dn->made[0]);
    pages_free(dn->shared, dn->made[1]);
    free(dn);
}

int onednn_batch(const struct onednn *dn)
{
    return dn->batch;
}

int onednn_block(void)
{
    /* The values are sets of bits, not an order: AVX2-VNNI is a larger number than AVX-512. */
    bool avx512 = (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core) == dnnl_cpu_isa_avx512_core;
    return avx512 ? 16 : 8;
}

bool onednn_has_bf16(void)
{
    return (dnnl_get_effective_cpu_isa() & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
}

const char *onednn_version(void)
{
    static const char text[] = {'0' + DNNL_VERSION_MAJOR, '.', '0' + DNNL_VERSION_MINOR, '.',
                                '0' + DNNL_VERSION_PATCH, '\0'};
    return text;
}

const char *onednn_isa(void)
{
    const char *text = dnnl_cpu_isa2str(dnnl_get_effective_cpu_isa());
    const char *name = strrchr(text, ':');
    text = name ? name + 1 : text;
    return strncmp(text, "cpu_isa_", 8) == 0 ? text + 8 : text;
}

int onednn_ready(struct onednn *dn, struct error *e)
{
    pages_free(dn->scratch, dn->made[0]);
    pages_free(dn->shared, dn->made[1]);
    dn->made[0] = dn->scratch_bytes;
    dn->made[1] = dn->shared_bytes;
    dn->scratch = pages_new(dn->made[0]);
    dn->shared = pages_new(dn->made[1]);
    return dn->scratch && dn->shared ? 0
                                     : error_set(e, "no memory for a scratchpad of %zu bytes",
                                                 dn->scratch_bytes + dn->shared_bytes);
}

dnnl_data_type_t onednn_type(enum number type)
{
    return type == NUMBER_BF16 ? dnnl_bf16 : dnnl_f32;
}

dnnl_memory_desc_t onednn_tensor(const struct onednn *dn, struct tensor t, bool any)
{
    dnnl_dims_t dims = {dn->batch, t.c, t.h, t.w};
    /* One channel: both mean the same, but bfloat16 implementations ask for this one. */
    bool last = t.type == NUMBER_BF16 && (t.block > 1 || t.c == 1);
    dnnl_format_tag_t tag = any             ? dnnl_format_tag_any
                            : last          ? dnnl_nhwc
                            : t.block == 16 ? dnnl_nChw16c
                            : t.block == 8  ? dnnl_nChw8c
                                            : dnnl_nchw;
    dnnl_memory_desc_t md;
    dnnl_memory_desc_init_by_tag(&md, 4, dims, onednn_type(t.type), tag);
    return md;
}
