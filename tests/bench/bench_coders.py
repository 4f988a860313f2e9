#!/usr/bin/python3
"""Which layout and level a coder gets, and where the range of few bits ends: the tables of tui/manual/features.md.

    tests/bench/bench_coders.py layouts|levels|ranges CFG WEIGHTS DATA [--images N] [--cuts N] [--calibrate N]

layouts   for each dtype below 8 bits: bytes with each layout and coder over those of the packed bits with zstd 3, geometric
          mean over the cuts
levels    for each dtype: bytes with zstd of each level over those of level 3, and processor time of coding one image,
          with the layout that the program takes; cuts of less than 16 KB as int8 and the others
ranges    for 4, 3 and 2 bits: the share of the images whose answer stays the same, mean over the cuts, where the range is
          cut so that this percentage of the calibration images' numbers is within each end

The tensors come from PyTorch (tests/reference), of every --cuts-th clean cut of the backbone; layouts and coders are
isplit's own.
"""
import argparse
import csv
import ctypes
import itertools
import os
import subprocess
import sys
import tempfile
import time

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
sys.path.insert(0, os.path.join(TOP, 'tests', 'reference'))
import numpy

import test_features as reference
from darknet_torch import load
from importance import score_layer
from torch_setup import torch

LAYOUTS = {'packed': 0, 'a byte each': 1, 'planes': 2}
LEVELS = (1, 2, 3, 5, 7, 9, 11, 13, 15, 19)
PERCENTAGES = (100, 99.99, 99.9, 99.8, 99.5, 99, 98, 96)
SMALL = 16384


class Codes:
    """isplit's own layouts and coders."""

    def __init__(self):
        reference.setUpModule()
        self.library = reference.build_encoder()
        self.error = ctypes.create_string_buffer(4096)
        self.library.packing_of.restype = ctypes.c_int

    def packed(self, codes, kind, layout):
        number = reference.TYPES.index(kind)
        n = ctypes.c_size_t(codes.size)
        out = numpy.empty(self.library.packing_bytes(layout, number, n), numpy.uint8)
        self.library.packing_put(layout, number, codes.ctypes.data_as(ctypes.c_void_p), n, out.ctypes.data_as(ctypes.c_void_p))
        return out

    def coder(self, kind, level):
        return ctypes.c_void_p(self.library.coder_new(kind, level, self.error))

    def size(self, coder, data):
        room = ctypes.create_string_buffer(self.library.coder_room(ctypes.c_size_t(data.size)))
        size = ctypes.c_size_t()
        if self.library.coder_encode(coder, data.ctypes.data_as(ctypes.c_void_p), ctypes.c_size_t(data.size), room,
                                     ctypes.byref(size), self.error):
            sys.exit('bench_coders: ' + self.error.value.decode())
        return size.value


class Tensors:
    """What the cuts send: [images][numbers] of each layer; the first ones calibrate."""

    def __init__(self, o):
        listed = subprocess.run([os.path.join(TOP, 'isplit'), 'layers', o.cfg], check=True, capture_output=True, text=True).stdout
        self.cuts = [int(row['layer']) for row in csv.DictReader(listed.splitlines())][::o.cuts]
        self.net = load(o.cfg, o.weights, torch.float32)
        order = reference.program.curve(o.cfg, o.weights, o.data, '-n', str(o.images), *(['--labels', o.labels] if o.labels else [])).images
        pixels = torch.from_numpy(reference.read_all_pixels(o.data, order.paths, self.net.input_shape))
        self.calibrate = o.calibrate
        with torch.no_grad():
            trace = self.net.forward(pixels)
        last, tap = score_layer(self.net)
        self.top = getattr(trace, tap)[last].flatten(1).argmax(1).numpy()[o.calibrate:]
        self.sent = {layer: trace.post[layer].numpy() for layer in self.cuts}

    def codes(self, layer, kind):
        """[images][numbers] of an integer type, by the program's own rule."""
        first, rest = self.sent[layer][:self.calibrate], self.sent[layer][self.calibrate:]
        bits = reference.BITS[kind]
        codes = reference.quantise(rest, *reference.affine_of(*reference.range_of(first, bits), bits), bits)[0]
        return codes.reshape(len(codes), -1)


def mean_ratio(sizes, base):
    return numpy.exp(numpy.mean([numpy.log(a / b) for a, b in zip(sizes, base)]))


def layouts(own, tensors):
    coders = {'zstd %d' % level: own.coder(reference.ZSTD, level) for level in (1, 3, 11, 19)}
    coders['lzma'] = own.coder(reference.LZMA, 0)
    print('| dtype | layout | none | ' + ' | '.join(coders) + ' |\n|---|---|---|' + '---|' * len(coders))
    for kind in list(reference.BITS)[1:]:
        sizes = {}
        for layer in tensors.cuts:
            codes = tensors.codes(layer, kind)
            for name, layout in LAYOUTS.items():
                laid = [own.packed(image, kind, layout) for image in codes]
                sizes.setdefault((name, 'none'), []).append(numpy.mean([len(image) for image in laid]))
                for word, coder in coders.items():
                    sizes.setdefault((name, word), []).append(numpy.mean([own.size(coder, image) for image in laid]))
        for name in LAYOUTS:
            ratios = [mean_ratio(sizes[name, word], sizes['packed', 'zstd 3']) for word in ('none', *coders)]
            print('| %s | %s | ' % (kind, name) + ' | '.join('%.3f' % ratio for ratio in ratios) + ' |', flush=True)


def levels(own, tensors):
    coders = {'%d' % level: own.coder(reference.ZSTD, level) for level in LEVELS}
    coders['lzma'] = own.coder(reference.LZMA, 0)
    print('| dtype | cuts | ' + ' | '.join(coders) + ' |\n|---|---|' + '---|' * len(coders))
    for kind, small in itertools.product(reference.BITS, (True, False)):
        cuts = [layer for layer in tensors.cuts if (tensors.sent[layer][0].size < SMALL) == small]
        sizes, times = {word: [] for word in coders}, {word: 0 for word in coders}
        for layer, (word, coder) in itertools.product(cuts, coders.items()):
            number = reference.TYPES.index(kind)
            layout = own.library.packing_of(number, reference.LZMA if word == 'lzma' else reference.ZSTD)
            laid = [own.packed(image, kind, layout) for image in tensors.codes(layer, kind)]
            begin = time.thread_time()
            sizes[word].append(numpy.mean([own.size(coder, image) for image in laid]))
            times[word] += (time.thread_time() - begin) / len(laid) / len(cuts)
        if cuts:
            print('| %s | %d of %s | ' % (kind, len(cuts), 'less than 16 KB' if small else '16 KB and more') +
                  ' | '.join('%.3f, %.2g ms' % (mean_ratio(sizes[word], sizes['3']), 1000 * times[word]) for word in coders) + ' |',
                  flush=True)


def ends(x, percentage):
    x = numpy.sort(x.ravel())
    beyond = int(x.size * (100 - percentage) / 100)
    return x[beyond], x[-1 - beyond]


def ranges(_, tensors):
    print('| dtype | ' + ' | '.join('%g' % p for p in PERCENTAGES) + ' |\n|---|' + '---|' * len(PERCENTAGES))
    for kind in ('int8', 'int6', 'int5', 'int4', 'int3', 'int2'):
        bits, shares = reference.BITS[kind], {p: [] for p in PERCENTAGES}
        for layer, percentage in itertools.product(tensors.cuts, PERCENTAGES):
            first, rest = tensors.sent[layer][:tensors.calibrate], tensors.sent[layer][tensors.calibrate:]
            affine = reference.affine_of(*ends(first, percentage), bits)
            arrived = reference.dequantise(reference.quantise(rest, *affine, bits)[0], *affine)
            with torch.no_grad():
                top = reference.tail(tensors.net, layer, torch.from_numpy(arrived))
            shares[percentage].append((top == tensors.top).mean())
        print('| %s | ' % kind + ' | '.join('%.1f' % (100 * numpy.mean(shares[p])) for p in PERCENTAGES) + ' |', flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('what', choices=('layouts', 'levels', 'ranges'))
    parser.add_argument('cfg')
    parser.add_argument('weights')
    parser.add_argument('data')
    parser.add_argument('--labels', help='label file of the network, where the classes of DATA are some of them')
    parser.add_argument('--images', type=int, default=48)
    parser.add_argument('--calibrate', type=int, default=16)
    parser.add_argument('--cuts', type=int, default=1)
    o = parser.parse_args()
    {'layouts': layouts, 'levels': levels, 'ranges': ranges}[o.what](Codes(), Tensors(o))


if __name__ == '__main__':
    main()
