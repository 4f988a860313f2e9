#!/bin/sh
# OpenCV 4.6 reads these Darknet networks without a word, and computes others.
#
# Expected: readNetFromDarknet refuses what it does not know (it refuses [crop], [activation] and most activations by
# name), so a network that it reads gives Darknet's numbers, up to rounding.
# Found (python3-opencv 4.6.0+dfsg-12, darknet 0.0.0+git20180914.61c9d02e-2+b4): three keys change what Darknet computes,
# and nothing in OpenCV. `temperature` of a softmax and `scale` of an upsample are not looked at; the numbers of a
# [connected] with batch_normalize are taken in the order that a convolution has (scales, means and variances before the
# weights; Darknet has them behind), so all of them are wrong. Without these keys the numbers agree.
#
# Seen: largest difference, as a fraction of the largest number: control 1.0e-06, temperature 2.3e-02, scale 1.0e+00,
# connected 6.4e-01.
# What isplit does with it: tui/manual/split.md says so; `isplit split --onnx` writes models with Darknet's numbers.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Both packages with all they need, as for an empty system, unpacked into a folder.
mkdir -p "$work/archives/partial" "$work/root"
: >"$work/status"
apt-get -qq install -y --no-install-recommends --download-only -o Dir::State::status="$work/status" \
    -o Dir::Cache::archives="$work/archives" darknet=0.0.0+git20180914.61c9d02e-2+b4 python3-opencv=4.6.0+dfsg-12 \
    >"$work/log" 2>&1 || { tail -3 "$work/log" >&2; exit 1; }
for package in "$work"/archives/*.deb; do
    case ${package##*/} in libc6_* | libc-bin_*) ;; *) dpkg -x "$package" "$work/root" ;; esac
done
libs=$(find "$work/root" -name '*.so*' -printf '%h\n' | sort -u | grep -E '/lib/[^/]*$|/darknet$|/(blas|lapack)$' | tr '\n' ':')

cat >"$work/predict.c" <<'C'
#include <darknet.h>

int main(int argc, char **argv)
{
    network *net = load_network(argv[1], argv[2], 0);
    float *x = calloc((size_t)net->inputs, sizeof *x);
    FILE *in = fopen(argv[3], "rb"), *out = fopen(argv[4], "wb");
    if (argc != 5 || !in || !out || fread(x, sizeof *x, (size_t)net->inputs, in) != (size_t)net->inputs)
        return 1;
    float *y = network_predict(net, x);
    return fwrite(y, sizeof *y, (size_t)net->outputs, out) != (size_t)net->outputs || fclose(out) != 0;
}
C
darknet=$work/root/usr/lib/darknet
gcc -O1 -isystem "$darknet/include" "$work/predict.c" -o "$work/predict" -L"$darknet" -ldarknet -lm \
    -Wl,--allow-shlib-undefined 2>"$work/log" || { cat "$work/log" >&2; exit 1; }

cat >"$work/compare.py" <<'PY'
import os, subprocess, sys
import cv2, numpy

work = sys.argv[1]
INPUT = '[net]\nbatch=1\nchannels=3\nheight=6\nwidth=5\n'
CONV = '[convolutional]\nbatch_normalize=1\nfilters=4\nsize=3\npad=1\nactivation=leaky\n'
# name: (the layers, how many numbers they have)
NETWORKS = {
    'control': (CONV + '[upsample]\nstride=2\n[connected]\noutput=5\nactivation=linear\n[softmax]\ngroups=1\n', 4 * 4 + 108 + 5 + 5 * 480),
    'temperature': (CONV + '[connected]\noutput=5\nactivation=linear\n[softmax]\ngroups=1\ntemperature=2\n', 4 * 4 + 108 + 5 + 5 * 120),
    'scale': (CONV + '[upsample]\nstride=2\nscale=0.5\n', 4 * 4 + 108),
    'connected': (CONV + '[connected]\nbatch_normalize=1\noutput=5\nactivation=linear\n', 4 * 4 + 108 + 4 * 5 + 5 * 120),
}
random = numpy.random.default_rng(1)
x = random.random((1, 3, 6, 5), numpy.float32)
x.tofile(work + '/x')
far = {}
for name, (layers, numbers) in NETWORKS.items():
    cfg, weights = work + '/net.cfg', work + '/net.weights'
    with open(cfg, 'w') as file:
        file.write(INPUT + layers)
    with open(weights, 'wb') as file:  # positive, as variances have to be wherever they are looked for
        file.write(numpy.array([0, 1, 0, 0], '<i4').tobytes() + random.uniform(.01, .1, numbers).astype('<f4').tobytes())
    subprocess.run([work + '/predict', cfg, weights, work + '/x', work + '/y'], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    darknet = numpy.fromfile(work + '/y', numpy.float32)
    net = cv2.dnn.readNetFromDarknet(cfg, weights)
    net.setInput(x)
    far[name] = float(abs(net.forward().ravel() - darknet).max() / abs(darknet).max())
print(', '.join('%s %.1e' % item for item in far.items()))
if not (far.pop('control') < 1e-5 and all(f > 1e-2 for f in far.values())):
    sys.exit('OpenCV computes something else now')
PY
LD_LIBRARY_PATH=$libs PYTHONHOME=$work/root/usr PYTHONPATH=$work/root/usr/lib/python3/dist-packages \
    "$work/root/usr/bin/python3.11" "$work/compare.py" "$work"
echo "as described"
