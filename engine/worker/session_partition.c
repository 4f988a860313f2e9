/* The answer to split: where the inputs of the verification come from, and notes for the user. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "curve/order.h"
#include "data/pixels.h"
#include "net/layers.h"
#include "partition/partition_request.h"
#include "wire/message.h"
#include "wire/message_partition.h"
#include "wire/message_result.h"
#include "worker/partition.h"
#include "worker/session_state.h"

struct source {
    struct session *s;
    const struct partition_request *request;
    long next; /* index into the images */
};

void session_made_up(const struct session *s, int i, float *x)
{
    struct order_random random;
    size_t n = (size_t)net_shape_size(s->net->in);
    order_random_seed(&random, 0, (uint64_t)i);
    for (size_t k = 0; k < n; k++)
        x[k] = ldexpf((float)(order_random_next(&random) >> 40), -24);
}

/* The next image that can be decoded; the others are reported. */
static int input(void *user, int i, float *x, struct error *e)
{
    struct source *o = user;
    const struct partition_request *r = o->request;
    if (r->images_n == 0) {
        session_made_up(o->s, i, x);
        return 1;
    }
    while (o->next < r->images_n) {
        struct error why;
        struct content content;
        long image = r->images[o->next++];
        if (pixels_load(o->s->data, image, o->s->net->in, &r->pixels, x, &content, &why) == 0)
            return 1;
        if (session_send(o->s, message_skipped(image, why.text, &content), e) < 0)
            return -1;
    }
    return i > 0 ? 0 : error_set(e, "none of the images can be decoded, so head and tail cannot be compared");
}

static int session_partition_step(void *user, const char *what, struct error *e)
{
    struct source *o = user;
    if (session_stop_asked(o->s))
        return error_set(e, "stopped; nothing is written");
    return session_send(o->s, message_progress(what), e);
}

static int session_partition_check_request(const struct session *s, const struct partition_request *r,
                                           struct error *e)
{
    if (!s->net || !s->weights)
        return error_set(e, "a split needs a network with weights");
    if (r->images_n > 0 && !s->data)
        return error_set(e, "a split that is compared on images needs images");
    if (r->images_n > 0 && session_reads_images(s->net, e) < 0)
        return -1;
    for (long i = 0; i < r->images_n; i++)
        if (session_knows_image(s, r->images[i], e) < 0)
            return -1;
    return 0;
}

/* isplit runs these, stock Darknet of this version cannot. */
static int warn_of_crashes(struct session *s, struct error *e)
{
    for (int i = 0; i < s->net->layers_n; i++) {
        const struct net_layer *l = &s->net->layers[i];
        if (!layer_kinds[l->kind].stock_crashes)
            continue;
        char *text =
            memory_format("layer %d (%s): stock Darknet crashes on [%s], in the whole network as in its "
                          "half",
                          i, l->name, net_kind_name(l->kind));
        int status = session_send(s, message_log(true, text), e);
        free(text);
        if (status < 0)
            return -1;
    }
    return 0;
}

int session_partition(struct session *s, const json_t *request, struct error *e)
{
    struct partition_request r;
    struct partition_answer answer;
    if (message_partition_request_read(request, &r, e) < 0)
        return -1;
    s->stopping = false;
    struct source source = {.s = s, .request = &r};
    const struct partition_host host = {input, session_partition_step, &source};
    int status = session_partition_check_request(s, &r, e);
    if (status == 0)
        status = partition_make(s->net, s->weights, &r, &host, &answer, e);
    if (status == 0)
        status = warn_of_crashes(s, e);
    if (status == 0)
        status = session_send(s, message_partition(&answer), e);
    partition_request_free(&r);
    return status;
}
