#include "curve/order.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

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

static inline uint64_t next(uint64_t s[4])
{
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

uint64_t order_random_next(struct order_random *r)
{
    return next(r->s);
}

void order_random_fill(struct order_random *r, uint64_t *numbers, int n)
{
    struct order_random own = *r; /* so that it stays in registers */
    for (int i = 0; i < n; i++)
        numbers[i] = next(own.s);
    *r = own;
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

/* In slices, since a million images take longer than a key may wait. */
struct order_maker {
    const struct dataset_image *images;
    long images_n;
    bool *chosen; /* [outputs] */
    int outputs;
    uint64_t seed;
    enum { ORDER_LABELS, ORDER_COUNT, ORDER_SORT, ORDER_PERMUTE, ORDER_DEAL, ORDER_DONE } stage;
    bool unlabelled;
    long at;    /* the image, the number or the turn that is next in this stage */
    int class_; /* that is permuted */
    struct order_random random;
    long *start;       /* [outputs + 1] class c stands at start[c]..start[c + 1] of numbers */
    long *next;        /* [outputs] where the next image of the class is put */
    uint32_t *numbers; /* images, by class */
    long *order;
    long done, round;
    int *turn; /* [turns] classes that still have images, of which left were kept in this round */
    int turns, left;
};

struct order_maker *order_begin(const struct dataset_image *images, long images_n, const bool *chosen,
                                int outputs, uint64_t seed)
{
    struct order_maker *m = memory_new(1, sizeof *m);
    *m = (struct order_maker){
        .images = images, .images_n = images_n, .outputs = outputs, .seed = seed, .unlabelled = true};
    m->chosen = memory_new((size_t)outputs, sizeof *m->chosen);
    memcpy(m->chosen, chosen, (size_t)outputs * sizeof *chosen);
    m->start = memory_new((size_t)outputs + 1, sizeof *m->start);
    m->next = memory_new((size_t)outputs, sizeof *m->next);
    m->turn = memory_new((size_t)outputs, sizeof *m->turn);
    return m;
}

void order_free(struct order_maker *m)
{
    if (!m)
        return;
    free(m->chosen);
    free(m->start);
    free(m->next);
    free(m->numbers);
    free(m->order);
    free(m->turn);
    free(m);
}

/* Images without a label take turns with nobody. */
static int order_class(const struct dataset_image *image)
{
    return image->class_index == DATASET_NO_CLASS ? 0 : image->class_index;
}

/* Which classes images without a label belong to is not known before: all of them are wanted. */
static bool is_wanted(const struct order_maker *m, const struct dataset_image *image)
{
    if (m->unlabelled)
        return true;
    return image->class_index >= 0 && image->class_index < m->outputs && m->chosen[image->class_index];
}

/* Whether none has a label: the first that has one says so. */
static long order_step_labels(struct order_maker *m, long end)
{
    for (; m->at < end && m->unlabelled; m->at++)
        m->unlabelled = m->images[m->at].class_index == DATASET_NO_CLASS;
    return m->unlabelled ? m->at : m->images_n;
}

static long order_step_count(struct order_maker *m, long end)
{
    for (; m->at < end; m->at++)
        if (is_wanted(m, &m->images[m->at]))
            m->start[order_class(&m->images[m->at]) + 1]++;
    return m->at;
}

static void order_begin_sort(struct order_maker *m)
{
    for (int c = 0; c < m->outputs; c++) {
        m->next[c] = m->start[c];
        m->start[c + 1] += m->start[c];
        if (m->start[c + 1] > m->start[c])
            m->turn[m->turns++] = c;
    }
    m->numbers = memory_new((size_t)m->start[m->outputs], sizeof *m->numbers);
    m->order = memory_new((size_t)m->start[m->outputs], sizeof *m->order);
}

static long order_step_sort(struct order_maker *m, long end)
{
    for (; m->at < end; m->at++)
        if (is_wanted(m, &m->images[m->at]))
            m->numbers[m->next[order_class(&m->images[m->at])]++] = (uint32_t)m->at;
    return m->at;
}

/* Fisher and Yates, in Durstenfeld's form (CACM 1964), each class with its own stream; `at` counts down. */
static bool order_step_permute(struct order_maker *m, long most)
{
    for (; m->class_ < m->outputs; m->class_++, m->at = 0) {
        uint32_t *numbers = m->numbers + m->start[m->class_];
        long n = m->start[m->class_ + 1] - m->start[m->class_];
        if (n < 2)
            continue;
        if (m->at == 0) {
            order_random_seed(&m->random, m->seed, (uint64_t)m->class_);
            m->at = n - 1;
        }
        for (; m->at > 0 && most > 0; m->at--, most--) {
            long j = (long)order_random_below(&m->random, (uint64_t)m->at + 1);
            uint32_t kept = numbers[m->at];
            numbers[m->at] = numbers[j];
            numbers[j] = kept;
        }
        if (most == 0)
            return m->at == 0 && ++m->class_ == m->outputs;
    }
    return true;
}

/* The classes take turns; `at` is the turn of this round. */
static bool order_step_deal(struct order_maker *m, long most)
{
    for (; m->turns > 0 && most > 0; most--) {
        int c = m->turn[m->at++];
        m->order[m->done++] = m->numbers[m->start[c] + m->round];
        if (m->start[c] + m->round + 1 < m->start[c + 1])
            m->turn[m->left++] = c;
        if (m->at == m->turns) {
            m->turns = m->left;
            m->left = 0;
            m->at = 0;
            m->round++;
        }
    }
    return m->turns == 0;
}

static bool order_step_stage(struct order_maker *m, long most)
{
    long end = most < m->images_n - m->at ? m->at + most : m->images_n;
    switch (m->stage) {
    case ORDER_LABELS:
        return order_step_labels(m, end) == m->images_n;
    case ORDER_COUNT:
        return order_step_count(m, end) == m->images_n;
    case ORDER_SORT:
        return order_step_sort(m, end) == m->images_n;
    case ORDER_PERMUTE:
        return order_step_permute(m, most);
    case ORDER_DEAL:
        return order_step_deal(m, most);
    case ORDER_DONE:
        break;
    }
    return false;
}

bool order_step(struct order_maker *m, long most)
{
    if (m->stage != ORDER_DONE && order_step_stage(m, most)) {
        if (m->stage == ORDER_COUNT)
            order_begin_sort(m);
        m->stage++;
        m->at = 0;
    }
    return m->stage == ORDER_DONE;
}

long *order_end(struct order_maker *m, long *n)
{
    long *order = m->order;
    *n = m->done;
    m->order = NULL;
    order_free(m);
    return order;
}

long *order_make(const struct dataset_image *images, long images_n, const bool *chosen, int outputs,
                 uint64_t seed, long *n)
{
    struct order_maker *m = order_begin(images, images_n, chosen, outputs, seed);
    while (!order_step(m, LONG_MAX))
        continue;
    return order_end(m, n);
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
