/* Which contents images have. */
#include "study/request.h"
#include "wire/message_hash.h"

#include <stdlib.h>

static int hash_take_portion(struct connection *n, const json_t *m, struct error *e)
{
    long *images, images_n;
    struct content *contents;
    if (message_contents_read(m, &images, &contents, &images_n, e) < 0)
        return -1;
    int status = 0;
    for (long i = 0; i < images_n && status == 0; i++) {
        status = request_check_image(n, images[i], e);
        if (status < 0)
            break;
        n->hashed++;
        if (n->listener.content)
            n->listener.content(n->listener.data, images[i], &contents[i]);
    }
    free(images);
    free(contents);
    return status;
}

static int hash_take_end(const struct connection *n, const json_t *m, struct error *e)
{
    long images;
    if (message_hashed_read(m, &images, e) < 0)
        return -1;
    if (images != n->hashed)
        return error_set(e, "it says that it sent %ld contents, %ld arrived", images, n->hashed);
    if (n->hashed != n->asked && !n->stopped)
        return error_set(e, "it ended the hash after %ld of %ld images", n->hashed, n->asked);
    return 1;
}

static int hash_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    return type == MESSAGE_CONTENTS ? hash_take_portion(n, m, e)
           : type == MESSAGE_HASHED ? hash_take_end(n, m, e)
                                    : REQUEST_FOREIGN;
}

const struct request_kind request_hash = {.stops = true, .accept = hash_accept};

int connection_hash(struct connection *n, const long *images, long images_n, struct error *e)
{
    if (request_send(n, &request_hash, NULL, message_hash(images, images_n), e) < 0)
        return -1;
    request_await(n, images, images_n);
    n->asked = images_n;
    return 0;
}
