#!/usr/bin/python3
"""isplit serve: a half in isplit's own graph speaks as isplit-half does, and gives the same answers; and it runs halves
whose layers stock Darknet lacks.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_serve.py [unittest options]
"""
import csv
import os
import random
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from test_errors import HEADER, png  # noqa: E402 (the path has to be set first)

PROGRAM = os.path.abspath(os.environ.get('ISPLIT', './isplit'))
HALF = os.path.join(os.path.dirname(PROGRAM), 'isplit-half')
SECONDS = 60
IMAGES = 6
NET = '''[net]
width=8
height=8
channels=3
[convolutional]
filters=4
size=3
pad=1
stride=2
batch_normalize=1
activation=%s
[convolutional]
filters=5
size=3
pad=1
activation=%s
[connected]
output=%d
activation=%s
'''
FLOATS = 4 * 4 + 4 * 27, 5 + 5 * 36  # of the convolutions
NETS = {'stock': NET % ('leaky', 'relu', 6, 'linear') + '[softmax]\ngroups=2\ntemperature=2\n',
        'fork': NET % ('mish', 'swish', 3, 'linear') + '[softmax]\n[cost]\n',
        'single': NET % ('relu', 'tanh', 1, 'logistic')}
OUTPUTS = {'stock': 6, 'fork': 3, 'single': 1}


def lines(output):
    """image -> (class, scores)"""
    found = re.findall(r'^image (\d+): class (-?\d+); decoded in [\d.]+ ms, tail [\d.]+ ms; scores (.*)$', output.decode(), re.M)
    return {int(image): (int(top), [float(word) for word in scores.split()]) for image, top, scores in found}


class Serve(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.base = Path(folder.name)
        chance = random.Random(7)
        cls.images = [str(cls.base / f'{i}.png') for i in range(IMAGES)]
        for i, path in enumerate(cls.images):
            Path(path).write_bytes(png(8, 8, 40 * i))
        for name, text in NETS.items():
            outputs = OUTPUTS[name]
            draw = [[chance.uniform(0.2, 1) for _ in range(16)], *([chance.uniform(-1, 1) for _ in range(n)] for n in
                    (FLOATS[0] - 16, FLOATS[1], outputs + outputs * 80))]
            numbers = [x for part in draw for x in part]
            (cls.base / f'{name}.cfg').write_text(text)
            (cls.base / f'{name}.weights').write_bytes(HEADER + struct.pack(f'<{len(numbers)}f', *numbers))
            subprocess.run([PROGRAM, 'split', cls.base / f'{name}.cfg', cls.base / f'{name}.weights', '--at', '0', '-o',
                            cls.base / name], capture_output=True, check=True)

    def start(self, *words, sent=b'', status=0):
        run = subprocess.run([str(word) for word in words], input=sent, capture_output=True, check=False, timeout=SECONDS)
        self.assertEqual(run.returncode, status, run.stderr)
        return run.stdout, run.stderr.decode()

    def serve(self, *words, **options):
        return self.start(PROGRAM, 'serve', *words, **options)

    def same(self, answers, expected):
        self.assertEqual(list(answers), list(range(IMAGES)))
        for image, (top, scores) in answers.items():
            self.assertEqual(top, expected[image][0])
            for one, other in zip(scores, expected[image][1], strict=True):
                self.assertAlmostEqual(one, other, delta=1e-5)

    def test_as_isplit_half(self):
        for name in 'stock', 'single':
            folder = self.base / name
            frames = self.start(HALF, 'head', folder, *self.images)[0]
            expected = lines(self.start(HALF, 'tail', folder, '--text', sent=frames)[0])
            self.assertEqual({len(scores) for _, scores in expected.values()}, {OUTPUTS[name]})
            self.assertGreater(len({scores[0] for _, scores in expected.values()}), 1)
            self.same(lines(self.serve(folder, '--text', sent=frames)[0]), expected)
            text, told = self.serve(folder, '--text', '--stats', '--runtime', 'darknet', sent=frames)
            self.assertEqual(lines(text), expected)
            self.assertRegex(told, r'\Aisplit: \d+ KiB of memory at the most\n\Z')
            own = self.serve(folder, '--head', *self.images)[0]
            self.assertEqual(len(own), len(frames))
            self.same(lines(self.start(HALF, 'tail', folder, '--text', sent=own)[0]), expected)
            names = b''.join(os.fsencode(path) + b'\0' for path in self.images)
            self.assertGreater(len(self.serve(folder, '--head', '-', sent=names)[0]), len(own))  # with times
            hello = [output[32:48] for output in (self.start(HALF, 'tail', folder, sent=frames)[0], self.serve(folder, sent=frames)[0])]
            self.assertEqual(*hello)

    def run_to(self, name, command, *options):
        out = self.base / 'images.csv'
        said = self.start(PROGRAM, 'run', self.base / name, *self.images, '--to', command, '--images-csv', out, '-o',
                          self.base / 'run.csv', *options)[1]
        with open(out, encoding='utf-8', newline='') as file:
            rows = list(csv.DictReader(file))
        with open(self.base / 'run.csv.meta.csv', encoding='utf-8', newline='') as file:
            meta = {row['key']: row['value'] for row in csv.DictReader(file)}
        return [(row['predicted'], row['whole']) for row in rows], meta['head_runtime'], said

    def test_run(self):
        tails = {runtime: f'{shlex.quote(PROGRAM)} serve {self.base}/%s --runtime {runtime}' for runtime in ('onednn', 'darknet')}
        tails['half'] = f'{shlex.quote(HALF)} tail {self.base}/%s'
        expected = lines(self.start(HALF, 'whole', self.base / 'stock', '--text', *self.images)[0])
        tops = [(str(expected[i][0]),) * 2 for i in range(IMAGES)]
        for tail, options, runtime in (('onednn', (), 'darknet'), ('darknet', ('--runtime', 'onednn'), 'onednn')):
            self.assertEqual(self.run_to('stock', tails[tail] % 'stock', *options), (tops, runtime, ''))
        # of the other network a head, a tail and the whole run in isplit's own graph alone, without being asked
        tops, runtime, said = self.run_to('fork', tails['onednn'] % 'fork')
        self.assertEqual((runtime, said), ('onednn', ''))
        self.assertTrue(all(one == other != '' for one, other in tops))
        for wrong in (PROGRAM, 'serve', self.base / 'fork', '--runtime', 'darknet'), (HALF, 'tail', self.base / 'fork'):
            self.assertRegex(self.start(*wrong, status=1)[1], r"\Aisplit(-half)?: .*lacks activation 'swish' of layer \d.*\n\Z")

    def test_mish_and_swish(self):
        """Against the formulas, number by number."""
        import numpy as np
        frames = self.serve(self.base / 'fork', '--head', *self.images)[0]
        answers = lines(self.serve(self.base / 'fork', '--text', sent=frames)[0])
        data = np.frombuffer((self.base / 'fork.weights').read_bytes()[len(HEADER):], dtype='<f4').astype(float)
        parts = np.split(data, np.cumsum([4, 4, 4, 4, 108, 5, 180, 3])[:])
        bias, scale, mean, variance, first, bias2, second, bias3, third = parts

        def convolve(x, weights, stride):
            filters, size = len(weights), x.shape[1]
            padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
            places = range(0, size, stride)
            return np.array([[[np.sum(weights[f] * padded[:, i:i + 3, j:j + 3]) for j in places] for i in places]
                             for f in range(filters)])
        for i, (top, scores) in answers.items():
            x = np.full((3, 8, 8), 40 * i / 255.)
            x = convolve(x, first.reshape(4, 3, 3, 3), 2)
            x = (x - mean[:, None, None]) / (np.sqrt(variance) + 1e-6)[:, None, None] * scale[:, None, None] + bias[:, None, None]
            x = x * np.tanh(np.log1p(np.exp(x)))
            x = convolve(x, second.reshape(5, 4, 3, 3), 1) + bias2[:, None, None]
            x = x / (1 + np.exp(-x))
            logits = third.reshape(3, 80) @ x.reshape(80) + bias3
            wanted = np.exp(logits - logits.max())
            wanted /= wanted.sum()
            np.testing.assert_allclose(scores, wanted, atol=1e-5)
            self.assertEqual(top, int(np.argmax(wanted)))

    def test_wrong_words(self):
        folder = self.base / 'stock'
        for words in ((), (folder, 'x.png'), (folder, '--head'), (folder, '--runtime', 'x'), (folder, '--loud')):
            self.serve(*words, status=2)
        self.assertRegex(self.serve(self.base / 'none', status=1)[1], r'\Aisplit: .*none/split\.csv: cannot open: .*\n\Z')
        self.assertRegex(self.serve(folder, '--head', '/nonexistent', status=1)[1], r'\Aisplit: /nonexistent: cannot open: .*\n\Z')


if __name__ == '__main__':
    unittest.main()
