#!/bin/sh
# A quality above 90 means another JPEG to stb_image_write than to libjpeg: the rate of a yardstick jumps there.
#
# Expected: both scale the same tables by the same quality, so a curve of bytes against quality, as rates of features
# are held against, is the same from either up to rounding, and is smooth.
# Found (Debian 12: libstb 0.0~git20220908.8b5f1f3+ds-1, libjpeg-turbo 2.1.5-2): up to 90 it is, within one byte of a
# hundred. From 91 on stb_image_write keeps the colours in full, where libjpeg's default goes on with a quarter of them:
# nearly twice the bytes on this picture, whose colours are noisy, and a quarter more on a photograph. So "JPEG 95" names
# two rates, and a cut that sends less than the one may send more than the other.
#
# Seen (a coloured picture of 224x224): `expected` below, sampling of the first component, bytes of stb over libjpeg's.
# What isplit does with it: pictures are encoded by libjpeg alone (engine/features/jpeg_writer.c), at a quarter of the
# colours at every quality, and the manual says so.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -qq download libstb-dev='0.0~git20220908.8b5f1f3+ds-1' libjpeg-turbo-progs='1:2.1.5-2' >log 2>&1 ||
    { tail -3 log >&2; exit 1; }
for package in *.deb; do
    dpkg -x "$package" root
done

cat >stb.c <<'C'
#define STB_IMAGE_WRITE_IMPLEMENTATION
#include <math.h>
#include <stb/stb_image_write.h>
#include <stdio.h>

enum { SIDE = 224 };

int main(void)
{
    static unsigned char pixels[3 * SIDE * SIDE];
    unsigned noise = 1;
    for (int i = 0; i < SIDE * SIDE; i++)
        for (int c = 0; c < 3; c++) {
            noise = noise * 1664525u + 1013904223u;
            double wave = sin(i % SIDE * (c + 2) / 31.0) * cos(i / SIDE * (5 - c) / 27.0);
            pixels[3 * i + c] = (unsigned char)(128 + 90 * wave + (noise >> 24) / 8.0 - 16);
        }
    FILE *file = fopen("picture.ppm", "wb");
    fprintf(file, "P6 %d %d 255\n", SIDE, SIDE);
    fwrite(pixels, 1, sizeof pixels, file);
    fclose(file);
    const int qualities[] = {50, 90, 91, 95};
    for (int i = 0; i < 4; i++) {
        char name[32];
        snprintf(name, sizeof name, "stb%d.jpg", qualities[i]);
        stbi_write_jpg(name, SIDE, SIDE, 3, pixels, qualities[i]);
    }
    return 0;
}
C
cc -O1 -I root/usr/include stb.c -o stb -lm
./stb

cat >tell.py <<'PY'
"""Sampling of the first component, as the frame header (SOF0) says it, and the ratio of the sizes."""
def sampling(name):
    data = open(name, 'rb').read()
    first = data[data.index(b'\xff\xc0') + 11]
    return '%dx%d' % (first >> 4, first & 15), len(data)

for quality in (50, 90, 91, 95):
    (ours, large), (theirs, small) = sampling('stb%d.jpg' % quality), sampling('jpeg%d.jpg' % quality)
    print('quality %d: stb %s, libjpeg %s, %.2f' % (quality, ours, theirs, large / small))
PY
for quality in 50 90 91 95; do
    root/usr/bin/cjpeg -quality "$quality" -outfile "jpeg$quality.jpg" picture.ppm
done
python3 tell.py >seen
cat seen
cat >expected <<'TXT'
quality 50: stb 2x2, libjpeg 2x2, 0.99
quality 90: stb 2x2, libjpeg 2x2, 0.99
quality 91: stb 1x1, libjpeg 2x2, 1.88
quality 95: stb 1x1, libjpeg 2x2, 1.90
TXT
diff expected seen
echo "as described"
