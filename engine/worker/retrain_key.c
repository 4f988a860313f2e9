#include "worker/retrain_key.h"

#include <inttypes.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "graph/onednn.h"
#include "worker/retrain_look.h"

/* A line of words and numbers; equal ones mean equal bytes. */
struct content retrain_key(const struct session *s, const struct retrain_request *r)
{
    char *bottleneck = bottleneck_word(&r->bottleneck), data[CONTENT_TEXT_SIZE];
    content_to_text(&r->data, data);
    char *pixels = pixels_words(&r->pixels);
    char *text = memory_format(
        "%s %s %s %s %d %d %s%s %s %s %s %a %a %ld %ld %" PRId64 " %d %d %d%s %d %d %s %ld %ld %s",
        onednn_version(), onednn_isa(), r->cfg_xxh3, r->weights_xxh3, (int)s->weights_info.epsilon, r->layer,
        bottleneck, retrain_sends_int8(r, RETRAIN_CHECKED) ? " judged as int8" : "",
        retrain_trains_words[r->trains], retrain_norm_words[r->norm], retrain_loss_words[r->loss],
        r->temperature, r->rate, r->epochs, r->steps, r->seed, r->batch,
        r->threads ? r->threads : omp_get_num_procs(), r->exact, r->exact ? "" : " by shape", r->flip,
        r->shift, data, r->training_n, r->validation_n, pixels);
    struct content key = content_of(text, strlen(text));
    free(pixels);
    free(text);
    free(bottleneck);
    return key;
}
