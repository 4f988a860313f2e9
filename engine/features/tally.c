#include "features/tally.h"

#include <math.h>

void tally_bytes(struct tally_coded *t, uint32_t bytes, const uint32_t *drawn, int draws)
{
    double off = bytes - t->image.mean;
    t->image.n++;
    t->image.mean += off / (double)t->image.n;
    t->image.squares += off * (bytes - t->image.mean);
    t->bytes += bytes;
    t->drawn_images += draws > 0;
    for (int i = 0; i < draws; i++)
        t->drawn[i] += drawn[i];
}

double tally_deviation(const struct tally_coded *t)
{
    return t->image.n > 1 ? sqrt(t->image.squares / (double)(t->image.n - 1)) : 0;
}

void tally_both(struct tally *t, uint32_t lzma, uint32_t zstd)
{
    double y = (double)lzma, x = (double)zstd;
    t->both.n++;
    t->both.lzma += y;
    t->both.zstd += x;
    t->both.lzma_2 += y * y;
    t->both.zstd_2 += x * x;
    t->both.product += x * y;
}

void tally_answer(struct tally *t, bool right, bool whole_right, bool agrees)
{
    t->images++;
    t->correct += right;
    t->agrees += agrees;
    t->gained += right && !whole_right;
    t->lost += whole_right && !right;
}

/* The standard deviation over the draws of the mean bytes; 0 where there are none. */
static double tally_spread(const struct tally_coded *t, int draws)
{
    double mean = 0, squares = 0;
    for (int i = 0; i < draws; i++)
        mean += (double)t->drawn[i] / draws;
    for (int i = 0; i < draws; i++)
        squares += ((double)t->drawn[i] - mean) * ((double)t->drawn[i] - mean);
    return draws > 1 && t->drawn_images > 0 ? sqrt(squares / (draws - 1)) / (double)t->drawn_images : 0;
}

static void tally_borrow(const struct tally *t, int draws, struct coded_size *lzma)
{
    const struct tally_both *b = &t->both;
    const struct tally_coded *zstd = &t->coded[CODER_ZSTD];
    if (b->n == 0)
        return;
    double ratio = b->lzma / b->zstd;
    lzma->spread = (float)(ratio * tally_spread(zstd, draws));
    if (b->n == zstd->image.n)
        return;
    double rest = fmax(b->lzma_2 - 2 * ratio * b->product + ratio * ratio * b->zstd_2, 0);
    lzma->deviation = b->n > 1 ? (float)sqrt(rest / (double)(b->n - 1)) : 0;
    lzma->borrowed.images = zstd->image.n;
    lzma->borrowed.level = zstd->image.mean * (double)b->n / b->zstd;
    lzma->borrowed.deviation = (float)(ratio * tally_deviation(zstd));
}

void tally_feature(const struct tally *t, int draws, struct measured_feature *out)
{
    for (int c = 0; c < CODERS; c++) {
        const struct tally_coded *own = &t->coded[c];
        out->coded[c] = (struct coded_size){
            .images = own->image.n,
            .bytes = own->bytes,
            .deviation = (float)tally_deviation(own),
            .spread = (float)tally_spread(own, draws),
        };
    }
    tally_borrow(t, draws, &out->coded[CODER_LZMA]);
    out->clipped = t->clipped;
    out->images = t->images;
    out->correct = t->correct;
    out->agrees = t->agrees;
    out->gained = t->gained;
    out->lost = t->lost;
}
