#include "worker/retrain_kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "worker/retrain_shelf.h"

/* The usual ones of such networks (Goyal et al. 2017); the study that isplit's manual tells of had them too.
 */
static const float momentum = 0.9F, decay = 5e-4F;

struct retrain_kit {
    struct retrain_net *net;
    struct trainer *trainer;
};

struct retrain_net *retrain_kit_net(const struct retrain_kit *kit)
{
    return kit->net;
}

struct trainer *retrain_kit_trainer(const struct retrain_kit *kit)
{
    return kit->trainer;
}

size_t retrain_kit_bytes(const struct retrain_kit *kit)
{
    return trainer_bytes(kit->trainer);
}

size_t retrain_kit_held(const struct retrain_kit *kit)
{
    size_t all = trainer_bytes(kit->trainer), heap = trainer_state_floats(kit->trainer) * sizeof(float);
    return all > heap ? all - heap : 0;
}

void retrain_kit_free(struct retrain_kit *kit)
{
    if (!kit)
        return;
    trainer_free(kit->trainer);
    retrain_net_free(kit->net);
    free(kit);
}

void retrain_kit_drop_trainer(struct retrain_kit *kit)
{
    trainer_free(kit->trainer);
    kit->trainer = NULL;
}

/* ---- Making ----------------------------------------------------------------------------------------------
 */

static struct trainer *kit_trainer(const struct retrain_kit *kit, const struct retrain_request *r,
                                   struct error *e)
{
    const struct graph_options options = {
        .batch = r->batch,
        .threads = r->threads,
        .trains = retrain_net_trains(kit->net),
        .by_batch = retrain_net_by_batch(kit->net),
        .algorithms = r->exact ? GRAPH_EXACT : GRAPH_BY_SHAPE,
        .memory = r->memory,
    };
    struct params *params = retrain_net_params(kit->net, e);
    struct trainer *trainer =
        params ? trainer_make(retrain_net_of(kit->net), params, &options, momentum, decay, e) : NULL;
    params_close(params);
    return trainer;
}

int retrain_kit_make_trainer(struct retrain_kit *kit, struct session *s,
                             const struct retrain_request *request, struct error *e)
{
    kit->trainer = kit_trainer(kit, request, e);
    if (!kit->trainer && s->shelf) { /* what earlier trainings left may take the memory */
        retrain_shelf_clear(s);
        kit->trainer = kit_trainer(kit, request, e);
    }
    return kit->trainer ? 0 : -1;
}

static int kit_begin_again(struct retrain_kit *kit, const struct session *s,
                           const struct retrain_request *request, struct error *e)
{
    if (retrain_net_begin(kit->net, s, request, e) < 0)
        return -1;
    struct params *params = retrain_net_params(kit->net, e);
    int status = params ? trainer_load(kit->trainer, params, e) : -1;
    params_close(params);
    return status;
}

/* Everything that decides what a kit is, but for its numbers. */
static struct content kit_key(const struct session *s, const struct retrain_request *r)
{
    char *bottleneck = bottleneck_word(&r->bottleneck);
    char *text = memory_format("kit %s %s %d %d %s %d %d %d %d %d", r->cfg_xxh3, r->weights_xxh3,
                               (int)s->weights_info.epsilon, r->layer, bottleneck, (int)r->trains,
                               (int)r->norm, r->batch, r->threads, r->exact);
    struct content key = content_of(text, strlen(text));
    free(text);
    free(bottleneck);
    return key;
}

/* Not where memory is limited, which the next one may need as a whole; nor where the trainer is made anew
 * anyway. */
static bool kit_is_kept(const struct retrain_request *r)
{
    return r->memory == 0 && r->norm != RETRAIN_RETAKE;
}

struct retrain_kit *retrain_kit_make(struct session *s, const struct retrain_request *request,
                                     struct error *e)
{
    const struct content key = kit_key(s, request);
    struct retrain_kit *kit = kit_is_kept(request) ? retrain_shelf_take_kit(s, &key) : NULL;
    int status;
    if (kit) {
        status = kit_begin_again(kit, s, request, e);
    } else {
        kit = memory_new(1, sizeof *kit);
        kit->net = retrain_net_make(s, request, e);
        status = kit->net ? retrain_kit_make_trainer(kit, s, request, e) : -1;
    }
    if (status == 0)
        return kit;
    retrain_kit_free(kit);
    return NULL;
}

void retrain_kit_put(struct session *s, const struct retrain_request *request, struct retrain_kit *kit)
{
    const struct content key = kit_key(s, request);
    if (kit && kit->trainer && kit_is_kept(request))
        retrain_shelf_put_kit(s, &key, kit);
    else
        retrain_kit_free(kit);
}
