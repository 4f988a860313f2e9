/* Head and tail of the open network, on the worker's disk. */
#include "study/request.h"

#include <string.h>

#include "base/memory.h"
#include "wire/message_partition.h"

/* What is kept is the answer; before it came, what it must tell. */
static int split_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    struct partition_answer *split = n->request;
    struct partition_answer got;
    if (type == MESSAGE_SKIPPED)
        return request_take_skipped(n, m, e);
    if (type != MESSAGE_PARTITION)
        return REQUEST_FOREIGN;
    if (message_partition_read(m, &got, e) < 0)
        return -1;
    if (got.layer != split->layer || got.inputs > split->inputs || got.images != split->images)
        return error_set(e, "the worker made a split that was not asked for in this form");
    *split = got;
    return 1;
}

const struct request_kind request_partition = {.stops = true, .accept = split_accept};

int connection_partition(struct connection *n, const struct partition_request *asked, struct error *e)
{
    struct partition_request to_send = *asked;
    memcpy(to_send.cfg_xxh3, n->cfg_xxh3, sizeof to_send.cfg_xxh3);
    memcpy(to_send.weights_xxh3, n->weights_xxh3, sizeof to_send.weights_xxh3);
    struct partition_answer *split = memory_new(1, sizeof *split);
    *split = (struct partition_answer){
        .layer = asked->layer, .inputs = asked->inputs, .images = asked->images_n > 0};
    if (request_send(n, &request_partition, split, message_partition_request(&to_send), e) < 0)
        return -1;
    if (asked->images_n > 0)
        request_await(n, asked->images, asked->images_n);
    return 0;
}

const struct partition_answer *connection_split_answer(const struct connection *n)
{
    return request_answered(n, &request_partition);
}
