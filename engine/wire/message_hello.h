/* hello: the front end sends only the protocol's number, the worker everything. */
#ifndef ISPLIT_WIRE_MESSAGE_HELLO_H
#define ISPLIT_WIRE_MESSAGE_HELLO_H

#include <jansson.h>

#include "base/error.h"

struct message_versions {
    int protocol;
    char version[64], darknet[64], onednn[64], stb[64], isa[64];
    char zstd[64], lzma[64], jpeg[64]; /* "": of a worker that does not say so */
};
json_t *message_hello(void);
int message_hello_read(const json_t *message, int *protocol, struct error *e);
json_t *message_versions(const struct message_versions *versions);
int message_versions_read(const json_t *message, struct message_versions *versions, struct error *e);

#endif
