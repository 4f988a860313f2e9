#!/usr/bin/python3
"""Writes the seeds of the fuzz targets: seeds.py FOLDER makes FOLDER/TARGET/*. Those that are text and small stand in
tests/fuzz/seeds; the rest is taken from the repository, or made here."""
import gzip
import lzma
import random
import shutil
import struct
import sys
import zlib
from pathlib import Path

import numpy

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
PART = b'=====\n'
sys.path.insert(0, str(TOP / 'tests/e2e'))
LARGE = 2500  # bytes: larger files make every execution slow


def png(width, height, kind, depth=8, interlaced=0, palette=b''):
    def chunk(name, data):
        return struct.pack('>I', len(data)) + name + data + struct.pack('>I', zlib.crc32(name + data))
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    rows = b''.join(b'\2' + bytes((17 * i + y) % 256 for i in range((width * channels * depth + 7) // 8)) for y in range(2 * height))
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, depth, kind, 0, 0, interlaced)) +
            (chunk(b'PLTE', palette) if palette else b'') + chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def bmp(width, height, bits):
    row = (width * bits + 31) // 32 * 4
    colours = b'\0\1\2\0' * (1 << bits) if bits <= 8 else b''
    offset = 54 + len(colours)
    return (b'BM' + struct.pack('<IHHI', offset + row * abs(height), 0, 0, offset) +
            struct.pack('<IiiHHIIiiII', 40, width, height, 1, bits, 0, 0, 0, 0, 0, 0) + colours + bytes(row * abs(height)))


def images():
    yield from ((HERE.parent / 'unit/fixtures' / name).read_bytes()
                for name in ('cmyk.jpg', 'grey.jpg', 'grey16.png', 'noise.jpg', 'progressive.jpg'))
    yield next(iter(sorted((HERE.parent / 'samples/letters').glob('*/*.png')))).read_bytes()
    for kind, depth in ((0, 1), (0, 16), (2, 8), (4, 8), (6, 16)):
        yield png(5, 3, kind, depth)
        yield png(9, 10, kind, depth, interlaced=1)
    yield png(7, 2, 3, 4, palette=b'\0\1\2' * 16)
    for bits in (1, 4, 8, 16, 24, 32):
        yield bmp(3, 2, bits)
    yield bmp(3, -2, 24)
    yield b'P5 # x\n2 1\n255\n\x0a\xc8'
    yield b'P5 2 1 65535\n\x80\xff\x01\x02'
    yield b'P3 1 1 255 10 20 30'
    yield b'P6 1 2 100\nabcdef'


def exif():
    """A TIFF directory in both byte orders, in a JPEG and in a PNG."""
    for order, begin in (('<', b'II*\0'), ('>', b'MM\0*')):
        tiff = begin + struct.pack(order + 'IHHHIHH', 8, 1, 0x112, 3, 1, 6, 0)
        segment = b'Exif\0\0' + tiff
        yield b'\xff\xd8\xff\xe1' + struct.pack('>H', 2 + len(segment)) + segment + b'\xff\xda'
        yield b'\x89PNG\r\n\x1a\n' + struct.pack('>I', len(tiff)) + b'eXIf' + tiff + bytes(4)


def idx():
    pixels = struct.pack('>IIII', 0x803, 3, 2, 2) + bytes(range(12))
    labels = struct.pack('>II', 0x801, 3) + b'\0\1\1'
    yield pixels + PART + labels
    yield gzip.compress(pixels, mtime=0) + PART + labels
    yield gzip.compress(pixels, mtime=0) + PART + gzip.compress(labels, mtime=0)


def weights():
    floats = struct.pack('<82f', *[0.1 * i for i in range(82)])
    for header in (struct.pack('<iiiQ', 0, 2, 0, 7), struct.pack('<iiiI', 0, 1, 0, 7), struct.pack('<iiiQ', 1001, 2, 0, 7)):
        yield header + floats


def checkpoints():
    """Of the training that the harness asks for, and of another one."""
    for key in (2, 3):
        head = b'isplitCP' + struct.pack('<IIQQ16qQQ', 1, 0x01020304, 1, key, *range(16), 2, 6)
        yield head + struct.pack('<12f', *range(12)) + bytes(8)


def frames():
    """Of features: every dtype by every coder (the harness puts in the checksum), with as many codes as it asks for."""
    lzma_filter = {'id': lzma.FILTER_LZMA1, 'lc': 2, 'lp': 0, 'pb': 0, 'dict_size': 65536}
    for kind, bits in enumerate((32, 16, 8, 6, 5, 4, 3, 2)):
        numbers = 29
        codes = bytes(i % 4 for i in range(numbers * max(bits // 8, 1)))
        rows = numpy.unpackbits(numpy.frombuffer(codes, numpy.uint8).reshape(-1, 1), axis=1, bitorder='little')[:, :min(bits, 8)]
        packed = numpy.packbits(rows.ravel(), bitorder='little').tobytes() if bits < 8 else codes
        planes = b''.join(numpy.packbits(plane, bitorder='little').tobytes() for plane in rows.T)
        stored = b'\x28\xb5\x2f\xfd\x20' + bytes([len(codes)]) + struct.pack('<I', len(codes) << 3 | 1)[:3] + codes
        layouts = [packed] + [stored] + [lzma.compress(data, lzma.FORMAT_RAW, filters=[lzma_filter]) for data in (codes, planes)]
        for coder, payload in zip((0, 1, 2, 2), layouts):
            yield bytes([kind + 8 * coder, 4]) + b'ISF\1splitcsv' + struct.pack('<II', 7, len(payload)) + payload + bytes(8)


def cfgs():
    for folder in (TOP / 'cfg', Path('/usr/share/darknet/cfg')):
        for path in sorted(folder.glob('*.cfg')):
            if path.stat().st_size < LARGE:
                yield path.read_bytes()


def models():
    """ONNX: every operator, small."""
    import onnx_writer as onnx  # pylint: disable=import-outside-toplevel
    node, tensor = onnx.node, onnx.tensor

    def floats(*shape):
        return tensor_of([.25] * int(numpy.prod(shape, dtype=int)), 'float32', shape)

    def tensor_of(values, kind, shape):
        return numpy.asarray(values, kind).reshape(shape)

    def ints(name, *values):
        return tensor(name, numpy.asarray(values, 'int64'), 'packed')
    conv, kernel = node('Conv', 'x w', 'c', pads=[1, 1, 1, 1]), tensor('w', floats(2, 1, 3, 3))
    vectors = [tensor(name, floats(2)) for name in ('s', 'b', 'm', 'v')]
    ends = [node('GlobalAveragePool', 'c', 'p'), node('Flatten', 'p', 'f')]
    bodies = [
        ([node('BatchNormalization', 'c s b m v', 'n'), node('Relu', 'n', 'y')], vectors),
        ([node('Relu', 'c', 'r'), node('BatchNormalization', 'r s b m v', 'y')], vectors),
        ([*ends, node('Gemm', 'f g h', 'k', transB=1), node('Softmax', 'k', 'y')], [tensor('g', floats(3, 2)), tensor('h', floats(3), 'half')]),
        ([*ends, node('MatMul', 'f g', 'k'), node('Add', 'k h', 'y')], [tensor('g', floats(2, 3), 'half int32'), tensor('h', floats(3), 'packed')]),
        ([node('Conv', 'c u', 'd'), node('Add', 'c d', 'a'), node('Concat', 'a c', 'y', axis=1)], [tensor('u', floats(2, 2, 1, 1), 'single')]),
        ([node('Split', 'c', 'p q', axis=1), node('Slice', 'c i j k', 'r'), node('Concat', 'q r p', 'y', axis=1)],
         [ints('i', 1), ints('j', 2), ints('k', 1)]),
        ([node('GlobalAveragePool', 'c', 'p'), node('Sigmoid', 'p', 'q'), node('Mul', 'c q', 'y')], []),
        ([node('Sigmoid', 'c', 'q'), node('Mul', 'c q', 'y')], []),
        ([node('Softplus', 'c', 'q'), node('Tanh', 'q', 't'), node('Mul', 'c t', 'y')], []),
        ([node('Add', 'c k', 'q'), node('Clip', 'q', 'r', min=0., max=6.), node('Mul', 'c r', 't'), node('Div', 't l', 'y')],
         [tensor('k', numpy.float32(3)), tensor('l', numpy.float32(6))]),
        ([node('MaxPool', 'c', 'q', kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1), node('AveragePool', 'q', 'y', kernel_shape=[2, 2])], []),
        ([node('Pad', 'c q', 'z'), node('Conv', 'z u', 'y')], [ints('q', 0, 0, 1, 1, 0, 0, 1, 1), tensor('u', floats(2, 2, 3, 3))]),
        ([node('Shape', 'c', 'q'), node('Gather', 'q i', 'g'), node('Unsqueeze', 'g', 'h', axes=[0]), node('Concat', 'h j', 't', axis=0),
          node('Reshape', 'c t', 'y')], [ints('i', 0), ints('j', -1)]),
        ([node('Shape', 'c', 'q'), node('Slice', 'q i j', 'h'), node('Cast', 'h', 'g', to=1), node('Mul', 'g k', 't'), node('Floor', 't', 'r'),
          node('Cast', 'r', 'o', to=7), node('Concat', 'n o', 'z', axis=0), node('Resize', 'c - - z', 'y', mode='nearest')],
         [ints('i', 2), ints('j', 4), ints('n', 1, 2), tensor('k', numpy.float32(2))]),
        ([node('ReduceMean', 'c', 'p', axes=[2, 3], keepdims=0), node('Transpose', 'g', 'h', perm=[1, 0]), node('MatMul', 'p h', 'y')],
         [onnx.external('g', (3, 2), 'data', offset=4, length=24)]),
        ([node('Constant', '', 'k', value=tensor('', numpy.float32(2))), node('Mul', 'c k', 'q'), node('Dropout', 'q', 'd'), node('Elu', 'd', 'y')], []),
    ]
    for body, tensors in bodies:
        yield onnx.model([conv, *body], [kernel, *tensors], shape=('n', 1, 4, 4), opset=11)
    yield onnx.model([node('Sub', 'x k', 'q'), node('Transpose', 'q', 'z', perm=[0, 3, 1, 2]), node('Conv', 'z w', 'y')],
                     [kernel, tensor('k', numpy.float32(.5))], shape=(1, 4, 4, 1))


def dialogue(name):
    """All of it, and each line."""
    text = (HERE / 'seeds' / name / 'all').read_bytes()
    yield text
    yield from text.splitlines(keepends=True)


def sessions():
    """The conversation up to each request, as most inputs then take little time."""
    lines = (HERE / 'seeds/session/all').read_bytes().splitlines(keepends=True)
    for last in lines[2:]:
        yield b''.join(lines[1:3]) + last


def damages():
    """Of a store: every entry of every table in turn, and bytes anywhere."""
    chance = random.Random(1)
    for table in range(14):
        for column in range(10):
            yield bytes([chance.randrange(4), table, column, chance.randrange(8), chance.randrange(256)])
    for _ in range(40):
        yield bytes([chance.choice((0xc0, 0xc0, 0xff)), chance.randrange(3)] + [chance.randrange(256) for _ in range(3)])


MADE = {
    'cfg': cfgs,
    'checkpoint': checkpoints,
    'frame': frames,
    'weights': weights,
    'image': lambda: (bytes([7 + 8 * i]) + image for i, image in enumerate(images())),
    'exif': exif,
    'idx': idx,
    'onnx': models,
    'session': sessions,
    'worker': lambda: dialogue('session'),
    'front': lambda: dialogue('connection'),
    'heatmap': lambda: (line for name in ('session', 'connection') for line in dialogue(name) if b'"heatmap"' in line[:20]),
    'store': damages,
}


def main():
    folder = Path(sys.argv[1])
    for target in sorted({path.stem[5:] for path in HERE.glob('fuzz_*.c')}):
        (folder / target).mkdir(parents=True, exist_ok=True)
        for path in sorted((HERE / 'seeds' / target).glob('*')):
            shutil.copy(path, folder / target / path.name)
        for number, seed in enumerate(MADE[target]() if target in MADE else ()):
            (folder / target / f'made-{number}').write_bytes(seed)


if __name__ == '__main__':
    main()
