#!/bin/sh
# jpeg-js decodes ordinary JPEG to other pixels: colours in steps of two pixels, up to some 90 levels away.
#
# Expected: decoders of JPEG agree within a few levels, as stb_image, Pillow, OpenCV and libjpeg-turbo do (3 at the most), so
# a network that was measured on pictures decoded by one of these sees the same on a device that runs JavaScript.
# Found (jpeg-js 0.4.4; sharp 0.33.5, which has libjpeg-turbo): where colours have every pixel (4:4:4), the two are within
# 3 levels. Where they have every second pixel each way (4:2:0, which cameras and most data sets have), jpeg-js repeats
# each colour four times and the others blend neighbours: 30 % of the bytes of a colourful picture are more than 3 levels
# away.
#
# Seen: mean and largest difference on a picture made here, in `expected` below. On 1,000 JPEG of Tiny-ImageNet (64x64, nearly
# all 4:2:0, enlarged to 224x224) the mean is 1.5 levels; Tiny Darknet's answer changes for 128 of them, its accuracy from
# 13.0 to 13.4 %, and the importance of single layers by up to 6 %. What isplit does with it: the manual (data.md) says to
# decode the images of a data set by the device's decoder where it is another one, and to measure what comes out.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$work" jpeg-js@0.4.4 sharp@0.33.5 >"$work/log" 2>&1 ||
    { tail -3 "$work/log" >&2; exit 1; }

cat >compare.js <<'JS'
const jpeg = require('jpeg-js'), sharp = require('sharp');
const SIDE = 256;

// Waves of red and green, and a chessboard of blue.
function picture() {
  const pixels = Buffer.alloc(3 * SIDE * SIDE);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++)
      pixels.set([128 + 100 * Math.sin(x / 9) * Math.cos(y / 13), 128 + 100 * Math.sin((x + y) / 17),
                  255 * (((x >> 4) + (y >> 4)) & 1)].map(Math.round), 3 * (y * SIDE + x));
  return pixels;
}

async function main() {
  for (const chromaSubsampling of ['4:4:4', '4:2:0']) {
    const file = await sharp(picture(), {raw: {width: SIDE, height: SIDE, channels: 3}}).jpeg({quality: 90, chromaSubsampling}).toBuffer();
    const turbo = await sharp(file).raw().toBuffer();
    const other = jpeg.decode(file, {useTArray: true, formatAsRGBA: false}).data;
    const apart = Array.from(turbo, (level, i) => Math.abs(level - other[i]));
    const share = apart.filter(levels => levels > 3).length / apart.length;
    console.log(`${chromaSubsampling}: mean ${(apart.reduce((a, b) => a + b) / apart.length).toFixed(1)}, ` +
                `largest ${apart.reduce((a, b) => Math.max(a, b))}, more than 3 levels: ${(100 * share).toFixed(0)} %`);
  }
}

main().catch(error => { console.error(error.message); process.exit(1); });
JS
NODE_PATH=$work/node_modules node compare.js >seen 2>"$work/log" || { tail -3 "$work/log" >&2; exit 1; }
cat seen
cat >expected <<'TXT'
4:4:4: mean 0.5, largest 3, more than 3 levels: 0 %
4:2:0: mean 6.5, largest 87, more than 3 levels: 30 %
TXT
diff expected seen
echo "as described"
