#include "study/caches.h"

#include <stdlib.h>
#include <time.h>

#include "store/row_key.h"
#include "wire/message_table.h"

char *caches_layers(const struct connection *n)
{
    uint64_t weights = strtoull(n->weights_xxh3, NULL, 16);
    json_t *message = message_layers(n->table, strtoull(n->cfg_xxh3, NULL, 16), &weights);
    char *text = message ? json_dumps(message, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(message);
    if (!text)
        abort(); /* it came as such a message */
    return text;
}

int caches_read_tuning(char *versions, struct message_tuning *tuning)
{
    struct message_versions then;
    if (!versions)
        return -1;
    row_key_versions_read(versions, &then, tuning);
    free(versions);
    return 0;
}

/* Minus what file systems' clocks may differ or round by. */
int64_t caches_settled_ns(void)
{
    enum { COARSE_S = 2 };
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (now.tv_sec - COARSE_S) * INT64_C(1000000000) + now.tv_nsec;
}

/* A file that was changed just before it was read may be changed once more without another time, as coarse as
 * the clocks of file systems are: its content is kept under a time that no file has, and asked for again. */
void caches_keep_content(struct store_target *t, const struct dataset *d, long image, int64_t settled_ns,
                         const struct content *content)
{
    enum { NO_TIME = -1 };
    const struct dataset_image *of = &d->images[image];
    if (content->known)
        store_keep_content(t, image, of->size, of->mtime_ns < settled_ns ? of->mtime_ns : NO_TIME, content);
}
