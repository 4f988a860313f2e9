#!/bin/sh
# ONNX's own converter to a newer opset moves what Upsample and Resize read, and says nothing.
#
# Expected: onnx.version_converter raises a model to another opset so that it computes the same: it does so where the
# meaning changed with the opset (it puts Flatten and Reshape around a Softmax, whose axis means another thing from 13 on).
# Found (Debian 12: python3-onnx 1.12.0-2+b4; both models run by onnxruntime-node 1.30.0): up to opset 10 Upsample and
# Resize read at x / scale. From 11 on an attribute says where, and its default is (x + 0.5) / scale - 0.5. The converter
# adds none: a map enlarged linearly, as in the decoder behind a bottleneck or in a network for segmentation, is another
# one, and so is one made smaller by nearest neighbours. Only enlarging by nearest neighbours and halving are spared.
# Halves of the converted model read as its whole does, so that comparing these does not show it.
#
# Seen: largest difference between the model and the converted one, of numbers from 0 to 1, in `expected` below.
# What isplit does with it: isplit split --onnx writes opset 9 with nearest neighbours by whole numbers alone, which the
# converter spares; isplit import refuses linear ones. The manual (split.md) says so.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# The package with all it needs, as for an empty system, unpacked into a folder.
mkdir -p archives/partial root
: >status
apt-get -qq install -y --no-install-recommends --download-only -o Dir::State::status="$work/status" \
    -o Dir::Cache::archives="$work/archives" python3-onnx=1.12.0-2+b4 >log 2>&1 || { tail -3 log >&2; exit 1; }
for package in archives/*.deb; do
    case ${package##*/} in libc6_* | libc-bin_*) ;; *) dpkg -x "$package" root ;; esac
done
libs=$(find "$work/root" -name '*.so*' -printf '%h\n' | sort -u | grep -E '/lib/[^/]*$|/(blas|lapack)$' | tr '\n' ':')
npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$work" onnxruntime-node@1.30.0 >log 2>&1 ||
    { tail -3 log >&2; exit 1; }

cat >convert.py <<'PY'
"""One operator each, at its own opset and converted to 13."""
import numpy, onnx
from onnx import TensorProto, helper, numpy_helper, version_converter

SIDE = 8

def write(name, opset, node, scale):
    side = int(SIDE * scale)
    scales = numpy_helper.from_array(numpy.float32([1, 1, scale, scale]), 'scales')
    # The converter wants constants among the inputs.
    inputs = [helper.make_tensor_value_info('x', TensorProto.FLOAT, [1, 2, SIDE, SIDE]),
              helper.make_tensor_value_info('scales', TensorProto.FLOAT, [4])]
    graph = helper.make_graph([node], 'graph', inputs[:len(node.input)],
                              [helper.make_tensor_value_info('y', TensorProto.FLOAT, [1, 2, side, side])],
                              [scales][:len(node.input) - 1])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', opset)])
    model.ir_version = 7
    for suffix, one in (('', model), (' at 13', version_converter.convert_version(model, 13))):
        onnx.checker.check_model(one)
        onnx.save(one, name + suffix + '.onnx')

write('Softmax 9 of channels', 9, helper.make_node('Softmax', ['x'], ['y'], axis=1), 1)
for operator, opset, mode, scale in (('Upsample', 9, 'nearest', 2), ('Upsample', 9, 'linear', 2), ('Upsample', 9, 'linear', 4),
                                     ('Resize', 10, 'nearest', 2), ('Resize', 10, 'linear', 2), ('Resize', 10, 'nearest', .5),
                                     ('Resize', 10, 'nearest', .25)):
    node = helper.make_node(operator, ['x', 'scales'], ['y'], mode=mode)
    write('%s %d %s by %g' % (operator, opset, mode, scale), opset, node, scale)
PY

cat >compare.js <<'JS'
const fs = require('fs'), ort = require('onnxruntime-node');

async function run(name) {
  const session = await ort.InferenceSession.create(name, {intraOpNumThreads: 1, logSeverityLevel: 3});
  const x = Float32Array.from({length: 128}, (_, i) => i * 37 % 101 / 100);
  return (await session.run({x: new ort.Tensor('float32', x, [1, 2, 8, 8])})).y.data;
}

async function main() {
  for (const file of fs.readdirSync('.').filter(name => name.endsWith(' at 13.onnx')).sort()) {
    const before = await run(file.replace(' at 13', '')), after = await run(file);
    const most = Math.max(...before.map((v, i) => Math.abs(v - after[i])));
    console.log(`${file.replace(' at 13.onnx', '')}: ${most.toFixed(2)}`);
  }
}

main().catch(error => { console.error(error.message); process.exit(1); });
JS
LD_LIBRARY_PATH=$libs PYTHONHOME=$work/root/usr PYTHONPATH=$work/root/usr/lib/python3/dist-packages \
    root/usr/bin/python3.11 convert.py
NODE_PATH=$work/node_modules node compare.js >seen
cat seen
cat >expected <<'TXT'
Resize 10 linear by 2: 0.26
Resize 10 nearest by 0.25: 0.71
Resize 10 nearest by 0.5: 0.00
Resize 10 nearest by 2: 0.00
Softmax 9 of channels: 0.00
Upsample 9 linear by 2: 0.26
Upsample 9 linear by 4: 0.35
Upsample 9 nearest by 2: 0.00
TXT
diff expected seen
echo "as described"
