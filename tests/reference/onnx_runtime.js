// What ONNX Runtime computes: node onnx_runtime.js MODEL IMAGES SIDE|SHAPE OUTPUT [LEVEL], images of three channels, or of a
// SHAPE like 1,64,8,8, and scores as float32, one after the other; LEVEL of graph optimisation: disabled (default), all.
// NODE_PATH has onnxruntime-node.
const fs = require('fs');
const ort = require('onnxruntime-node');

async function main(model, images, side, output, level = 'disabled') {
  const session = await ort.InferenceSession.create(model, {graphOptimizationLevel: level, intraOpNumThreads: 1});
  const bytes = fs.readFileSync(images);
  const pixels = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const shape = side.includes(',') ? side.split(',').map(Number) : [1, 3, Number(side), Number(side)];
  const one = shape.reduce((a, b) => a * b);
  const scores = [];
  for (let at = 0; at < pixels.length; at += one) {
    const input = new ort.Tensor('float32', pixels.slice(at, at + one), shape);
    const result = await session.run({[session.inputNames[0]]: input});
    scores.push(Buffer.from(result[session.outputNames[0]].data.slice().buffer));
  }
  fs.writeFileSync(output, Buffer.concat(scores));
}

main(...process.argv.slice(2));
