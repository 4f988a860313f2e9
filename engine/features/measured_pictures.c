#include "features/measured_pictures.h"

#include <stdbool.h>

#include "features/tally.h"

const int pictures_qualities[PICTURES_QUALITIES] = {95, 90, 80, 70, 60, 50, 40, 30, 20};

/* quality -1: as it is stored. */
static struct measured_picture pictures_sum_row(const struct picture_row *const *rows, const int *labels,
                                                long n, int quality)
{
    struct tally sum = {0};
    struct tally_coded *coded = &sum.coded[CODER_NONE];
    for (long i = 0; i < n; i++) {
        const struct picture_row *row = rows[i];
        struct picture_sent sent = {row->stored, row->own};
        if (quality >= 0)
            sent = row->sent[quality];
        tally_bytes(coded, sent.bytes, NULL, 0);
        tally_answer(&sum, sent.predicted == labels[i], row->own == labels[i], sent.predicted == row->own);
    }
    return (struct measured_picture){
        .quality = quality < 0 ? PICTURES_STORED : pictures_qualities[quality],
        .bytes = coded->bytes,
        .deviation = (float)tally_deviation(coded),
        .correct = sum.correct,
        .agrees = sum.agrees,
    };
}

/* STORED goes where an image has no file of its own, as in an IDX file. */
void pictures_sum(const struct picture_row *const *rows, const int *labels, long n,
                  struct measured_pictures *out)
{
    bool stored = true;
    *out = (struct measured_pictures){.images = n};
    for (long i = 0; i < n; i++) {
        out->correct += rows[i]->own == labels[i];
        stored = stored && rows[i]->stored > 0;
    }
    for (int quality = stored ? -1 : 0; quality < PICTURES_QUALITIES && n > 0; quality++)
        out->rows[out->rows_n++] = pictures_sum_row(rows, labels, n, quality);
}
