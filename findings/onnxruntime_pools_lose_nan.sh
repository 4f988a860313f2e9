#!/bin/sh
# What overflowed in a network can come out of ONNX Runtime as a sound number: it depends on the build and on the place.
#
# Expected: a NaN (the difference of two infinities, as a head in half precision leaves behind) is seen at the end of
# the tail: Relu, Clip and Conv keep it, PyTorch's max-pool keeps it, and one version of one runtime treats it alike.
# Found (1.30.0, CPU, one thread): with one NaN at each of 64 places in turn, the native build's MaxPool of 2x2 shows it
# at the 16 places that come first in a window, GlobalMaxPool at the first place of all; at all others the answer is a
# sound number. The WebAssembly build of the same version shows it at every place. So a finite answer of a tail does not
# say that what the head sent was finite, and two builds of one version do not agree on which image was lost.
#
# Seen: places of 64 at which the output holds a NaN, in `expected` below.
# What isplit does with it: a number that is not finite is looked for in the features themselves, not in the answer: a
# head sends none, a tail refuses a frame that holds one, and measuring names the layer.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$work" onnxruntime-node@1.30.0 \
    onnxruntime-web@1.30.0 >"$work/log" 2>&1 || { tail -3 "$work/log" >&2; exit 1; }

cat >models.py <<'PY'
"""One operator each on 1 x 1 x 4 x 16, written field by field (onnx.proto)."""
def varint(number):
    out = b''
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])

def whole(field, number):
    return varint(field << 3) + varint(number)

def part(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content

def value(name, sides):
    shape = b''.join(part(1, whole(1, side)) for side in sides)
    return part(1, name) + part(2, part(1, whole(1, 1) + part(2, shape)))

def attribute(name, numbers):
    return part(5, part(1, name) + b''.join(whole(8, n) for n in numbers) + whole(20, 7))

PAIR = attribute('kernel_shape', (2, 2)) + attribute('strides', (2, 2))
for operator, attributes, sides in (('Relu', b'', (1, 1, 4, 16)), ('MaxPool', PAIR, (1, 1, 2, 8)),
                                    ('GlobalMaxPool', b'', (1, 1, 1, 1))):
    node = part(1, 'x') + part(2, 'y') + part(4, operator) + attributes
    graph = part(1, node) + part(2, 'graph') + part(11, value('x', (1, 1, 4, 16))) + part(12, value('y', sides))
    with open(operator + '.onnx', 'wb') as file:
        file.write(whole(1, 7) + part(7, graph) + part(8, part(1, '') + whole(2, 13)))
PY

cat >count.js <<'JS'
const build = process.argv[2], ort = require(build);

async function main() {
  const seen = [];
  for (const operator of ['Relu', 'MaxPool', 'GlobalMaxPool']) {
    const session = await ort.InferenceSession.create(operator + '.onnx', {intraOpNumThreads: 1, logSeverityLevel: 3});
    let kept = 0;
    for (let place = 0; place < 64; place++) {
      const x = Float32Array.from({length: 64}, (_, i) => i === place ? NaN : (i * 37 % 17 - 8) / 4);
      const {y} = await session.run({x: new ort.Tensor('float32', x, [1, 1, 4, 16])});
      kept += y.data.some(Number.isNaN);
    }
    seen.push(`${operator} ${kept}`);
  }
  console.log(`${build}: ${seen.join(', ')}`);
}

main().catch(error => { console.error(error.message); process.exit(1); });
JS
python3 models.py
cat >expected <<'TXT'
onnxruntime-node: Relu 64, MaxPool 16, GlobalMaxPool 1
onnxruntime-web: Relu 64, MaxPool 64, GlobalMaxPool 64
TXT
for build in onnxruntime-node onnxruntime-web; do
    NODE_PATH=$work/node_modules node count.js "$build"
done >seen
cat seen
diff expected seen
echo "as described"
