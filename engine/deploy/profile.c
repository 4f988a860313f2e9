#include "deploy/profile.h"

#include <stdlib.h>

const char *const profile_runtime_words[] = {
    [PROFILE_DARKNET] = "darknet", [PROFILE_ONEDNN] = "onednn", NULL};
const char *const profile_basis_words[] = {
    [PROFILE_CALM] = "undisturbed", [PROFILE_PROCESSOR] = "processor", [PROFILE_ALL] = "all", NULL};

void profile_free(struct profile *m)
{
    free(m->median_ms);
    free(m->p95_ms);
    *m = (struct profile){0};
}
