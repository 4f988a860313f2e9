#include "partition/partition_request.h"

#include <stdlib.h>

void partition_request_free(struct partition_request *r)
{
    free(r->folder);
    free(r->images);
    *r = (struct partition_request){0};
}
