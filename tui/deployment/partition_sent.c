/* How the tensor of a cut is to be sent: from the options, and a range that isplit features measured. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "csv/provenance.h"
#include "deployment/partition_job.h"
#include "deployment/preprocessing.h"
#include "features/measured_features.h"
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
static int partition_sent_compare(const char *path, const struct provenance *made, const struct options *o,
                                  const struct connection *connection, struct error *e)
{
    const char *weights = provenance_find(made, "weights_xxh3");
    if (weights && strcmp(weights, connection->weights_xxh3) != 0)
        return error_at(e, path, 0, "was measured with weights_xxh3 %s (expected %s, as here)", weights,
                        connection->weights_xxh3);
    struct run_options run = run_of_options(o);
    run.bn_epsilon = connection->epsilon;
    struct provenance *own = preprocessing_of(&run);
    char *there, *here;
    bool differs = preprocessing_differs(made, own, &there, &here);
    if (differs)
        error_at(e, path, 0, "was measured with %s (expected %s, as here)", there, here);
    free(there);
    free(here);
    provenance_free(own);
    return differs ? -1 : 0;
}

static int partition_sent_check_meta(const char *path, const struct options *o,
                                     const struct connection *connection, struct error *e)
{
    char *meta = provenance_path(path);
    struct provenance *made = access(meta, R_OK) == 0 ? provenance_read(meta, e) : provenance_new();
    free(meta);
    if (!made)
        return -1;
    int status = provenance_check(path, e);
    if (status == 0)
        status = partition_sent_compare(path, made, o, connection, e);
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
