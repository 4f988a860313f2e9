#!/bin/sh
# Darknet says two things about one picture: `classifier predict` pads it, `classifier valid` cuts its middle out.
#
# Expected: the accuracy that `darknet classifier valid` prints is that of the answers which `darknet classifier predict`
# gives for the same pictures, network and weights.
# Found (Debian 12's darknet, 0.0.0+git20180914.61c9d02e-2+b4): a picture that is not square is shrunk until it is wholly in
# the network's input and padded with grey (letterbox) by predict, and cut to its middle square by valid. Of a picture
# three times as wide as high valid sees a third, and predict all of it, in a third of the input.
#
# Seen: a picture blue, red, blue, and a network of [avgpool] and [softmax] alone, which names the colour that it has most
# of: predict says blue (37.09 %), valid counts the label red as right (red 0.576117, blue 0.211942).
# What isplit does with it: --fit crop (the default) is valid's way, --fit letterbox predict's; the manual (data.md)
# says so.
set -eu

VERSION=0.0.0+git20180914.61c9d02e-2+b4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The package with all it needs, as for an empty system, unpacked into a folder.
mkdir -p "$work/archives/partial" "$work/root"
: >"$work/status"
apt-get -qq install -y --no-install-recommends --download-only -o Dir::State::status="$work/status" \
    -o Dir::Cache::archives="$work/archives" "darknet=$VERSION" >"$work/log" 2>&1 || { tail -3 "$work/log" >&2; exit 1; }
for package in "$work"/archives/*.deb; do
    case ${package##*/} in libc6_* | libc-bin_*) ;; *) dpkg -x "$package" "$work/root" ;; esac
done
libs=$(find "$work/root" -name '*.so*' -printf '%h\n' | sort -u | grep -E '/lib/[^/]*$|/darknet$|/(blas|lapack)$' | tr '\n' ':')

cd "$work"
cat >net.cfg <<'CFG'
[net]
batch=1
channels=3
height=32
width=32

[avgpool]

[softmax]
CFG
cat >files.py <<'PY'
"""Weights without a number, a PNG of 96x32, and what Darknet wants to know of the data."""
import struct, zlib

def chunk(name, content):
    return struct.pack('>I', len(content)) + name + content + struct.pack('>I', zlib.crc32(name + content))

def put(path, content):
    with open(path, 'wb') as file:
        file.write(content)

row = b'\0' + b'\0\0\xff' * 32 + b'\xff\0\0' * 32 + b'\0\0\xff' * 32
put('net.weights', struct.pack('<iiiQ', 0, 2, 0, 0))
put('red.png', b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', 96, 32, 8, 2, 0, 0, 0)) +
    chunk(b'IDAT', zlib.compress(row * 32)) + chunk(b'IEND', b''))
put('names', b'red\ngreen\nblue\n')
put('list', b'./red.png\n')
put('one.data', b'classes=3\nvalid=list\nlabels=names\nnames=names\ntop=1\n')
PY
python3 files.py
darknet=$(find "$work/root" -type f -name darknet -perm -u+x | head -n 1)
for task in "predict one.data net.cfg net.weights red.png" "valid one.data net.cfg net.weights"; do
    LD_LIBRARY_PATH=$libs "$darknet" classifier $task 2>/dev/null | tr '\r' '\n' | grep -E '%:|^\./|top 1' || true
done >seen
cat seen
cat >expected <<'TXT'
37.09%: blue
./red.png, 0, 0.576117, 0.211942, 
0: top 1: 1.000000, top 1: 1.000000
TXT
diff expected seen
echo "as described"
