#include "curve/order.h"

#include <stdlib.h>

#include "base/memory.h"

uint64_t order_splitmix(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void order_random_seed(struct order_random *r, uint64_t seed, uint64_t stream)
{
    /* Mixed twice: adding the stream to a plain seed would make stream 1 of seed 0 stream 0 of seed 1. */
    uint64_t state = order_splitmix(&seed) + stream;
    state = order_splitmix(&state);
    for (int i = 0; i < 4; i++)
        r->s[i] = order_splitmix(&state);
}

static uint64_t rotate(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t order_random_next(struct order_random *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint64_t order_random_below(struct order_random *r, uint64_t bound)
{
    /* The lowest 2^64 mod bound numbers are rejected, so that the rest divides evenly. */
    uint64_t refused = -bound % bound;
    uint64_t x;
    do
        x = order_random_next(r);
    while (x < refused);
    return x % bound;
}

/* Fisher and Yates, in Durstenfeld's form (CACM 1964). */
static void permute(long *numbers, long n, uint64_t seed, int class_index)
{
    struct order_random r;
    order_random_seed(&r, seed, (uint64_t)class_index);
    for (long i = n - 1; i > 0; i--) {
        long j = (long)order_random_below(&r, (uint64_t)i + 1);
        long kept = numbers[i];
        numbers[i] = numbers[j];
        numbers[j] = kept;
    }
}

/* Images without a label take turns with nobody. */
static int order_class(const struct dataset_image *image)
{
    return image->class_index == DATASET_NO_CLASS ? 0 : image->class_index;
}

/* Which classes images without a label belong to is not known before: all of them are wanted. */
static bool is_wanted(const struct dataset_image *image, bool unlabelled, const bool *chosen, int outputs)
{
    if (unlabelled)
        return true;
    return image->class_index >= 0 && image->class_index < outputs && chosen[image->class_index];
}

/* start[c]..start[c+1] is where class c stands in the new array that holds its image numbers. */
static long *sort_by_class(const struct dataset_image *images, long images_n, const bool *chosen, int outputs,
                           long *start)
{
    const struct dataset d = {.images = (struct dataset_image *)images, .images_n = images_n};
    bool unlabelled = dataset_is_unlabelled(&d);
    for (long i = 0; i < images_n; i++)
        if (is_wanted(&images[i], unlabelled, chosen, outputs))
            start[order_class(&images[i]) + 1]++;
    for (int c = 0; c < outputs; c++)
        start[c + 1] += start[c];
    long *numbers = memory_new((size_t)start[outputs], sizeof *numbers);
    long *next = memory_new((size_t)outputs, sizeof *next);
    for (int c = 0; c < outputs; c++)
        next[c] = start[c];
    for (long i = 0; i < images_n; i++)
        if (is_wanted(&images[i], unlabelled, chosen, outputs))
            numbers[next[order_class(&images[i])]++] = i;
    free(next);
    return numbers;
}

long *order_make(const struct dataset_image *images, long images_n, const bool *chosen, int outputs,
                 uint64_t seed, long *n)
{
    long *start = memory_new((size_t)outputs + 1, sizeof *start);
    long *numbers = sort_by_class(images, images_n, chosen, outputs, start);
    for (int c = 0; c < outputs; c++)
        permute(numbers + start[c], start[c + 1] - start[c], seed, c);

    long total = start[outputs];
    long *order = memory_new((size_t)total, sizeof *order);
    int *turn = memory_new((size_t)outputs, sizeof *turn); /* classes that still have images */
    int turns = 0;
    for (int c = 0; c < outputs; c++)
        if (start[c + 1] > start[c])
            turn[turns++] = c;
    long done = 0;
    for (long round = 0; turns > 0; round++) {
        int left = 0;
        for (int t = 0; t < turns; t++) {
            int c = turn[t];
            order[done++] = numbers[start[c] + round];
            if (start[c] + round + 1 < start[c + 1])
                turn[left++] = c;
        }
        turns = left;
    }
    free(turn);
    free(start);
    free(numbers);
    *n = total;
    return order;
}

long order_shard(long *order, long n, long number, long of)
{
    long kept = 0;
    for (long i = number - 1; i < n; i += of) {
        order[kept++] = order[i];
        if (of > n - i) /* before the sum overflows */
            break;
    }
    return kept;
}
