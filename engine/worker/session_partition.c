/* The answer to split: whether it can be made, and notes for the user. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "curve/order.h"
#include "partition/partition_request.h"
#include "wire/message.h"
#include "wire/message_partition.h"
#include "worker/partition.h"
#include "worker/session_state.h"

void session_made_up(const struct session *s, int i, float *x)
{
    struct order_random random;
    size_t n = (size_t)net_shape_size(s->net->in);
    order_random_seed(&random, 0, (uint64_t)i);
    for (size_t k = 0; k < n; k++)
        x[k] = ldexpf((float)(order_random_next(&random) >> 40), -24);
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
static int warn_of_lacking(struct session *s, const struct partition_answer *answer, struct error *e)
{
    const char *head = answer->lacking[0], *tail = answer->lacking[1];
    bool both = head[0] && tail[0];
    if (!head[0] && !tail[0])
        return 0;
    char *text = memory_format("stock Darknet cannot run %s: %s%s%s%s%s",
                               partition_file_names[head[0] ? PARTITION_HEAD_CFG : PARTITION_TAIL_CFG],
                               head[0] ? head : tail, both ? "; nor " : "",
                               both ? partition_file_names[PARTITION_TAIL_CFG] : "", both ? ": " : "",
                               both ? tail : "");
    int status = session_send(s, message_log(true, text), e);
    free(text);
    return status;
}

int session_partition(struct session *s, const json_t *request, struct error *e)
{
    struct partition_request r;
    struct partition_answer answer;
    if (message_partition_request_read(request, &r, e) < 0)
        return -1;
    s->stopping = false;
    int status = session_partition_check_request(s, &r, e);
    if (status == 0)
        status = partition_make(s, &r, &answer, e);
    if (status == 0)
        status = warn_of_lacking(s, &answer, e);
    if (status == 0)
        status = session_send(s, message_partition(&answer), e);
    partition_request_free(&r);
    return status;
}
