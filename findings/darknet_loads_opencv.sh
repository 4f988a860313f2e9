#!/bin/sh
# Debian 12's libdarknet needs OpenCV only for pictures and its webcam demo, but pays for it at every start.
#
# Expected: linking libdarknet.so for parse_network_cfg, load_weights and network_predict costs what its 580 kB cost.
# Found (darknet 0.0.0+git20180914.61c9d02e-2+b4, OpenCV 4.6.0): the library names four OpenCV libraries, and those
# pull in some 240 more (Qt, GDAL, ffmpeg), nearly all of them bound at load time. A program that only computes takes
# 17 times the memory and 28 times the time to start. Four libraries of the same names with nothing in them but
# the missing functions do as well: every output has the same bits. load_image_color does need the real ones.
#
# Seen: libraries 256 -> 11, resident 72204 kB -> 4252 kB, ten starts: 3.68 s -> 0.13 s, outputs equal bit for bit.
# (Counts vary a little with updates of the packages.)
# What isplit does with it: Makefile (NO_OPENCV).
set -eu

VERSION=0.0.0+git20180914.61c9d02e-2+b4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The package with all it needs, as for an empty system, unpacked into a folder.
mkdir -p "$work/archives/partial" "$work/root" "$work/empty"
: >"$work/status"
apt-get -qq install -y --no-install-recommends --download-only -o Dir::State::status="$work/status" \
    -o Dir::Cache::archives="$work/archives" "darknet=$VERSION" >"$work/log" 2>&1 || { tail -3 "$work/log" >&2; exit 1; }
for package in "$work"/archives/*.deb; do
    case ${package##*/} in libc6_* | libc-bin_*) ;; *) dpkg -x "$package" "$work/root" ;; esac
done
libs=$(find "$work/root" -name '*.so*' -printf '%h\n' | sort -u | grep -E '/lib/[^/]*$|/darknet$|/(blas|lapack)$' | tr '\n' ':')

cat >"$work/net.cfg" <<'CFG'
[net]
batch=1
channels=3
height=8
width=8

[convolutional]
filters=4
size=3
pad=1
activation=leaky

[connected]
output=5
activation=linear

[softmax]
CFG

cat >"$work/predict.c" <<'C'
#include <darknet.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
    network *net = parse_network_cfg(argv[1]);
    float x[3 * 8 * 8];
    for (int i = 0; i < 192; i++)
        x[i] = (float)((i * 37) % 101) / 101;
    float *y = network_predict(net, x);
    for (int i = 0; i < 5; i++)
        printf("%a ", y[i]);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("\nresident %ld\n", usage.ru_maxrss);
    return argc != 2;
}
C
darknet=$work/root/usr/lib/darknet
gcc -O1 -isystem "$darknet/include" "$work/predict.c" -o "$work/predict" -L"$darknet" -ldarknet -lm \
    -Wl,--allow-shlib-undefined 2>"$work/log" || { cat "$work/log" >&2; exit 1; }

for name in $(readelf -d "$darknet/libdarknet.so" | sed -n 's/.*NEEDED.*\[\(libopencv_.*\)\]/\1/p'); do
    nm -D --undefined-only "$darknet/libdarknet.so" | sed -n 's/.* U \(_ZNK*2cv[^@]*\).*/void \1(void) { __builtin_trap(); }/p' |
        gcc -shared -nostdlib -fPIC -Wl,-soname,"$name" -o "$work/empty/$name" -x c -
done

# libraries, resident kB, hundredths of a second for ten starts; the outputs go to a file. srand is never called.
measure() {
    LD_LIBRARY_PATH=$1 ldd "$work/predict" | grep -c '=>' >"$work/count"
    LD_LIBRARY_PATH=$1 "$work/predict" "$work/net.cfg" 2>/dev/null | grep -E '^(resident|-?0x)' >"$work/said"
    grep -v resident "$work/said" >"$2"
    begin=$(date +%s%N)
    for _ in 1 2 3 4 5 6 7 8 9 10; do LD_LIBRARY_PATH=$1 "$work/predict" "$work/net.cfg" >"$work/out" 2>&1; done
    end=$(date +%s%N)
    echo "$(cat "$work/count") $(sed -n 's/resident //p' "$work/said") $(((end - begin) / 10000000))"
}
# shellcheck disable=SC2046 # words are meant
set -- $(measure "$libs" "$work/full") $(measure "$work/empty:$libs" "$work/bare")
echo "libraries $1 -> $4, resident $2 kB -> $5 kB, ten starts: $3 -> $6 hundredths of a second"

[ -s "$work/full" ] && cmp -s "$work/full" "$work/bare" || { echo "the outputs differ" >&2; exit 1; }
[ "$1" -gt $((10 * $4)) ] && [ "$2" -gt $((5 * $5)) ] && [ "$3" -gt $((3 * $6)) ] || { echo "the costs have changed" >&2; exit 1; }
echo "as described"
