/* The EXIF data of a JPEG or a PNG. The input is in a block of its own size, so that any byte beyond it is
 * seen. */
#include "data/exif.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int orientation = exif_orientation(data, size);
    FUZZ_CHECK(orientation >= EXIF_UPRIGHT && orientation <= EXIF_ORIENTATIONS);
    return 0;
}
