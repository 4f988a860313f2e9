#!/usr/bin/python3
"""What `isplit features` says against NumPy, PyTorch, the zstd command and Python's lzma: how numbers become bytes and come back; and
on whole networks what each cut sends, how large the coders make it, and how often the tail answers as before.

    test_features.py [unittest options]      after `make`; ISPLIT names another program than ./isplit
"""
import ctypes
import lzma
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import numpy

import program
from compare import read_all_pixels
from darknet_torch import Trace, load
from fixtures import BLOCK_OUTPUTS, TWO_BLOCKS
from importance import score_layer
from random_nets import write_case, write_weights
from torch_setup import torch

TOP = os.path.join(HERE, '..', '..')
LETTERS = os.path.join(TOP, 'tests/samples/letters')
BITS = {'int8': 8, 'int6': 6, 'int5': 5, 'int4': 4, 'int3': 3, 'int2': 2}
TYPES = ('f32', 'f16', *BITS)  # enum dtype
F16, INT8 = 1, 2
NONE, ZSTD, LZMA = 0, 1, 2  # enum coder
PACK_BITS, PACK_BYTES, PACK_PLANES = 0, 1, 2  # enum packing
LAYOUTS = {('int6', 'zstd'): 'bytes', ('int5', 'zstd'): 'bytes', ('int3', 'zstd'): 'bytes',  # else bits; tui/manual/payload.md
           ('int6', 'lzma'): 'bytes', ('int5', 'lzma'): 'bytes', ('int3', 'lzma'): 'planes', ('int2', 'lzma'): 'planes'}
FRAME = 28  # bytes beside the payload
LZMA_FILTER = {'id': lzma.FILTER_LZMA1, 'lc': 2, 'lp': 0, 'pb': 0, 'dict_size': 65536}

work = None


def setUpModule():
    global work
    work = tempfile.TemporaryDirectory()


def tearDownModule():
    work.cleanup()


# ---- Numbers ----------------------------------------------------------------------------------------------------


class Affine(ctypes.Structure):
    _fields_ = [('scale', ctypes.c_float), ('zero', ctypes.c_int)]


def build_encoder():
    path = os.path.join(work.name, 'encode.so')
    # What a device needs: these files, and base.
    files = ['features/encode.c', 'features/packing.c', 'features/coder.c', 'features/dtype.c', 'base/error.c', 'base/memory.c', 'base/text.c']
    subprocess.run(['gcc', '-std=c17', '-D_GNU_SOURCE', '-O2', '-ffp-contract=off', '-shared', '-fPIC', '-I' + os.path.join(TOP, 'engine'),
                    *(os.path.join(TOP, 'engine', name) for name in files), '-o', path, '-lm', '-lzstd', '-llzma'], check=True)
    library = ctypes.CDLL(path)
    library.encode_affine_of.restype = Affine
    library.encode_affine_of.argtypes = [ctypes.c_int, ctypes.c_float, ctypes.c_float]
    library.encode_numbers.restype = ctypes.c_size_t
    library.packing_bytes.restype = library.coder_room.restype = ctypes.c_size_t
    library.coder_new.restype = ctypes.c_void_p
    return library


def affine_of(low, high, bits=8):
    """Jacob et al. 2018, with the range widened to hold 0: (scale, zero point)."""
    low, high = min(low, 0), max(high, 0)
    scale = numpy.float32((float(high) - float(low)) / (2 ** bits - 1))
    if scale < numpy.finfo(numpy.float32).tiny:
        scale = numpy.float32(1)
    return scale, int(numpy.rint(-float(low) / float(scale)))


def quantise(x, scale, zero, bits=8):
    """(codes, numbers out of range)"""
    top = 2 ** bits - 1
    q = numpy.rint(x.astype(numpy.float32) / scale).astype(numpy.float64) + zero
    return q.clip(0, top).astype(numpy.uint8), int(((q < 0) | (q > top)).sum())


BEYOND = {4: 1, 3: 10, 2: 10}  # of a thousand numbers, at each end


def clipped_range(x, beyond):
    """Up to where so many of a thousand numbers lie beyond, counted by their upper 16 bits."""
    upper = (numpy.sort(x.ravel()).view(numpy.uint32) | 0xffff).view(numpy.float32)
    beyond = x.size * beyond // 1000
    return max(upper[beyond], x.min()), min(upper[-1 - beyond], x.max())


def range_of(x, bits):
    return clipped_range(x, BEYOND[bits]) if bits in BEYOND else (x.min(), x.max())


def packed(codes, bits):
    """The lowest bits of each code, in one row."""
    rows = numpy.unpackbits(codes.reshape(-1, 1), axis=1, bitorder='little')[:, :bits]
    return numpy.packbits(rows.ravel(), bitorder='little')


def planes(codes, bits):
    rows = numpy.unpackbits(codes.reshape(-1, 1), axis=1, bitorder='little')[:, :bits]
    return numpy.concatenate([numpy.packbits(plane, bitorder='little') for plane in rows.T])


def lzma_decoded(data, size):
    """Raw LZMA without an end marker: the decoder is told how much comes out."""
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[LZMA_FILTER]).decompress(data, size)


def dequantise(q, scale, zero):
    return scale * (q.astype(numpy.float32) - numpy.float32(zero))


@unittest.skipUnless(sys.byteorder == 'little', 'the machine is not little endian')
class NumbersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.library = build_encoder()

    def encode(self, kind, x, affine=None):
        """(array of what was encoded, clipped)"""
        x = numpy.ascontiguousarray(x, numpy.float32)
        out = numpy.empty(x.size, numpy.uint16 if kind == F16 else numpy.uint8)
        clipped = self.library.encode_numbers(kind, ctypes.byref(affine) if affine else None, x.ctypes.data_as(ctypes.c_void_p),
                                              ctypes.c_size_t(x.size), out.ctypes.data_as(ctypes.c_void_p))
        return out, clipped

    def decode(self, kind, encoded, affine=None):
        out = numpy.empty(encoded.size, numpy.float32)
        self.library.encode_back(kind, ctypes.byref(affine) if affine else None, encoded.ctypes.data_as(ctypes.c_void_p),
                                 ctypes.c_size_t(encoded.size), out.ctypes.data_as(ctypes.c_void_p))
        return out

    def check_halves(self, x):
        """As NumPy, but that what is too large becomes the largest number, not an infinity."""
        x = numpy.asarray(x, numpy.float32)
        with numpy.errstate(over='ignore'):
            expected = x.clip(-65504, 65504).astype(numpy.float16).view(numpy.uint16)
        got, clipped = self.encode(F16, x)
        numpy.testing.assert_array_equal(got, expected)
        self.assertEqual(clipped, (abs(x) > 65504).sum())

    def test_every_half(self):
        bits = numpy.arange(65536, dtype=numpy.uint16)
        halves = bits.view(numpy.float16)
        wide = self.decode(F16, bits)
        numpy.testing.assert_array_equal(wide, halves.astype(numpy.float32))
        nan = numpy.isnan(halves)
        self.assertTrue(numpy.isnan(self.decode(F16, self.encode(F16, wide[nan])[0])).all())
        self.check_halves(wide[~nan])

    def test_ties_and_their_neighbours(self):
        halves = numpy.arange(0x7c00, dtype=numpy.uint16).view(numpy.float16).astype(numpy.float32)
        middles = (halves[:-1] + halves[1:]) / 2
        for x in (middles, numpy.nextafter(middles, numpy.float32(0)), numpy.nextafter(middles, numpy.float32('inf'))):
            self.check_halves(x)
            self.check_halves(-x)

    def test_floats_of_every_size(self):
        bits = numpy.random.default_rng(1).integers(0, 2 ** 32, 2_000_000, dtype=numpy.uint32)
        x = bits.view(numpy.float32)
        self.check_halves(x[~numpy.isnan(x)])

    def test_affine(self):
        random = numpy.random.default_rng(2)
        for i in range(200):
            kind = TYPES[i % 6 + 2]
            bits, number = BITS[kind], TYPES.index(kind)
            low, high = sorted(random.normal(0, 10 ** random.uniform(-6, 6), 2).astype(numpy.float32))
            scale, zero = affine_of(low, high, bits)
            got = self.library.encode_affine_of(number, low, high)
            self.assertEqual((got.scale, got.zero), (scale, zero))
            x = random.normal((low + high) / 2, high - low, 3001).astype(numpy.float32)
            expected, outside = quantise(x, scale, zero, bits)
            encoded, clipped = self.encode(number, x, got)
            numpy.testing.assert_array_equal(encoded, expected)
            self.assertEqual(clipped, outside)
            numpy.testing.assert_array_equal(self.decode(number, encoded, got), dequantise(encoded, scale, zero))


    def test_packings(self):
        """As NumPy packs bits, of every dtype, whatever the rest."""
        random = numpy.random.default_rng(3)
        for kind, bits in BITS.items():
            for n in (1, 7, 8, 1001):
                codes = random.integers(0, 2 ** bits, n, dtype=numpy.uint8)
                for packing, expected in ((PACK_BITS, packed(codes, bits)), (PACK_BYTES, codes),
                                          (PACK_PLANES, planes(codes, bits) if bits < 8 else codes)):
                    number = TYPES.index(kind)
                    size = self.library.packing_bytes(packing, number, ctypes.c_size_t(n))
                    out, back = numpy.empty(size, numpy.uint8), numpy.empty(n, numpy.uint8)
                    self.library.packing_put(packing, number, codes.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(n),
                                             out.ctypes.data_as(ctypes.c_void_p))
                    numpy.testing.assert_array_equal(out, expected)
                    self.assertEqual(self.library.packing_get(packing, number, out.ctypes.data_as(ctypes.c_void_p),
                                                              ctypes.c_size_t(n), back.ctypes.data_as(ctypes.c_void_p)), 0)
                    numpy.testing.assert_array_equal(back, codes)

    def coded(self, coder, data, level=3):
        error = ctypes.create_string_buffer(4096)
        own = ctypes.c_void_p(self.library.coder_new(coder, level, error))
        out = ctypes.create_string_buffer(self.library.coder_room(ctypes.c_size_t(len(data))))
        size = ctypes.c_size_t()
        self.assertEqual(self.library.coder_encode(own, data, ctypes.c_size_t(len(data)), out, ctypes.byref(size), error), 0)
        self.library.coder_free(own)
        return out.raw[:size.value]

    def test_coders(self):
        """What they make is read by others."""
        random = numpy.random.default_rng(4)
        for n in (1, 100, 300_000):
            data = bytes(random.integers(0, 16, n, dtype=numpy.uint8))
            self.assertEqual(self.coded(NONE, data), data)
            self.assertEqual(lzma_decoded(self.coded(LZMA, data), n), data)
            if shutil.which('zstd'):
                out = subprocess.run(['zstd', '-dc'], input=self.coded(ZSTD, data, 11), capture_output=True, check=True).stdout
                self.assertEqual(out, data)


# ---- Whole networks ---------------------------------------------------------------------------------------------


def tail(net, layer, tensor):
    """The classes that win when the layers behind `layer` are given this as its output."""
    trace = Trace([None] * (layer + 1), [None] * layer + [tensor])
    for later in net.layers[layer + 1:]:
        net.step(later, None, trace)
    last, score_tap = score_layer(net)
    return getattr(trace, score_tap)[last].flatten(1).argmax(1).numpy()


def zstd_mean(arrays):
    """Mean size of each array's bytes as one frame of the zstd command, level 11."""
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, str(i)) for i in range(len(arrays))]
        for name, array in zip(names, arrays):
            array.tofile(name)
        subprocess.run(['zstd', '-q', '-11', '--single-thread', '--no-check', *names], check=True)
        return numpy.mean([os.path.getsize(name + '.zst') for name in names])


def lzma_mean(arrays):
    """The same of raw LZMA by Python's module, whose end marker takes 5 or 6 bytes."""
    sizes = [len(lzma.compress(array.tobytes(), lzma.FORMAT_RAW, filters=[LZMA_FILTER])) for array in arrays]
    return numpy.mean(sizes) - 5.5


class WholeTest(unittest.TestCase):
    """float32 in both programs: no byte is the same for sure, but nearly all of them."""

    def measure(self, cfg, weights, data, calibrate, images=1000):
        out = os.path.join(work.name, 'features.csv')
        program.isplit('features', cfg, weights, '-d', data, '--exact', '--no-jpeg', '--calibrate', str(calibrate), '-n', str(images),
                       '--sample', str(images), '-o', out)
        order = program.curve(cfg, weights, data, '-n', str(calibrate + images)).images
        self.images = order
        self.calibrate = calibrate
        self.net = load(cfg, weights, torch.float32)
        with torch.no_grad():
            pixels = torch.from_numpy(read_all_pixels(data, order.paths, self.net.input_shape))
            self.trace = self.net.forward(pixels)
            last, score_tap = score_layer(self.net)
            self.top = getattr(self.trace, score_tap)[last].flatten(1).argmax(1).numpy()[calibrate:]
        self.labels = order.class_index[calibrate:]
        self.codes = {}  # (layer, type) -> the codes of each image
        self.sent = {}  # (layer, type) -> what crosses the cut for each image
        return {(int(row['layer']), row['dtype'], row['coder']): row for row in program.read_table(program.open_bytes(out))}

    def check_answers(self, row, layer, arrived, slack):
        with torch.no_grad():
            top = tail(self.net, layer, torch.from_numpy(arrived))
        n = len(top)
        self.assertEqual(int(row['images']), n)
        for column, share in (('accuracy', (top == self.labels).mean()), ('agreement', (top == self.top).mean())):
            self.assertLessEqual(abs(float(row[column]) - share), slack / n + 1e-9, (layer, row['dtype'], column))
        return float(row['agreement'])

    def check_integers(self, rows, layer, kind, first, rest):
        """(what is sent, what arrives)"""
        bits = BITS[kind]
        scale, zero = affine_of(*range_of(first, bits), bits)
        row = rows[layer, kind, 'none']
        self.assertAlmostEqual(float(row['scale']) / scale, 1, delta=1e-4 if bits > 4 else 1e-2)
        self.assertLessEqual(abs(int(row['zero_point']) - zero), 1)
        scale = numpy.float32(row['scale'])  # a count of bfloat16 may be one off: then all that follows is
        codes, clipped = quantise(rest, scale, zero, bits)
        self.assertAlmostEqual(float(row['clipped']), clipped / rest.size, delta=1e-3 * clipped / rest.size + 2 / rest.size)
        self.codes[layer, kind] = codes
        return [packed(image, bits) for image in codes], dequantise(codes, scale, zero)

    def check_cut(self, rows, layer, slack=1):
        """Returns the agreement of int8."""
        tensor = self.trace.post[layer].numpy()
        first, rest = tensor[:self.calibrate], tensor[self.calibrate:]
        sent = {'f32': rest, 'f16': rest.astype(numpy.float16)}
        arrived = {'f32': rest, 'f16': sent['f16'].astype(numpy.float32)}
        for kind in BITS:
            sent[kind], arrived[kind] = self.check_integers(rows, layer, kind, first, rest)
        agreements = {}
        for kind in TYPES:
            row = rows[layer, kind, 'none']
            self.assertEqual((int(row['bytes']), float(row['coded_bytes'])), 2 * (sent[kind][0].nbytes + FRAME,))
            agreements[kind] = self.check_answers(row, layer, arrived[kind], slack)
            self.sent[layer, kind] = sent[kind]
        return agreements['int8']

    def check_demo(self, name, layers, calibrate):
        rows = self.measure(os.path.join(TOP, 'cfg/letters-%s.cfg' % name), os.path.join(TOP, 'weights/letters-%s.weights' % name),
                            LETTERS, calibrate, 8)
        for layer in layers:
            self.check_cut(rows, layer)
        with self.subTest('sizes'):
            self.check_sizes(rows, layers)

    @staticmethod
    def coded(rows, key, coder, tensors):
        """The first tensors, of which the sizes are."""
        return tensors[:int(rows[(*key, coder)]['coded_images'])]

    def check_sizes(self, rows, layers):
        self.assertEqual(set(self.sent), {(layer, kind) for layer in layers for kind in TYPES})
        for key, tensors in self.sent.items():
            for coder, mean in (('zstd', zstd_mean), ('lzma', lzma_mean)):
                layout = LAYOUTS.get((key[1], coder))
                if layout == 'bytes':
                    tensors = self.codes[key]
                elif layout == 'planes':
                    tensors = [planes(image, BITS[key[1]]) for image in self.codes[key]]
                if coder != 'zstd' or shutil.which('zstd'):
                    size = float(rows[(*key, coder)]['coded_bytes']) - FRAME
                    self.assertAlmostEqual(size / mean(self.coded(rows, key, coder, tensors)), 1, delta=.01, msg=(key, coder))

    def test_vgg16(self):
        self.check_demo('vgg16', (0, 8, 17), 12)

    def test_resnet50(self):
        self.check_demo('resnet50', (15, 76), 12)

    def test_answers_that_change(self):
        """Scores that are 0 on average, so that every image has another answer, and few bytes' values in use: one channel
        has many times the range of the others."""
        case = write_case(os.path.join(work.name, 'blocks'), TWO_BLOCKS % 40, 40, 3, 7)
        for name in ('weights', 'biases'):
            case.net.layers[0].values[name][0] *= 100
        case.net.layers[1].values['weights'][:, 0] /= 100
        paths = [os.path.join(folder, name) for folder in os.listdir(case.data)
                 for name in os.listdir(os.path.join(case.data, folder))]
        pixels = torch.from_numpy(read_all_pixels(case.data, paths, case.net.input_shape)).double()
        connected = case.net.layers[-2].values
        average = case.net.forward(pixels).post[-3].flatten(1).mean(0)
        connected['biases'] = -connected['weights'] @ average
        write_weights(case.net, case.weights)
        rows = self.measure(case.cfg, case.weights, case.data, 1)
        agreements = [self.check_cut(rows, layer) for layer in BLOCK_OUTPUTS]
        self.assertLess(min(agreements), .9)
        with self.subTest('sizes'):
            self.check_sizes(rows, BLOCK_OUTPUTS)


if __name__ == '__main__':
    unittest.main()
