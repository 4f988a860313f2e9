/* What our own workers share on this machine: its memory, and the tuning that the first of them makes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/pool_parts.h"

/* The folder for the tunings, made once. Without one each worker times the algorithms for itself: they may
 * differ, which is told. */
static void pool_make_folder(struct pool *p)
{
    const char *place = getenv("TMPDIR");
    if (p->folder[0])
        return;
    snprintf(p->folder, sizeof p->folder, "%s/isplit-XXXXXX", place && strlen(place) < 40 ? place : "/tmp");
    if (!mkdtemp(p->folder))
        p->folder[0] = '\0';
}

/* MemAvailable of /proc/meminfo; 0 where it is not known. */
static double pool_free_bytes(void)
{
    char line[128];
    long kib = 0;
    FILE *f = fopen("/proc/meminfo", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "MemAvailable:", 13) == 0)
            kib = strtol(line + 13, NULL, 10);
    if (f)
        fclose(f);
    return (double)kib * 1024;
}

void pool_machine_begin(struct pool *p, const json_t *request)
{
    const json_t *given = json_object_get(request, "plan_file");
    if (p->locals < 2)
        return;
    if (p->free_bytes <= 0)
        p->free_bytes = pool_free_bytes();
    if (given && !json_is_null(given))
        return;
    pool_make_folder(p);
    char *text = json_dumps(request, JSON_COMPACT | JSON_SORT_KEYS);
    if (!p->template || strcmp(p->template, text) != 0)
        p->tunings++;
    free(p->template);
    p->template = text;
}

void pool_machine_share(const struct pool *p, json_t *request)
{
    if (p->locals < 2)
        return;
    double memory = (double)json_integer_value(json_object_get(request, "memory"));
    if (memory <= 0)
        memory = 0.75 * p->free_bytes;
    if (memory > 0)
        json_object_set_new(request, "memory", json_integer((json_int_t)(memory / p->locals)));
    const json_t *given = json_object_get(request, "plan_file");
    if (p->folder[0] && (!given || json_is_null(given))) {
        char path[96];
        snprintf(path, sizeof path, "%s/tuning-%d", p->folder, p->tunings);
        json_object_set_new(request, "plan_file", json_string(path));
    }
}
