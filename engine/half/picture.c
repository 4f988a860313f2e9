#include "half/picture.h"

#include <stdlib.h>

#include "data/decode.h"
#include "data/exif.h"
#include "data/fit.h"

static int picture_decode(const char *path, bool exif, struct decode_picture *picture, struct error *e)
{
    size_t length;
    unsigned char *bytes = decode_read(path, &length, e);
    int status = bytes ? decode_bytes(bytes, length, picture, e) : -1;
    picture->orientation = bytes && exif ? exif_orientation(bytes, length) : EXIF_UPRIGHT;
    free(bytes);
    return status;
}

int picture_load(const char *path, struct net_shape shape, const struct pixels_options *options, float *out,
                 struct error *e)
{
    struct decode_picture picture = {0};
    if (shape.c != 1 && shape.c != 3)
        return error_set(e, "the network reads %d channels (expected 1 or 3 for images)", shape.c);
    int status = picture_decode(path, options->exif, &picture, e);
    if (status == 0)
        status = fit_picture(&picture, shape, options, out, e);
    free(picture.bytes);
    return status < 0 ? -1 : 0;
}
