#include "curve/stability.h"

#include <endian.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/number.h"
#include "curve/order.h"

/* Values are stored in strips of LANES layers, one cache line a row; up to NARROW layers that are left over
 * make a narrow strip, of which a line holds four rows. Strips are added up in pairs, so that their sums stay
 * in registers and hide each other's latency. Draws are done in portions, so that the order of additions does
 * not depend on where the work is interrupted, from BITS halves of random numbers at a time. JUDGED: the cost
 * of evaluating one resample, in rows. */
enum { LANES = 8, NARROW = 2, PORTION = 512, BITS = 1024, JUDGED = 16 };

/* Differs from every --seed of the order of images, so that the draws are independent of it. */
static const uint64_t SEED = UINT64_C(0x626f6f7473747261);

struct stability {
    int layers, resamples;
    long images; /* rows of the chosen classes when it began */
    bool done;
    /* Set when the job is done: */
    bool known;
    double *pick_share;      /* [layers] share as best candidate; NaN: not known, or a layer without values */
    double *candidate_share; /* [layers] share as local maximum; likewise */
    double none_share;       /* share without any local maximum */
    struct stability_work *work; /* NULL when the job is done */
};

struct stability_work {
    const struct curve *c;
    const struct curve *exact; /* or NULL */
    bool *chosen;              /* [c->classes] */
    long rows_n;               /* number of rows when the job began */
    double *means;             /* [resamples][layers] sums of the classes done so far, weighted */
    bool *missing;             /* [layers] a row has no value there */
    int next_class;            /* to be resampled */
    bool differences;          /* the rows of all classes have been: now those between `exact` and them */
    int judged;                /* resamples that were evaluated */

    /* The class being resampled. */
    double weight; /* its share of the images */
    long n;
    void *memory;   /* of */
    double *values; /* [strips][n][LANES], then [n][NARROW] where there is a narrow strip; at a cache line */
    struct order_random random;
    uint32_t bits[BITS]; /* of the random numbers, the lower half of each first; */
    int bits_at;         /* those before it are used up */
    int resample;
    long drawn;  /* rows of this resample */
    double *sum; /* [strips + 1][LANES], the narrow one last */
};

static bool has_narrow(const struct stability *s)
{
    int left = s->layers % LANES;
    return s->layers > LANES && left > 0 && left <= NARROW;
}

/* Those of LANES layers. */
static int strips_of(const struct stability *s)
{
    return has_narrow(s) ? s->layers / LANES : (s->layers + LANES - 1) / LANES;
}

static void stability_finish(struct stability *s)
{
    struct stability_work *w = s->work;
    free(w->chosen);
    free(w->means);
    free(w->missing);
    free(w->memory);
    free(w->sum);
    free(w);
    s->work = NULL;
    s->done = true;
}

/* Whether the row takes part: it was there when the job began, and where differences are drawn it has one. */
static bool is_drawn(const struct stability_work *w, uint32_t row, bool differences)
{
    return row < w->rows_n && (!differences || curve_find(w->exact, w->c->rows[row].image) >= 0);
}

static long count_drawn(const struct stability_work *w, int class_index, bool differences)
{
    const uint32_t *rows = curve_class_rows(w->c, class_index);
    long n = 0;
    for (long i = 0; i < curve_class_images(w->c, class_index); i++)
        n += is_drawn(w, rows[i], differences);
    return n;
}

/* Counts the images; whether each class with rows has two at least, and two differences. */
static bool count_images(struct stability *s)
{
    const struct stability_work *w = s->work;
    bool pairs = true;
    for (int i = 0; i < w->c->classes; i++) {
        long n = w->chosen[i] ? curve_class_images(w->c, i) : 0;
        s->images += n;
        pairs = pairs && n != 1 && (n == 0 || !w->exact || count_drawn(w, i, true) > 1);
    }
    return pairs && s->images > 0;
}

struct stability *stability_new(struct curve *c, const bool *chosen, int resamples)
{
    return stability_new_corrected(c, NULL, chosen, resamples);
}

struct stability *stability_new_corrected(struct curve *c, const struct curve *exact, const bool *chosen,
                                          int resamples)
{
    curve_refresh(c); /* rows by image number */
    struct stability *s = memory_new(1, sizeof *s);
    size_t layers = (size_t)c->layers;
    *s = (struct stability){.layers = c->layers, .resamples = resamples, .none_share = NAN};
    s->pick_share = memory_new(layers, sizeof *s->pick_share);
    s->candidate_share = memory_new(layers, sizeof *s->candidate_share);
    for (size_t l = 0; l < layers; l++)
        s->pick_share[l] = s->candidate_share[l] = NAN;
    struct stability_work *w = s->work = memory_new(1, sizeof *w);
    w->c = c;
    w->exact = exact;
    w->rows_n = c->rows_n;
    w->chosen = memory_new((size_t)c->classes, sizeof *w->chosen);
    memcpy(w->chosen, chosen, (size_t)c->classes * sizeof *chosen);
    s->known = count_images(s);
    if (!s->known) {
        stability_finish(s);
        return s;
    }
    w->means = memory_new(memory_product((size_t)resamples, layers), sizeof *w->means);
    w->missing = memory_new(layers, sizeof *w->missing);
    w->sum = memory_new((size_t)strips_of(s) + 1, sizeof(double[LANES]));
    return s;
}

void stability_free(struct stability *s)
{
    if (!s)
        return;
    if (s->work)
        stability_finish(s);
    free(s->pick_share);
    free(s->candidate_share);
    free(s);
}

/* ---- One class ------------------------------------------------------------------------------------ */

static void draw_bits(struct stability_work *w)
{
    uint64_t numbers[BITS / 2];
    order_random_fill(&w->random, numbers, BITS / 2);
    for (int i = 0; i < BITS / 2; i++)
        numbers[i] = htole64(numbers[i]);
    memcpy(w->bits, numbers, sizeof w->bits);
    for (int i = 0; i < BITS; i++)
        w->bits[i] = le32toh(w->bits[i]);
    w->bits_at = 0;
}

/* Numbers below `bound`, all equally likely, from `n` times 32 random bits (Lemire: Fast random integer
 * generation in an interval, ACM TOMACS 2019). Returns whether each of them is one: a few may have to be left
 * out. */
NUMBER_WIDE
static bool draw_all(const uint32_t *bits, int n, uint32_t bound, uint32_t *drawn)
{
    uint32_t doubtful = 0;
    for (int i = 0; i < n; i++) {
        uint64_t product = (uint64_t)bits[i] * bound;
        drawn[i] = (uint32_t)(product >> 32);
        doubtful |= (uint32_t)product < bound;
    }
    return !doubtful;
}

/* The same without those that have to be left out. Returns how many there are. */
static int draw_careful(const uint32_t *bits, int n, uint32_t bound, uint32_t *drawn)
{
    int kept = 0;
    for (int i = 0; i < n; i++) {
        uint64_t product = (uint64_t)bits[i] * bound;
        if ((uint32_t)product >= -bound % bound)
            drawn[kept++] = (uint32_t)(product >> 32);
    }
    return kept;
}

static void draw(struct stability_work *w, uint32_t bound, uint32_t *drawn, int n)
{
    while (n > 0) {
        if (w->bits_at == BITS)
            draw_bits(w);
        const uint32_t *bits = w->bits + w->bits_at;
        int most = n < BITS - w->bits_at ? n : BITS - w->bits_at;
        int got = draw_all(bits, most, bound, drawn) ? most : draw_careful(bits, most, bound, drawn);
        w->bits_at += most;
        drawn += got;
        n -= got;
    }
}

/* Room for the rows of the class, which begins at a cache line: else each row of a strip would lie in two. */
static void make_room(const struct stability *s)
{
    enum { LINE = sizeof(double[LANES]) };
    struct stability_work *w = s->work;
    size_t lines = memory_product((size_t)strips_of(s) + has_narrow(s), (size_t)w->n);
    w->memory = memory_new(lines + 1, LINE);
    w->values = (double *)(((uintptr_t)w->memory + LINE - 1) / LINE * LINE);
}

static void take_values(const struct stability *s, const uint32_t *rows, long n)
{
    struct stability_work *w = s->work;
    size_t layers = (size_t)s->layers, strip = (size_t)w->n * LANES, full = (size_t)strips_of(s) * LANES;
    size_t at = 0;
    for (long i = 0; i < n; i++) {
        if (!is_drawn(w, rows[i], w->differences))
            continue;
        const float *row = w->c->values + (size_t)rows[i] * layers;
        const float *exact = NULL;
        if (w->differences)
            exact = w->exact->values + (size_t)curve_find(w->exact, w->c->rows[rows[i]].image) * layers;
        for (size_t l = 0; l < layers; l++) {
            size_t to = l < full ? l / LANES * strip + at * LANES + l % LANES
                                 : full / LANES * strip + at * NARROW + l - full;
            double value = exact ? (double)exact[l] - (double)row[l] : (double)row[l];
            w->values[to] = isnan(value) ? 0 : value;
            w->missing[l] = w->missing[l] || isnan(value);
        }
        at++;
    }
}

/* Streams of random numbers: one for each class, and one for its differences. */
static uint64_t stream_of(const struct stability_work *w)
{
    return (uint64_t)w->next_class + (w->differences ? UINT64_C(1) << 32 : 0);
}

/* Begins the next class that has rows; false where there is none. *rows: its cost. */
static bool begin_class(struct stability *s, long *rows)
{
    struct stability_work *w = s->work;
    for (; w->next_class < w->c->classes; w->next_class++) {
        if (!w->chosen[w->next_class])
            continue;
        long n = curve_class_images(w->c, w->next_class);
        w->n = count_drawn(w, w->next_class, w->differences);
        if (w->n == 0)
            continue;
        long rows_n = w->differences ? count_drawn(w, w->next_class, false) : w->n;
        w->weight = (double)rows_n / (double)s->images;
        make_room(s);
        take_values(s, curve_class_rows(w->c, w->next_class), n);
        order_random_seed(&w->random, SEED, stream_of(w));
        w->bits_at = BITS;
        w->resample = 0;
        w->next_class++;
        *rows -= n;
        return true;
    }
    if (!w->exact || w->differences)
        return false;
    w->differences = true;
    w->next_class = 0;
    return begin_class(s, rows);
}

/* A row's part of a strip, or of a narrow one. */
typedef double lanes __attribute__((vector_size(sizeof(double[LANES])), aligned(sizeof(double))));
typedef double narrow __attribute__((vector_size(sizeof(double[NARROW])), aligned(sizeof(double))));

#define LANES_OF(strip, row) (*(lanes *)((strip) + (size_t)(row)*LANES))
#define NARROW_OF(strip, row) (*(narrow *)((strip) + (size_t)(row)*NARROW))

/* Adds the drawn rows of one strip or two, and of a narrow one, to their sums. Two running sums each, since
 * an addition waits for the one before. */
NUMBER_INLINE void add_strips(const double *a, const double *b, const double *thin, bool with_b,
                              bool with_thin, const uint32_t *drawn, int n, double *sum)
{
    double *sum_thin = sum + (with_b ? (size_t)2 * LANES : LANES);
    lanes even_a = LANES_OF(sum, 0), odd_a = {0}, even_b = {0}, odd_b = {0};
    narrow even = {0}, odd = {0};
    if (with_b)
        even_b = LANES_OF(sum, 1);
    if (with_thin)
        even = NARROW_OF(sum_thin, 0);
    for (int i = 0; i + 1 < n; i += 2) {
        even_a += LANES_OF(a, drawn[i]);
        odd_a += LANES_OF(a, drawn[i + 1]);
        if (with_b) {
            even_b += LANES_OF(b, drawn[i]);
            odd_b += LANES_OF(b, drawn[i + 1]);
        }
        if (with_thin) {
            even += NARROW_OF(thin, drawn[i]);
            odd += NARROW_OF(thin, drawn[i + 1]);
        }
    }
    if (n % 2) {
        even_a += LANES_OF(a, drawn[n - 1]);
        if (with_b)
            even_b += LANES_OF(b, drawn[n - 1]);
        if (with_thin)
            even += NARROW_OF(thin, drawn[n - 1]);
    }
    LANES_OF(sum, 0) = even_a + odd_a;
    if (with_b)
        LANES_OF(sum, 1) = even_b + odd_b;
    if (with_thin)
        NARROW_OF(sum_thin, 0) = even + odd;
}

NUMBER_WIDE
static void add_one(const double *a, const uint32_t *drawn, int n, double *sum)
{
    add_strips(a, NULL, NULL, false, false, drawn, n, sum);
}

NUMBER_WIDE
static void add_pair(const double *a, const double *b, const uint32_t *drawn, int n, double *sum)
{
    add_strips(a, b, NULL, true, false, drawn, n, sum);
}

NUMBER_WIDE
static void add_one_narrow(const double *a, const double *thin, const uint32_t *drawn, int n, double *sum)
{
    add_strips(a, NULL, thin, false, true, drawn, n, sum);
}

NUMBER_WIDE
static void add_pair_narrow(const double *a, const double *b, const double *thin, const uint32_t *drawn,
                            int n, double *sum)
{
    add_strips(a, b, thin, true, true, drawn, n, sum);
}

static void add_drawn(const struct stability *s, const uint32_t *drawn, int n)
{
    struct stability_work *w = s->work;
    int strips = strips_of(s);
    const double *thin = has_narrow(s) ? w->values + (size_t)strips * (size_t)w->n * LANES : NULL;
    for (int i = 0; i < strips; i += 2) {
        const double *a = w->values + (size_t)i * (size_t)w->n * LANES, *b = a + (size_t)w->n * LANES;
        double *sum = w->sum + (size_t)i * LANES;
        bool pair = i + 1 < strips, last = i + 2 >= strips;
        if (pair && last && thin)
            add_pair_narrow(a, b, thin, drawn, n, sum);
        else if (pair)
            add_pair(a, b, drawn, n, sum);
        else if (thin)
            add_one_narrow(a, thin, drawn, n, sum);
        else
            add_one(a, drawn, n, sum);
    }
}

/* The class's part of the mean: its fraction of the images times its resampled mean. */
static void end_resample(struct stability *s)
{
    struct stability_work *w = s->work;
    double weight = w->weight / (double)(w->n - 1);
    double *means = w->means + (size_t)w->resample * (size_t)s->layers;
    for (int l = 0; l < s->layers; l++)
        means[l] += weight * w->sum[l];
    memset(w->sum, 0, ((size_t)strips_of(s) + 1) * LANES * sizeof *w->sum);
    w->drawn = 0;
    if (++w->resample < s->resamples)
        return;
    free(w->memory);
    w->memory = NULL;
    w->values = NULL;
}

/* Returns how many rows were drawn. */
static long draw_portion(struct stability *s)
{
    struct stability_work *w = s->work;
    uint32_t drawn[PORTION];
    long left = w->n - 1 - w->drawn;
    int n = left < PORTION ? (int)left : PORTION;
    draw(w, (uint32_t)w->n, drawn, n);
    add_drawn(s, drawn, n);
    w->drawn += n;
    if (w->drawn == w->n - 1)
        end_resample(s);
    return n;
}

/* ---- The shares ----------------------------------------------------------------------------------- */

static void judge(struct stability *s, bool *local_max)
{
    struct stability_work *w = s->work;
    double *means = w->means + (size_t)w->judged * (size_t)s->layers;
    if (w->judged++ == 0) {
        s->none_share = 0;
        for (int l = 0; l < s->layers; l++)
            s->pick_share[l] = s->candidate_share[l] = w->missing[l] ? NAN : 0;
    }
    for (int l = 0; l < s->layers; l++)
        if (w->missing[l])
            means[l] = NAN;
    curve_peaks(means, s->layers, local_max);
    int best = curve_best(means, s->layers, local_max);
    for (int l = 0; l < s->layers; l++)
        s->candidate_share[l] += local_max[l];
    *(best < 0 ? &s->none_share : &s->pick_share[best]) += 1;
}

/* Counts become shares. */
static void divide(struct stability *s)
{
    s->none_share /= s->resamples;
    for (int l = 0; l < s->layers; l++) {
        s->pick_share[l] /= s->resamples;
        s->candidate_share[l] /= s->resamples;
    }
}

static void judge_some(struct stability *s, long *rows)
{
    bool *local_max = memory_new((size_t)s->layers, sizeof *local_max);
    for (; s->work->judged<s->resamples && * rows> 0; *rows -= JUDGED)
        judge(s, local_max);
    free(local_max);
    if (s->work->judged < s->resamples)
        return;
    divide(s);
    stability_finish(s);
}

bool stability_step(struct stability *s, long rows)
{
    for (; !s->done && rows > 0; rows--) {
        if (s->work->values || begin_class(s, &rows))
            rows -= draw_portion(s);
        else
            judge_some(s, &rows);
    }
    return s->done;
}

struct stability *stability_compute(struct curve *c, const bool *chosen)
{
    struct stability *s = stability_new(c, chosen, STABILITY_RESAMPLES);
    stability_step(s, LONG_MAX);
    return s;
}

double stability_share(const struct stability *s, int best)
{
    return best < 0 ? s->none_share : s->pick_share[best];
}

long stability_images(const struct stability *s)
{
    return s->images;
}

int stability_resamples(const struct stability *s)
{
    return s->resamples;
}

bool stability_is_known(const struct stability *s)
{
    return s->known;
}

const double *stability_picks(const struct stability *s)
{
    return s->pick_share;
}

const double *stability_candidates(const struct stability *s)
{
    return s->candidate_share;
}

double stability_none(const struct stability *s)
{
    return s->none_share;
}
