/* What the pictures themselves take, as they are stored and as JPEG. */
#include "study/request.h"

#include <stdlib.h>

#include "base/memory.h"
#include "wire/message_pictures.h"

struct request_pictures {
    long asked; /* images */
    struct measured_pictures answer;
};

/* Whether it stands for no more images than were asked for, and has a row for each quality, in their order,
 * behind that of the files if there is one. */
static bool pictures_fit(const struct measured_pictures *p, long asked)
{
    int first = p->rows_n - PICTURES_QUALITIES;
    if (p->images == 0)
        return p->rows_n == 0;
    bool fits = p->images <= asked && first >= 0 &&
                (first == 0 || (p->rows[0].quality == PICTURES_STORED && p->rows[0].agrees == p->images &&
                                p->rows[0].correct == p->correct));
    for (int i = 0; fits && i < PICTURES_QUALITIES; i++)
        fits = p->rows[first + i].quality == pictures_qualities[i];
    return fits;
}

static int pictures_accept(struct connection *n, enum message_type type, const json_t *m, struct error *e)
{
    struct request_pictures *own = n->request;
    if (type != MESSAGE_PICTURES)
        return REQUEST_FOREIGN;
    if (message_pictures_read(m, &own->answer, e) < 0)
        return -1;
    if (pictures_fit(&own->answer, own->asked))
        return 1;
    return error_set(e, "the worker measured pictures that were not asked for in this form");
}

const struct request_kind request_pictures = {.stops = true, .accept = pictures_accept, .free = free};

int connection_pictures(struct connection *n, const struct run_options *run, struct error *e)
{
    struct request_pictures *r = memory_new(1, sizeof *r);
    r->asked = run->images_n;
    return request_send(n, &request_pictures, r, message_pictures_request(run), e);
}

const struct measured_pictures *connection_pictures_answer(const struct connection *n)
{
    const struct request_pictures *r = request_answered(n, &request_pictures);
    return r ? &r->answer : NULL;
}
