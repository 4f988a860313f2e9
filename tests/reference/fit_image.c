/* The numbers that an image becomes, as isplit decodes and fits it, for devices.py: the same program here and
 * on a device must write the same bits.
 *
 *     fit_image IMAGE CHANNELS HEIGHT WIDTH >NUMBERS */
#include <stdio.h>
#include <stdlib.h>

#include "data/decode.h"
#include "data/fit.h"

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    const struct net_shape shape = {atoi(argv[2]), atoi(argv[3]), atoi(argv[4])};
    const struct pixels_options options = {
        .scale = 1, .mean = {0.485f, 0.456f, 0.406f}, .std = {0.229f, 0.224f, 0.225f}};
    struct error e = {""};
    struct decode_picture picture;
    size_t length, n = (size_t)net_shape_size(shape);
    float *x = calloc(n, sizeof *x);
    unsigned char *bytes = decode_read(argv[1], &length, &e);
    bool done = x && bytes && decode_bytes(bytes, length, &picture, &e) == 0 &&
                fit_picture(&picture, shape, &options, x, &e) == 0 && fwrite(x, sizeof *x, n, stdout) == n &&
                fflush(stdout) == 0;
    if (!done)
        fprintf(stderr, "%s\n", e.text);
    return done ? 0 : 1;
}
