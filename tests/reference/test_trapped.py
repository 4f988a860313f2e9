#!/usr/bin/python3
"""`isplit curve --trapped` against the definition in NumPy and PyTorch (trapped.py): on the demo networks, and on small
ones with odd sizes, rectangular maps, without a softmax, and with a single output.

    test_trapped.py [unittest options]      after `make`; ISPLIT names another program than ./isplit
"""
import os
import shutil
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import program
import trapped
from compare import read_all_pixels
from darknet_torch import load
from random_nets import write_case

TOP = os.path.join(HERE, '..', '..')
LETTERS = os.path.join(TOP, 'tests/samples/letters')
BATCH = 8
ROUNDING = 1e-13  # nats: 1e-9 are added to what is drawn

# Maps of 17 x 11, 9 x 6, 5 x 3 and 1 x 1.
ODD = """[net]
channels=3
height=17
width=11

[convolutional]
filters=5
size=3
pad=1
activation=elu

[convolutional]
filters=9
size=3
stride=2
pad=1
activation=tanh

[convolutional]
filters=20
size=3
stride=2
pad=1
activation=elu

[convolutional]
filters=3
size=1
activation=tanh

[connected]
output=7
activation=elu

[connected]
output=%s
activation=%s
"""


class TrappedTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = folder.name

    def compare(self, cfg, weights, data, tolerance, *options, floats=None, seed=0):
        """Every listed cut within the tolerance, as a share of it; returns {layer: T}."""
        if floats:
            options += ('--bottleneck', 'floats:%d' % floats)
        run = program.curve(cfg, weights, data, '--exact', '--batch', str(BATCH), '--trapped', '--seed', str(seed), *options)
        paths = [path for _, path in sorted(zip(self.numbers(run), run.images.paths))]
        net = load(cfg, weights)
        got = {int(row['layer']): row['trapped_nats'] for row in run.curve}
        expected = trapped.measure(net, read_all_pixels(data, paths, net.input_shape), list(got), seed, floats, BATCH)
        for layer, text in got.items():
            self.assertEqual(bool(text), layer in expected, layer)
            if text:
                t = expected[layer]
                self.assertLessEqual(abs(float(text) - t), tolerance * t + ROUNDING, (layer, text, t))
        self.assertGreater(len(expected), 2)
        return expected

    @staticmethod
    def numbers(run):
        return [int(row['number']) for row in program.read_table(run.content['images'])]

    def some_letters(self, per_class):
        """A data set of the first letters of each class."""
        data = os.path.join(self.top, 'letters')
        for name in sorted(os.listdir(LETTERS)):
            os.makedirs(os.path.join(data, name))
            for file in sorted(os.listdir(os.path.join(LETTERS, name)))[:per_class]:
                shutil.copy(os.path.join(LETTERS, name, file), os.path.join(data, name, file))
        return data

    def demo(self, name, per_class, tolerance, **options):
        return self.compare(os.path.join(TOP, 'cfg/letters-%s.cfg' % name), os.path.join(TOP, 'weights/letters-%s.weights' % name),
                            self.some_letters(per_class), tolerance, **options)

    def test_vgg16(self):
        """More patches than are kept in the first layers, fewer than a patch has numbers in the last ones."""
        self.demo('vgg16', 4, 1e-3)

    def test_vgg16_floats(self):
        self.demo('vgg16', 2, 1e-3, floats=64, seed=3)

    def test_resnet50(self):
        self.demo('resnet50', 2, 1e-3)

    def odd(self, outputs, activation, classes, softmax, tolerance=1e-4, **options):
        text = ODD % (outputs, activation) + ('\n[softmax]\n%s' % softmax if softmax is not None else '')
        case = write_case(os.path.join(self.top, 'net'), text, classes, 60 // classes, 5)
        return self.compare(case.cfg, case.weights, case.data, tolerance, '--layers', 'all', **options)

    def test_odd_sizes(self):
        self.odd(6, 'linear', 6, '')

    def test_odd_sizes_floats(self):
        """The last maps have fewer numbers than a code: nothing is lost."""
        found = self.odd(6, 'linear', 6, '', floats=24, seed=1)
        self.assertEqual([layer for layer, t in found.items() if t == 0], [4, 5])

    def test_without_softmax(self):
        self.odd(6, 'elu', 6, None)

    def test_one_output(self):
        self.odd(1, 'logistic', 2, None)

    def test_another_seed_draws_others(self):
        case = write_case(os.path.join(self.top, 'net'), ODD % (6, 'linear') + '\n[softmax]\n', 6, 10, 5)
        found = [self.compare(case.cfg, case.weights, case.data, 1e-4, seed=seed) for seed in (0, 1)]
        self.assertNotEqual(*found)


if __name__ == '__main__':
    unittest.main()
