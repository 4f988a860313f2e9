/* What the pictures themselves take, as they are stored and as JPEG. */
#include "study/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "wire/message_pictures.h"

struct request_pictures {
    void (*sent)(void *data, const struct picture_row *row);
    void *data;
    long asked; /* images */
    char tuning[17];
    bool whole;
};

static bool picture_fits(const struct connection *n, const struct picture_row *row)
{
    bool fits = row->own < n->table->classes;
    for (int i = 0; i < PICTURES_QUALITIES; i++)
        fits = fits && row->sent[i].predicted < n->table->classes;
    return fits;
}

static int picture_take(struct connection *n, const json_t *m, struct error *e)
{
    struct request_pictures *own = n->request;
    struct picture_row row;
    if (message_picture_read(m, &row, e) < 0 || request_check_image(n, row.image, e) < 0)
        return -1;
    if (!picture_fits(n, &row))
        return error_set(e, "the worker measured pictures that were not asked for in this form");
    n->results++;
    own->sent(own->data, &row);
    return 0;
}

static int pictures_take_end(struct connection *n, const json_t *m, struct error *e)
{
    struct request_pictures *own = n->request;
    long images;
    if (message_pictures_read(m, &images, e) < 0)
        return -1;
    bool other = own->tuning[0] && strcmp(own->tuning, n->tuning.hash) != 0; /* then nothing is measured */
    own->whole = n->results == own->asked;
    if (images == n->results && (other ? images == 0 : own->whole || n->stopped))
        return 1;
    return error_set(e, "the worker measured pictures that were not asked for in this form");
}

static int pictures_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    bool planned = n->tuning.hash[0];
    if (type == MESSAGE_TUNING && !planned)
        return message_tuning_read(m, &n->tuning, e);
    if (type == MESSAGE_PICTURE && planned)
        return picture_take(n, m, e);
    return type == MESSAGE_PICTURES && planned ? pictures_take_end(n, m, e) : REQUEST_FOREIGN;
}

const struct request_kind request_pictures = {.stops = true, .accept = pictures_accept, .free = free};

int connection_pictures(struct connection *n, const struct run_options *run, const char *tuning,
                        void (*sent)(void *data, const struct picture_row *row), void *data, struct error *e)
{
    struct request_pictures *r = memory_new(1, sizeof *r);
    r->sent = sent;
    r->data = data;
    r->asked = run->images_n;
    snprintf(r->tuning, sizeof r->tuning, "%s", tuning);
    if (request_send(n, &request_pictures, r, message_pictures_request(run, tuning), e) < 0)
        return -1;
    request_await(n, run->images, run->images_n);
    return 0;
}

bool connection_pictures_is_whole(const struct connection *n)
{
    const struct request_pictures *r = request_answered(n, &request_pictures);
    return r && r->whole;
}
