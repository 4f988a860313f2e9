/* Which images there are. */
#include "study/request.h"

#include "base/memory.h"

struct request_list {
    struct request base;
    bool stamps; /* they come with sizes and times */
};

static int list_take_dataset(struct connection *n, const json_t *m, struct error *e)
{
    if (message_dataset_read(m, n->dataset, e) < 0)
        return -1;
    const struct dataset *d = n->dataset;
    int last = d->classes_n ? d->classes[d->classes_n - 1].index : -1;
    if (n->table && last >= n->table->classes)
        return error_set(e, "the worker names class %d of %d", last, n->table->classes);
    return 0;
}

static int list_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    switch (type) {
    case MESSAGE_IMAGES:
        return message_portion_read(m, n->dataset, ((struct request_list *)n->request)->stamps, e);
    case MESSAGE_SKIPPED:
        return request_take_skipped(n, m, e);
    case MESSAGE_DATASET:
        return list_take_dataset(n, m, e) < 0 ? -1 : 1;
    default:
        return REQUEST_FOREIGN;
    }
}

const struct request_kind request_list = {.accept = list_accept};

int connection_list(struct connection *n, const struct images_request *images, struct error *e)
{
    if (request_check_no_heatmap(n, e) < 0)
        return -1;
    dataset_free(n->dataset);
    n->dataset = memory_new(1, sizeof *n->dataset);
    struct request_list *r = (struct request_list *)request_new(&request_list, sizeof *r);
    r->stamps = images->stamps;
    return request_send(n, &r->base, message_images_request(images), e);
}
