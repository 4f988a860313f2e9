#!/bin/sh
# onnxruntime-web beside onnxruntime-node in one process is not there: a head "as in the browser" is compared with itself.
#
# Expected: onnxruntime-web computes by WebAssembly and onnxruntime-node natively, whatever else a program has loaded, so
# a test that runs a head by the first and the whole network by the second sees what a phone's browser would change.
# Found (onnxruntime-node and onnxruntime-web 1.30.0 in one folder, Node.js): both share one registry, in their common
# package; the session of either is the same class. Without executionProviders both run natively, to the bit, whichever
# was loaded first, so the test finds no difference; alone, half of the numbers have other bits. And 'cpu', the name of
# the native one, means WebAssembly in both where web was loaded first: a server's tail is then computed by it, unsaid.
# Only 'wasm' says what it means, in both.
#
# Seen: where numbers come from, by the order of loading, the package asked and its executionProviders, in `expected`
# below. What isplit does with it: the manual (features.md) says to run the two in processes of their own.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$work" onnxruntime-node@1.30.0 \
    onnxruntime-web@1.30.0 >"$work/log" 2>&1 || { tail -3 "$work/log" >&2; exit 1; }

cat >model.py <<'PY'
"""y = x W, [4, 512] by [512, 1000]: written field by field (onnx.proto)."""
import random, struct

random.seed(1)

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

def floats(n):
    return struct.pack('<%df' % n, *(random.gauss(0, 1) for _ in range(n)))

def value(name, shape):
    return part(1, name) + part(2, part(1, whole(1, 1) + part(2, b''.join(part(1, whole(1, side)) for side in shape))))

node = part(1, 'x') + part(1, 'w') + part(2, 'y') + part(4, 'MatMul')
weights = whole(1, 512) + whole(1, 1000) + whole(2, 1) + part(8, 'w') + part(9, floats(512 * 1000))
graph = part(1, node) + part(2, 'graph') + part(5, weights) + part(11, value('x', (4, 512))) + part(12, value('y', (4, 1000)))
with open('model.onnx', 'wb') as file:
    file.write(whole(1, 7) + part(7, graph) + part(8, part(1, '') + whole(2, 13)))
with open('x', 'wb') as file:
    file.write(floats(4 * 512))
PY

cat >run.js <<'JS'
// The bits of y: node run.js PACKAGES_IN_ORDER PACKAGE PROVIDER; a hash.
const fs = require('fs'), crypto = require('crypto');
const [order, asked, provider] = process.argv.slice(2);

async function main() {
  const loaded = Object.fromEntries(order.split(',').map(name => [name, require('onnxruntime-' + name)]));
  const ort = loaded[asked], options = {intraOpNumThreads: 1, logSeverityLevel: 3};
  if (loaded.web)
    loaded.web.env.wasm.numThreads = 1;
  if (provider !== 'none')
    options.executionProviders = [provider];
  const session = await ort.InferenceSession.create(new Uint8Array(fs.readFileSync('model.onnx')), options);
  const x = new Float32Array(new Uint8Array(fs.readFileSync('x')).buffer);
  const y = (await session.run({x: new ort.Tensor('float32', x, [4, 512])})).y.data;
  console.log(crypto.createHash('sha256').update(new Uint8Array(y.buffer, y.byteOffset, y.byteLength)).digest('hex'));
}

main().catch(error => { console.error(error.message); process.exit(1); });
JS

python3 model.py
export NODE_PATH="$work/node_modules"
native=$(node run.js node node none)
web=$(node run.js web web none)
[ "$native" != "$web" ] || { echo "both builds have the same bits on this processor: nothing can be told" >&2; exit 1; }
for order in node,web web,node; do
    for asked in node web; do
        for provider in none cpu wasm; do
            case $(node run.js $order $asked $provider) in
                "$native") by='as onnxruntime-node alone' ;;
                "$web") by='as onnxruntime-web alone' ;;
                *) by='as neither' ;;
            esac
            echo "loaded $order; onnxruntime-$asked, provider $provider: $by"
        done
    done
done >seen
cat seen
cat >expected <<'TXT'
loaded node,web; onnxruntime-node, provider none: as onnxruntime-node alone
loaded node,web; onnxruntime-node, provider cpu: as onnxruntime-node alone
loaded node,web; onnxruntime-node, provider wasm: as onnxruntime-web alone
loaded node,web; onnxruntime-web, provider none: as onnxruntime-node alone
loaded node,web; onnxruntime-web, provider cpu: as onnxruntime-node alone
loaded node,web; onnxruntime-web, provider wasm: as onnxruntime-web alone
loaded web,node; onnxruntime-node, provider none: as onnxruntime-node alone
loaded web,node; onnxruntime-node, provider cpu: as onnxruntime-web alone
loaded web,node; onnxruntime-node, provider wasm: as onnxruntime-web alone
loaded web,node; onnxruntime-web, provider none: as onnxruntime-node alone
loaded web,node; onnxruntime-web, provider cpu: as onnxruntime-web alone
loaded web,node; onnxruntime-web, provider wasm: as onnxruntime-web alone
TXT
diff expected seen
echo "as described"
