/* How the tensor of a cut is to be sent: from the options, and a range that isplit features measured. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "csv/provenance.h"
#include "deployment/partition_job.h"
#include "features/measured_features.h"
#include "report/curve_meta.h"
#include "report/features_file.h"
#include "study/run.h"

struct frame_format partition_sent_options(const struct options *o)
{
    return (struct frame_format){
        .type = o->cost_model.type < 0 ? DTYPE_F32 : (enum dtype)o->cost_model.type,
        .coder = (enum coder)o->cost_model.coder,
        .level = o->features.level ? (int)o->features.level : FEATURES_LEVEL,
        .affine = {.scale = 1},
    };
}

int partition_sent_check(const struct options *o, struct error *e)
{
    const struct frame_format sent = partition_sent_options(o);
    if (!dtype_is_affine(sent.type) || o->cost_model.features_csv)
        return 0;
    return error_set(e, "--dtype %s needs --features FILE: its range is measured (isplit features)",
                     dtype_words[sent.type]);
}

/* What the features were measured with must be what is cut, where their .meta.csv says it. */
static int partition_sent_compare(const char *path, const struct provenance *made, const char *key,
                                  const char *expected, struct error *e)
{
    const char *stands = provenance_find(made, key);
    if (!stands || strcmp(stands, expected) == 0)
        return 0;
    return error_at(e, path, 0, "was measured with %s %s (expected %s, as here)", key, stands, expected);
}

static int partition_sent_check_meta(const char *path, const struct options *o,
                                     const struct connection *connection, struct error *e)
{
    static const char *const keys[] = {"fit", "scale", "mean", "std", "bgr"};
    char *meta = provenance_path(path);
    struct provenance *made = access(meta, R_OK) == 0 ? provenance_read(meta, e) : provenance_new();
    free(meta);
    if (!made)
        return -1;
    struct provenance *own = provenance_new();
    const struct pixels_options pixels = run_of_options(o).pixels;
    curve_meta_describe_pixels(&pixels, own);
    int status = partition_sent_compare(path, made, "weights_xxh3", connection->weights_xxh3, e);
    for (size_t i = 0; i < sizeof keys / sizeof *keys && status == 0; i++)
        status = partition_sent_compare(path, made, keys[i], provenance_find(own, keys[i]), e);
    provenance_free(own);
    provenance_free(made);
    return status;
}

int partition_sent(const struct options *o, const struct connection *connection, const char *cfg, int layer,
                   struct frame_format *sent, struct error *e)
{
    const char *path = o->cost_model.features_csv;
    struct features features;
    *sent = partition_sent_options(o);
    if (!dtype_is_affine(sent->type))
        return 0;
    if (features_file_read(path, connection->table, cfg, &features, e) < 0)
        return -1;
    const struct feature *f = features_find_dtype(&features, layer, sent->type);
    bool known = f && !isnan(f->scale);
    if (known)
        sent->affine = (struct encode_affine){f->scale, f->zero};
    features_free(&features);
    if (known)
        return partition_sent_check_meta(path, o, connection, e);
    return error_at(e, path, 0, "has no range of %s after layer %d (%s)", dtype_words[sent->type], layer,
                    connection->table->rows[layer].name);
}
