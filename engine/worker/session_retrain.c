/* The answer to retrain: whether it can be done. */
#include <stdlib.h>

#include "base/memory.h"
#include "wire/message_retrain.h"
#include "worker/retrain.h"
#include "worker/session_state.h"

/* The loss is that of one softmax over all classes, or of one output. */
static int session_retrain_check_net(const struct net *net, struct error *e)
{
    for (int l = net->score + 1; l < net->layers_n; l++) {
        const struct net_layer *layer = &net->layers[l];
        if (layer->kind == NET_SOFTMAX &&
            (layer->tree || layer->groups > 1 || layer->temperature != 1)) /* as the cfg has it */
            return error_at(e, net->path, 0,
                            "layer %d (%s) is no plain softmax over all classes, which training needs", l,
                            layer->name);
    }
    return 0;
}

static int session_retrain_check_side(const struct dataset *d, const long *images, long n, int classes,
                                      enum retrain_loss loss, struct error *e)
{
    bool *asked = memory_new((size_t)d->images_n, sizeof *asked);
    int status = 0;
    for (long i = 0; i < n && status == 0; i++) {
        long image = images[i];
        if (image < 0 || image >= d->images_n)
            status = error_set(e, "there is no image %ld (expected 0 to %ld)", image, d->images_n - 1);
        else if (asked[image])
            status = error_set(e, "image %ld is asked for twice", image);
        else if (d->images[image].class_index == DATASET_NO_CLASS && loss != RETRAIN_DISTILL)
            status = error_set(e, "image %ld has no label (expected one, or the loss distill)", image);
        else if (d->images[image].class_index >= classes)
            status = error_set(e, "image %ld has class %d (expected 0 to %d)", image,
                               d->images[image].class_index, classes - 1);
        if (status == 0)
            asked[image] = true;
    }
    free(asked);
    return status;
}

static int session_retrain_check_apart(const struct session *s, const struct retrain_request *r,
                                       struct error *e)
{
    bool *training = memory_new((size_t)s->data->images_n, sizeof *training);
    int status = 0;
    for (long i = 0; i < r->training_n; i++)
        training[r->training[i]] = true;
    for (long i = 0; i < r->validation_n && !s->kept_data && status == 0; i++)
        if (training[r->validation[i]])
            status = error_set(e, "image %ld is for training and for validation", r->validation[i]);
    free(training);
    return status;
}

static int session_retrain_check_request(const struct session *s, const struct retrain_request *r,
                                         struct error *e)
{
    if (!s->net || !s->weights)
        return error_set(e, "training needs a network with weights");
    if (!s->data)
        return error_set(e, "training needs images");
    if (r->layer >= s->net->layers_n)
        return error_set(e, "the network has no layer %d (expected 0 to %d)", r->layer, s->net->layers_n - 1);
    const struct dataset *other = s->kept_data ? s->kept_data : s->data;
    return session_reads_images(s->net, e) == 0 && session_retrain_check_net(s->net, e) == 0 &&
                   session_retrain_check_side(s->data, r->training, r->training_n, s->net->classes, r->loss,
                                              e) == 0 &&
                   session_retrain_check_side(other, r->validation, r->validation_n, s->net->classes, r->loss,
                                              e) == 0 &&
                   session_retrain_check_apart(s, r, e) == 0
               ? 0
               : -1;
}

int session_retrain(struct session *s, const json_t *request, struct error *e)
{
    struct retrain_request r;
    if (message_retrain_read(request, &r, e) < 0)
        return -1;
    s->stopping = false;
    int status = session_retrain_check_request(s, &r, e);
    if (status == 0) {
        session_forget_graph(s); /* another network of its size may not fit */
        status = retrain_run(s, &r, e);
    }
    retrain_request_free(&r);
    return status;
}
