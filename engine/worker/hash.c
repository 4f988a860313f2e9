/* The contents of images, by which the front end finds rows: files are read and hashed one after the
 * other. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/memory.h"
#include "data/source.h"
#include "wire/message_hash.h"
#include "worker/session_state.h"

enum { PORTION_IMAGES = 1000, PORTION_MS = 100 };

static int check_hash(const struct session *s, const long *images, long n, struct error *e)
{
    if (!s->data)
        return error_set(e, "there are no images to hash");
    for (long i = 0; i < n; i++)
        if (session_knows_image(s, images[i], e) < 0)
            return -1;
    return 0;
}

/* The contents of the next portion, of images[0..n-1], n > 0: as many as fit into its size or time. Returns
 * how many. */
static long fill_portion(const struct session *s, const long *images, long n, struct content *contents)
{
    long filled = 0;
    int64_t end = clock_ms() + PORTION_MS;
    do {
        contents[filled] = source_content(s->data, images[filled]);
        filled++;
    } while (filled < n && filled < PORTION_IMAGES && clock_ms() < end);
    return filled;
}

static int hash_images(struct session *s, const long *images, long n, struct error *e)
{
    struct content contents[PORTION_IMAGES];
    long reported = 0;
    while (reported < n && !session_stop_asked(s)) {
        long filled = fill_portion(s, images + reported, n - reported, contents);
        if (session_send(s, message_contents(images + reported, contents, filled), e) < 0)
            return -1;
        reported += filled;
        if (!s->stopping && session_kept_heatmap(s, e) < 0)
            return -1;
    }
    return session_send(s, message_hashed(reported), e);
}

int session_hash(struct session *s, const json_t *request, struct error *e)
{
    long *images, n;
    if (message_hash_read(request, &images, &n, e) < 0)
        return -1;
    s->stopping = false;
    int status = check_hash(s, images, n, e);
    if (status == 0)
        status = hash_images(s, images, n, e);
    free(images);
    return status;
}
