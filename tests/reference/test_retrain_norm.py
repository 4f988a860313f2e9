#!/usr/bin/python3
"""isplit retrain --bn retake against NumPy and PyTorch: each batch norm behind the cut has the statistics of what it
normalises, over the training images, behind those that were taken before it.

    test_retrain_norm.py [unittest options]      after `make`; ISPLIT names another program than ./isplit
"""
import os
import struct
import sys
import tempfile
import unittest
from urllib.parse import quote

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import numpy

from split_worker import Worker
from torch_setup import torch

SIDE, IMAGES, CHANNELS, CLASSES = 10, 40, 6, 2
CFG = """[net]
width=10
height=10
channels=1
[convolutional]
filters=6
size=3
pad=1
activation=relu
[convolutional]
batch_normalize=1
filters=6
size=3
pad=1
activation=relu
[convolutional]
batch_normalize=1
filters=6
size=3
pad=1
activation=leaky
[connected]
output=2
activation=linear
[softmax]
"""


def layers(numbers):
    """The numbers of a weights file as Darknet has them, by layer and part."""
    def take(*shape):
        nonlocal numbers
        n = int(numpy.prod(shape))
        part, numbers = numbers[:n].reshape(shape), numbers[n:]
        return part
    found = [{'biases': take(6), 'weights': take(6, 1, 3, 3)}]
    for _ in range(2):
        found.append({'biases': take(6), 'scales': take(6), 'mean': take(6), 'variance': take(6), 'weights': take(6, 6, 3, 3)})
    found.append({'biases': take(2), 'weights': take(2, 600)})
    assert numbers.size == 0
    return found


def convolve(x, layer):
    return torch.nn.functional.conv2d(x, torch.tensor(layer['weights'], dtype=torch.float64), padding=1)


def channels(v):
    return torch.tensor(numpy.asarray(v, dtype=numpy.float64)).reshape(1, -1, 1, 1)


class Retake(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.random = numpy.random.default_rng(9)
        numbers = self.random.standard_normal(60 + 2 * 348 + 1202) * 0.3
        numbers[60 + 6:60 + 12] = numbers[408 + 6:408 + 12] = 1.5  # scales
        numbers[60 + 18:60 + 24] = numbers[408 + 18:408 + 24] = 2  # variances
        self.numbers = numbers.astype(numpy.float32)
        self.path = lambda name: os.path.join(self.folder, name)
        with open(self.path('net.cfg'), 'w') as file:
            file.write(CFG)
        with open(self.path('net.weights'), 'wb') as file:
            file.write(struct.pack('<iiiI', 0, 1, 0, 0) + self.numbers.tobytes())
        self.images = self.random.integers(0, 256, (IMAGES, SIDE, SIDE), dtype=numpy.uint8)
        for i, image in enumerate(self.images):  # in byte order of their paths: as they are numbered
            os.makedirs(self.path('data/c%d' % (i * CLASSES // IMAGES)), exist_ok=True)
            with open(self.path('data/c%d/%03d.pgm' % (i * CLASSES // IMAGES, i)), 'wb') as file:
                file.write(b'P5 %d %d 255\n' % (SIDE, SIDE) + image.tobytes())

    def train(self, training, **changes):
        """Of a rate at which no weight changes. The numbers that come of it."""
        with Worker(self.path('net.cfg'), self.path('net.weights')) as worker:
            worker.ask({'type': 'images', 'data': quote(self.path('data')), 'split': None, 'labels': None, 'probe': False,
                        'stamps': False}, 'dataset')
            answer = worker.ask({
                'type': 'retrain', 'cfg_xxh3': worker.layers['cfg_xxh3'], 'weights_xxh3': worker.layers['weights_xxh3'],
                'layer': 0, 'bottleneck': 'none', 'training': training,
                'validation': [i for i in range(IMAGES) if i not in training], 'data': None, 'checkpoint': None,
                'folder': quote(self.path('out')), 'force': True, 'train': 'tail', 'bn': 'retake', 'loss': 'labels',
                'temperature': 2, 'rate': 1e-30, 'epochs': 1, 'steps': 0, 'stages': 1, 'seed': 0, 'batch': 8, 'threads': 1,
                'exact': True, 'memory': 0, 'flip': False, 'shift': 0, 'fit': 'crop', 'mean': [0, 0, 0], 'std': [1, 1, 1],
                'scale': 1, 'bgr': False, **changes}, 'retrained')
        self.assertEqual(answer['type'], 'retrained', answer)
        with open(self.path('out/whole.weights'), 'rb') as file:
            return layers(numpy.frombuffer(file.read()[16:], numpy.float32))

    def test_layer_by_layer(self):
        training = list(range(0, IMAGES, 3))  # 14: the last batch is short
        got, old = self.train(training), layers(self.numbers)
        x = torch.tensor(self.images[training], dtype=torch.float64).reshape(-1, 1, SIDE, SIDE) / 255
        x = torch.relu(convolve(x, old[0]) + channels(old[0]['biases']))
        for number, slope in ((1, 0), (2, 0.1)):
            layer = old[number]
            x = convolve(x, layer)
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=True)
            numpy.testing.assert_allclose(got[number]['mean'], mean.numpy(), rtol=1e-5, atol=1e-6)
            numpy.testing.assert_allclose(got[number]['variance'], variance.numpy(), rtol=1e-5)
            for part in ('biases', 'scales', 'weights'):
                numpy.testing.assert_array_equal(got[number][part], layer[part])
            x = (x - channels(mean)) / (channels(variance).sqrt() + 1e-6) * channels(layer['scales']) + channels(layer['biases'])
            x = torch.where(x > 0, x, slope * x)

    def test_frozen(self):
        """Without it they stay."""
        got, old = self.train(list(range(0, IMAGES, 3)), bn='frozen'), layers(self.numbers)
        for number in (1, 2):
            for part in ('mean', 'variance'):
                numpy.testing.assert_array_equal(got[number][part], old[number][part])


if __name__ == '__main__':
    unittest.main()
