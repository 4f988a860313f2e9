#!/usr/bin/python3
"""Numbers that overflow in the middle of a network, where relu and max-pool hide them: every tuning names the layer and
the images, and gives no number of them.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_overflow.py [unittest options]
"""
import os
import struct
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../reference"))
from running import Running  # pylint: disable=wrong-import-position
from test_errors import HEADER, png  # pylint: disable=wrong-import-position
from test_heatmap import Worker  # pylint: disable=wrong-import-position
from test_precision import refusal  # pylint: disable=wrong-import-position

CONV = '[convolutional]\nfilters=16\nsize=3\npad=1\nactivation=%s\n'
NET = '[net]\nwidth=16\nheight=16\nchannels=1\n' + CONV + CONV + '[maxpool]\nsize=2\nstride=2\n' + CONV + \
      '[connected]\noutput=2\nactivation=linear\n[softmax]\n'
TUNINGS = [[], ['--exact'], ['--tap', 'pre'], ['--layers', 'all']]


def weights(*layers):
    """Biases of 0, then weights: (how many inputs and outputs, their value, whether every other one is negative)."""
    content = HEADER
    for out, inputs, value, turns in layers:
        content += struct.pack(f'<{out}f', *[0] * out)
        content += struct.pack(f'<{out * inputs}f', *[-value if turns and i % 2 else value for i in range(out * inputs)])
    return content


class Overflow(Running):
    def setUp(self):
        super().setUp()
        self.data = Path(self.folder, 'data')
        for name in 'ab':  # a black image and a white one of each class
            (self.data / name).mkdir(parents=True)
            for number, grey in enumerate((0, 255)):
                (self.data / name / f'{number}.png').write_bytes(png(16, 16, grey))
        self.cfg, self.weights = Path(self.folder, 'net.cfg'), Path(self.folder, 'net.weights')

    def network(self, first, second, middle):
        self.cfg.write_text(NET % (first, second, 'relu'))
        self.weights.write_bytes(weights((16, 9, 1e20, False), (16, 144, *middle), (16, 144, 1e-3, True), (2, 1024, .1, True)))

    def run_tunings(self):
        """-> what is said, and the CSV of the images, for each tuning that the processor has."""
        halves = [] if '(expected avx512_core_bf16' in (refusal() or '') else [['--precision', 'bf16']]
        for tuning in TUNINGS + halves:
            with self.subTest(tuning=tuning), tempfile.TemporaryDirectory() as folder:
                images = os.path.join(folder, 'images.csv')
                _, why = self.run_program('curve', str(self.cfg), str(self.weights), '-d', str(self.data), '--no-store',
                                          '-o', os.path.join(folder, 'curve.csv'), '--images-csv', images, *tuning)
                yield why, Path(images).read_text().splitlines()[1:]

    def test_curve(self):
        for first, second in (('relu', 'relu'), ('leaky', 'leaky'), ('relu', 'linear')):
            for value, turns in ((1e20, False), (-1e20, False), (1e20, True)):  # to +infinity, -infinity, NaN or either
                self.network(first, second, (value, turns))
                for why, rows in self.run_tunings():
                    for name in 'ab':
                        self.assertRegex(why, rf'{name}/1\.png: left out, its importance in layer 1 \(\w+\) is not finite\n')
                    self.assertEqual([row.split(',')[0] for row in rows], ['a/0.png', 'b/0.png'])

    def test_finite(self):
        """Large numbers alone are no reason."""
        self.network('relu', 'relu', (-1e14, True))
        for why, rows in self.run_tunings():
            self.assertNotIn('left out', why)
            self.assertEqual(len(rows), 4)

    def test_features(self):
        self.network('relu', 'relu', (-1e20, False))
        for tuning in [], ['--exact']:
            out = os.path.join(self.folder, 'features%d.csv' % len(tuning))
            _, why = self.run_program('features', str(self.cfg), str(self.weights), '-d', str(self.data), '--calibrate', '1',
                                      '-o', out, *tuning)
            self.assertRegex(why, r'b/1\.png: left out, its output of layer 1 \(\w+\) is not finite\n')

    def test_heatmap(self):
        """The map of a layer before the overflow would look sound."""
        self.network('relu', 'relu', (-1e20, False))
        worker = Worker()
        self.addCleanup(lambda: self.assertEqual(worker.close(), 0))
        worker.ready(self.data, self.cfg, self.weights)
        for image, error in (1, r'the output of layer 1 \(\w+\) is not finite'), (0, 'None'):
            worker.heatmap(image, layers=[0, 2])
            self.assertRegex(str(worker.next()['error']), error)


if __name__ == '__main__':
    unittest.main()
