/* The greeting, and which network is open. */
#include "study/request.h"

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
    n->table = message_layers_read(m, n->cfg_xxh3, n->weights_xxh3, e);
    return n->table ? 1 : -1;
}

const struct request_kind request_open = {.accept = open_accept};

int connection_greet(struct connection *n, struct error *e)
{
    return request_send(n, request_new(&request_hello, sizeof(struct request)), message_hello(), e);
}

int connection_open(struct connection *n, const char *cfg, const char *weights, struct error *e)
{
    if (request_check_no_heatmap(n, e) < 0)
        return -1;
    table_free(n->table);
    n->table = NULL;
    return request_send(n, request_new(&request_open, sizeof(struct request)), message_open(cfg, weights), e);
}
