#!/bin/sh
# Features in grey, coded by a lossless video coder, come back as others from ffmpeg, or take twice their plain bytes.
#
# Expected: 8-bit codes of feature maps, tiled into a grey picture, given to a coder that is told to be lossless and read
# back in the same pixel format, are the same codes, and take no more bytes than plain ones.
# Found (ffmpeg N-47683 of @ffmpeg-installer/linux-x64 4.1.0, and so in Debian 12's 5.1.9): HEVC and FFV1 do so. H.264 has
# no grey there, and gets yuv420p without a word, even where grey is asked for: its stream holds the codes, but the way
# back to grey stretches 16 to 235 over 0 to 255, so that all up to 16 are 0. VP9 gets three colours: exact, and 2.3 times
# the plain bytes. Given as the brightness of yuv420p, with 128 as colours, and read as that, both are exact and small. So
# "lossless" is no guard for a tail's input, and a table of such coders compares pixel formats.
#
# Seen: bytes by plain bytes, share of the codes that changed, by how much at most, in `expected` below.
# What isplit does with it: it sends packed codes by zstd or LZMA; isplit features decodes each tensor and compares.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$work" @ffmpeg-installer/linux-x64@4.1.0 >"$work/log" 2>&1 ||
    { tail -3 "$work/log" >&2; exit 1; }
ffmpeg=$work/node_modules/@ffmpeg-installer/linux-x64/ffmpeg

cat >maps.py <<'PY'
"""64 maps of 28x28, smooth and behind a ReLU, side by side; maps.yuv has 128 as colours behind them."""
import random

MAPS, SIDE, ACROSS = 64, 28, 8
random.seed(1)

def smooth(noise):
    return [[sum(noise[y + i][x + j] for i in range(5) for j in range(5)) for x in range(SIDE)] for y in range(SIDE)]

maps = [smooth([[random.gauss(0, 1) for _ in range(SIDE + 4)] for _ in range(SIDE + 4)]) for _ in range(MAPS)]
most = max(v for one in maps for row in one for v in row)
codes = bytearray(MAPS * SIDE * SIDE)
for m, one in enumerate(maps):
    for y, row in enumerate(one):
        at = ((m // ACROSS * SIDE + y) * ACROSS + m % ACROSS) * SIDE
        codes[at:at + SIDE] = bytes(round(max(v, 0) / most * 255) for v in row)
with open('maps.gray', 'wb') as file:
    file.write(codes)
with open('maps.yuv420p', 'wb') as file:
    file.write(codes + bytes([128]) * (len(codes) // 2))
PY

cat >compare.py <<'PY'
import os, sys
name, stream, back = sys.argv[1:]
x = open('maps.gray', 'rb').read()
y = open(back, 'rb').read()[:len(x)]
off = [abs(a - b) for a, b in zip(x, y)]
print('%s: %.1f, %.0f %%, %d' % (name, os.path.getsize(stream) / len(x), 100 * sum(d > 0 for d in off) / len(x), max(off)))
PY

# NAME FORMAT CODER...: to a stream, and back in the same format.
code() {
    name=$1 format=$2
    shift 2
    "$ffmpeg" -v fatal -y -f rawvideo -pix_fmt "$format" -s 224x224 -i "maps.$format" -threads 1 -c:v "$@" stream.mkv 2>log
    "$ffmpeg" -v fatal -y -i stream.mkv -f rawvideo -pix_fmt "$format" back
    python3 compare.py "$name" stream.mkv back
}
python3 maps.py
{
    code 'FFV1, grey' gray ffv1
    code 'HEVC, grey' gray libx265 -x265-params lossless=1:log-level=none
    code 'H.264, grey' gray libx264 -qp 0
    code 'H.264, grey asked for' gray libx264 -qp 0 -pix_fmt gray
    code 'H.264, brightness' yuv420p libx264 -qp 0
    code 'VP9, grey' gray libvpx-vp9 -lossless 1
    code 'VP9, brightness' yuv420p libvpx-vp9 -lossless 1
} >seen
cat seen
cat >expected <<'TXT'
FFV1, grey: 0.6, 0 %, 0
HEVC, grey: 0.8, 0 %, 0
H.264, grey: 0.7, 48 %, 20
H.264, grey asked for: 0.7, 48 %, 20
H.264, brightness: 0.7, 0 %, 0
VP9, grey: 2.3, 0 %, 0
VP9, brightness: 0.8, 0 %, 0
TXT
diff expected seen
echo "as described"
