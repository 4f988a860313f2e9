#include "deployment/weights_of.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "csv/provenance.h"

char *weights_of_others(const char *file, const char *what, const char *weights_xxh3, const char *weights)
{
    char *text = NULL;
    struct provenance *p = provenance_of(file);
    const char *stands = provenance_find(p, "weights_xxh3");
    if (stands && *stands && *weights_xxh3 && strcmp(stands, weights_xxh3) != 0)
        text = memory_format("%s: %s measured with other weights than %s", file, what,
                             weights ? weights : "these");
    provenance_free(p);
    return text;
}
