#include "train/retrain_request.h"

#include <assert.h>
#include <stdlib.h>

#define LAST(words) (sizeof(words) / sizeof *(words)-2)

const char *const retrain_trains_words[] = {"bottleneck", "tail", "all", NULL};
static_assert(LAST(retrain_trains_words) == RETRAIN_ALL, "one word each");

const char *const retrain_norm_words[] = {"frozen", "retake", "train", NULL};
static_assert(LAST(retrain_norm_words) == RETRAIN_FOLLOW, "one word each");

const char *const retrain_loss_words[] = {"labels", "distill", "both", NULL};
static_assert(LAST(retrain_loss_words) == RETRAIN_BOTH, "one word each");

const char *const retrain_when_words[] = {"before", "untrained", "checked", "best", NULL};
static_assert(LAST(retrain_when_words) == RETRAIN_BEST, "one word each");

void retrain_request_free(struct retrain_request *r)
{
    free(r->training);
    free(r->validation);
    free(r->checkpoint);
    free(r->folder);
    *r = (struct retrain_request){0};
}
