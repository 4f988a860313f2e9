#!/usr/bin/python3
"""The worked example to its end: the halves of the demo run as two programs of stock libdarknet joined by a pipe
(half.c), and give the bytes of the whole network, and the right letters.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_halves.py [unittest options]
"""
import os
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get('ISPLIT', str(TOP / 'isplit'))
DARKNET = os.environ.get('DARKNET', '/usr/lib/darknet')
CFG, WEIGHTS = TOP / 'cfg/letters-vgg16.cfg', TOP / 'weights/letters-vgg16.weights'
LETTERS = TOP / 'tests/samples/letters'


class Halves(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.half = self.folder / 'half'
        subprocess.run(['gcc', '-std=c17', '-O1', '-isystem', f'{DARKNET}/include', TOP / 'tests/e2e/half.c', '-o',
                        self.half, f'-L{DARKNET}', f'-Wl,-rpath,{DARKNET}', '-ldarknet', '-lm'], check=True)

    def run_half(self, cfg, weights, *image, sent=None):
        return subprocess.run([self.half, cfg, weights, *image], input=sent, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True).stdout

    def test_pipe(self):
        subprocess.run([PROGRAM, 'split', CFG, WEIGHTS, '--at', 'block4_pool', '-o', self.folder / 'halves'],
                       stdout=subprocess.DEVNULL, check=True)
        head, tail = ([self.folder / f'halves/{name}.{kind}' for kind in ('cfg', 'weights')] for name in ('head', 'tail'))
        right = 0
        for index, letter in enumerate('ABCDEFGHIJ'):
            image = min((LETTERS / letter).iterdir())
            sent = self.run_half(*head, image)
            self.assertEqual(len(sent), 4 * 128 * 2 * 2)
            got = self.run_half(*tail, sent=sent)
            self.assertEqual(got, self.run_half(CFG, WEIGHTS, image), letter)
            scores = struct.unpack('<10f', got)
            right += scores.index(max(scores)) == index
        self.assertGreaterEqual(right, 9)


if __name__ == '__main__':
    unittest.main()
