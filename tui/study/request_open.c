/* The greeting, which network is open, and which images there are. */
#include "study/request.h"

#include "base/memory.h"
#include "wire/message_table.h"
#include "wire/version.h"

static int hello_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    int protocol;
    if (type != MESSAGE_HELLO)
        return REQUEST_FOREIGN;
    if (message_hello_read(m, &protocol, e) < 0)
        return -1;
    if (protocol != ISPLIT_PROTOCOL)
        return error_set(e, "the worker speaks version %d of the protocol (expected %d)", protocol,
                         ISPLIT_PROTOCOL);
    return message_versions_read(m, &n->versions, e) < 0 ? -1 : 1;
}

const struct request_kind request_hello = {.vital = true, .accept = hello_accept};

static int open_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    if (type != MESSAGE_LAYERS)
        return REQUEST_FOREIGN;
    if (message_layers_epsilon(m, &n->epsilon, e) < 0)
        return -1;
    n->table = message_layers_read(m, n->cfg_xxh3, n->weights_xxh3, e);
    return n->table ? 1 : -1;
}

const struct request_kind request_open = {.accept = open_accept};

int connection_greet(struct connection *n, struct error *e)
{
    return request_send(n, &request_hello, NULL, message_hello(), e);
}

int connection_open(struct connection *n, const char *cfg, const char *weights, enum epsilon epsilon,
                    struct error *e)
{
    if (request_check_no_heatmap(n, e) < 0)
        return -1;
    table_free(n->table);
    n->table = NULL;
    return request_send(n, &request_open, NULL, message_open(cfg, weights, epsilon), e);
}

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
        return message_portion_read(m, n->dataset, *(const bool *)n->request, e);
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
    bool *stamps = memory_new(1, sizeof *stamps); /* they come with sizes and times */
    *stamps = images->stamps;
    return request_send(n, &request_list, stamps, message_images_request(images), e);
}
