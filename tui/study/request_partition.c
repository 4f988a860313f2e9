/* Head and tail of the open network, on the worker's disk. */
#include "study/request.h"
#include "wire/message_partition.h"

#include <string.h>

struct request_partition {
    struct request base;
    struct partition_answer split; /* the answer; before it came, what it must tell */
};

static int split_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    struct request_partition *r = (struct request_partition *)n->request;
    struct partition_answer got;
    if (type == MESSAGE_SKIPPED)
        return request_take_skipped(n, m, e);
    if (type != MESSAGE_PARTITION)
        return REQUEST_FOREIGN;
    if (message_partition_read(m, &got, e) < 0)
        return -1;
    if (got.layer != r->split.layer || got.inputs > r->split.inputs || got.images != r->split.images)
        return error_set(e, "the worker made a split that was not asked for in this form");
    r->split = got;
    return 1;
}

const struct request_kind request_partition = {.stops = true, .accept = split_accept};

int connection_partition(struct connection *n, const struct partition_request *asked, struct error *e)
{
    struct partition_request to_send = *asked;
    memcpy(to_send.cfg_xxh3, n->cfg_xxh3, sizeof to_send.cfg_xxh3);
    memcpy(to_send.weights_xxh3, n->weights_xxh3, sizeof to_send.weights_xxh3);
    struct request_partition *r = (struct request_partition *)request_new(&request_partition, sizeof *r);
    r->split = (struct partition_answer){
        .layer = asked->layer, .inputs = asked->inputs, .images = asked->images_n > 0};
    if (request_send(n, &r->base, message_partition_request(&to_send), e) < 0)
        return -1;
    if (asked->images_n > 0)
        request_await(n, asked->images, asked->images_n);
    return 0;
}

const struct partition_answer *connection_split_answer(const struct connection *n)
{
    const struct request *r = request_answered(n, &request_partition);
    return r ? &((const struct request_partition *)r)->split : NULL;
}
