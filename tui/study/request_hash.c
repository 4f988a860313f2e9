/* Which contents images have. What is asked for is as many messages as it takes of CONNECTION_HASH images
 * each, the next one sent when the one before is answered, so that neither side holds a message of all of
 * them. */
#include "study/request.h"
#include "wire/message_hash.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

struct hash_request {
    long *images; /* [n] */
    long n, sent; /* of them: named in a message */
    long before;  /* contents told before the last message */
};

static void hash_free(void *kept)
{
    struct hash_request *r = kept;
    free(r->images);
    free(r);
}

/* The message of the next images. */
static json_t *hash_next(struct hash_request *r, long told)
{
    long left = r->n - r->sent, n = left < CONNECTION_HASH ? left : CONNECTION_HASH;
    json_t *message = message_hash(r->images + r->sent, n);
    r->before = told;
    r->sent += n;
    return message;
}

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

static int hash_take_end(struct connection *n, const json_t *m, struct error *e)
{
    struct hash_request *r = n->request;
    long images;
    if (message_hashed_read(m, &images, e) < 0)
        return -1;
    if (images != n->hashed - r->before)
        return error_set(e, "it says that it sent %ld contents, %ld arrived", images, n->hashed - r->before);
    if (n->stopped)
        return 1;
    if (n->hashed != r->sent)
        return error_set(e, "it ended the hash after %ld of %ld images", n->hashed, r->sent);
    return r->sent == r->n ? 1 : request_go_on(n, hash_next(r, n->hashed), e);
}

static int hash_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    return type == MESSAGE_CONTENTS ? hash_take_portion(n, m, e)
           : type == MESSAGE_HASHED ? hash_take_end(n, m, e)
                                    : REQUEST_FOREIGN;
}

const struct request_kind request_hash = {.stops = true, .accept = hash_accept, .free = hash_free};

int connection_hash(struct connection *n, const long *images, long images_n, struct error *e)
{
    struct hash_request *r = memory_new(1, sizeof *r);
    r->images = memory_new((size_t)images_n, sizeof *r->images);
    r->n = images_n;
    if (images_n > 0)
        memcpy(r->images, images, (size_t)images_n * sizeof *images);
    if (request_send(n, &request_hash, r, hash_next(r, 0), e) < 0)
        return -1;
    request_await(n, images, images_n);
    n->asked = images_n;
    return 0;
}
