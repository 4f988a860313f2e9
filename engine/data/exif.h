/* How a camera was held: the orientation that EXIF data in a JPEG (the segment APP1 before the first scan) or
 * a PNG (the chunk eXIf, before the pixels or after them) give. Our own, since stb_image does not read it. */
#ifndef ISPLIT_DATA_EXIF_H
#define ISPLIT_DATA_EXIF_H

#include <stdbool.h>
#include <stddef.h>

enum { EXIF_UPRIGHT = 1, EXIF_ORIENTATIONS = 8 };

/* The tag Orientation (0x0112) of the first directory, 1 to 8 as EXIF 2.32, section 4.6.4, numbers them;
 * EXIF_UPRIGHT where there is none, or none that is well formed. Any bytes. */
int exif_orientation(const unsigned char *bytes, size_t length);

/* What an orientation does to the picture as it is stored, of w x h pixels: the shown one's pixel (x, y) is
 * the stored one's (x, y), with `swapped` (y, x), counted from the right where `from_right` and from the
 * bottom where `from_bottom`. */
bool exif_is_swapped(int orientation);
bool exif_is_from_right(int orientation);
bool exif_is_from_bottom(int orientation);

#endif
