#!/usr/bin/python3
"""One pass over a data set by PyTorch, as fast as it allows: what `isplit curve --until-stable` saves.

    peer_pass.py CFG WEIGHTS FOLDER BATCH THREADS

CFG is a chain of convolutions, max-pools and connected layers (letters-vgg16), FOLDER holds notMNIST's IDX files. As in
peer_gradcam.py: weights frozen, channels-last, connected layers as 1x1 convolutions, each tap's importance computed when
its gradient passes; batch norm is folded in the weights already. Decoding and fitting come first and are not counted;
one batch warms up. Prints the milliseconds of the pass over all images, and the layer that is picked of them.
"""
import gzip
import sys
import time
from pathlib import Path

import numpy
import torch

from peer_gradcam import attach

HEADER = {True: 20, False: 16}  # bytes of a weights file's, with and without a wide `seen`


def sections(text):
    found = []
    for line in (line.split('#')[0].strip() for line in text.splitlines()):
        if line.startswith('['):
            found.append((line.strip('[]'), {}))
        elif line:
            key, value = line.split('=')
            found[-1][1][key.strip()] = value.strip()
    return found


class Weights:
    def __init__(self, path):
        data = Path(path).read_bytes()
        major, minor, _ = numpy.frombuffer(data, '<i4', count=3)
        self.numbers = numpy.frombuffer(data, '<f4', offset=HEADER[bool(major * 10 + minor >= 2)])

    def take(self, *shape):
        size = int(numpy.prod(shape))
        block, self.numbers = self.numbers[:size], self.numbers[size:]
        return torch.nn.Parameter(torch.from_numpy(block.copy().reshape(shape)), requires_grad=False)


def convolution(channels, filters, size, weights):
    """Darknet stores the biases first. A connected layer's window is the whole map."""
    layer = torch.nn.Conv2d(channels, filters, size, padding=size // 2 if size % 2 else 0)
    layer.bias, layer.weight = weights.take(filters), weights.take(filters, channels, size, size)
    return layer


def build(cfg, path):
    """The network, its taps (each convolution after its ReLU, each pool) and its input's side."""
    (_, options), *rest = sections(Path(cfg).read_text(encoding='utf-8'))
    weights = Weights(path)
    channels, side = int(options['channels']), int(options['height'])
    layers, taps = [], []
    for kind, section in rest:
        if kind == 'convolutional':
            filters = int(section['filters'])
            layers += [convolution(channels, filters, int(section['size']), weights), torch.nn.ReLU()]
            channels = filters
            taps.append(layers[-1])
        elif kind == 'maxpool':
            layers.append(torch.nn.MaxPool2d(2))
            side //= 2
            taps.append(layers[-1])
        elif kind == 'connected':
            layers.append(convolution(channels, int(section['output']), side, weights))
            channels, side = int(section['output']), 1
            if section['activation'] == 'relu':
                layers.append(torch.nn.ReLU())
        elif kind not in ('dropout', 'softmax', 'cost'):
            sys.exit(f'peer_pass: no layer [{kind}] here')
    if weights.numbers.size:
        sys.exit(f'peer_pass: {path} holds more than {cfg} asks for')
    return torch.nn.Sequential(*layers).eval().to(memory_format=torch.channels_last), taps, int(options['height'])


def read_idx(folder, pattern):
    data = gzip.decompress(next(Path(folder).glob(pattern)).read_bytes())
    dimensions = data[3]
    shape = numpy.frombuffer(data, '>i4', count=dimensions, offset=4)
    return torch.from_numpy(numpy.frombuffer(data, 'u1', offset=4 + 4 * dimensions).reshape(shape).copy())


def read_images(folder, side):
    """[N][1][side][side] from 0 to 1, and the labels. Enlarged by a triangle filter, as isplit does."""
    images = read_idx(folder, '*images-idx3-ubyte.gz')[:, None].float() / 255
    fitted = torch.nn.functional.interpolate(images, size=(side, side), mode='bilinear', align_corners=False)
    return fitted.contiguous(memory_format=torch.channels_last), read_idx(folder, '*labels-idx1-ubyte.gz').long()


def pick(curve):
    """The highest of the local maxima."""
    inner = [i for i in range(1, len(curve) - 1) if curve[i] > curve[i - 1] and curve[i] > curve[i + 1]]
    return max(inner, key=curve.__getitem__)


def main():
    cfg, path, folder = sys.argv[1:4]
    batch, threads = map(int, sys.argv[4:6])
    torch.set_num_threads(threads)
    net, taps, side = build(cfg, path)
    images, labels = read_images(folder, side)
    rows, parts = {}, []
    for tap, module in enumerate(taps):
        attach(tap, module, rows)

    def measure(first):
        x = images[first:first + batch].clone().requires_grad_(True)
        net(x).flatten(1).gather(1, labels[first:first + batch, None]).sum().backward()
        return torch.stack([rows.pop(tap) for tap in range(len(taps))], 1)
    measure(0)
    start = time.perf_counter()
    for first in range(0, len(images), batch):
        parts.append(measure(first))
    seconds = time.perf_counter() - start
    curve = torch.cat(parts).double().mean(0).tolist()
    print(f'{1000 * seconds:.1f} ms for {len(images)} images, batch {batch}, pick {pick(curve)}')


if __name__ == '__main__':
    main()
