// What ONNX Runtime computes: node onnx_runtime.js MODEL IMAGES SIDE OUTPUT, images and scores as float32, one after the
// other. NODE_PATH has onnxruntime-node.
const fs = require('fs');
const ort = require('onnxruntime-node');

async function main(model, images, side, output) {
  const session = await ort.InferenceSession.create(model, {graphOptimizationLevel: 'disabled', intraOpNumThreads: 1});
  const bytes = fs.readFileSync(images);
  const pixels = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const one = 3 * side * side;
  const scores = [];
  for (let at = 0; at < pixels.length; at += one) {
    const input = new ort.Tensor('float32', pixels.slice(at, at + one), [1, 3, side, side]);
    const result = await session.run({[session.inputNames[0]]: input});
    scores.push(Buffer.from(result[session.outputNames[0]].data.slice().buffer));
  }
  fs.writeFileSync(output, Buffer.concat(scores));
}

main(process.argv[2], process.argv[3], Number(process.argv[4]), process.argv[5]);
