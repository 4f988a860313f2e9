#!/usr/bin/python3
"""The two formulas of batch norm: which one holds, that it is told, that rows of both never mix, and that halves for
stock Darknet compute what was measured. Small variances make the two far apart; the scores are worked out here.

Run from the top of the repository, after `make`:  python3 tests/e2e/test_batch_norm.py [unittest options]
"""
import csv
import math
import os
import struct
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../reference"))
from running import Running  # pylint: disable=wrong-import-position
from split_worker import PROGRAM  # pylint: disable=wrong-import-position
from test_errors import png  # pylint: disable=wrong-import-position

HALF = os.path.join(os.path.dirname(PROGRAM), 'isplit-half')
CONV = '[convolutional]\nbatch_normalize=1\nfilters=2\nsize=1\nactivation=linear\n'
NET = '[net]\nwidth=4\nheight=4\nchannels=1\n' + CONV + '[maxpool]\nsize=2\nstride=2\n' + \
      '[connected]\noutput=2\nactivation=linear\n'
DECONV = '[deconvolutional]\nbatch_normalize=1\nfilters=2\nsize=1\nstride=1\nactivation=linear\n'
BIASES, SCALES, MEAN, VARIANCE, WEIGHTS = (.1, -.2), (.3, .5), (.2, .1), (1e-6, 4e-4), (.7, -.4)
FULL = [.01 * (i % 7 - 3) for i in range(16)]  # 2 outputs of 2 channels of 2 x 2
GREYS = (40, 200)
NOTE = r'isplit: note: .*net\.weights: a fork\'s header, 0\.2\.%d: batch norm by 1/sqrt\(v \+ 1e-5\), as the forks have it'


def divisor(fork, v):
    return math.sqrt(v + 1e-5) if fork else math.sqrt(v) + 1e-6


def scores(fork, grey):
    x = grey / 255
    z = [s * (w * x - m) / divisor(fork, v) + b for b, s, m, v, w in zip(BIASES, SCALES, MEAN, VARIANCE, WEIGHTS)]
    return [sum(FULL[8 * k + 4 * c + p] * z[c] for c in range(2) for p in range(4)) for k in range(2)]


class BatchNorm(Running):
    def setUp(self):
        super().setUp()
        self.data = Path(self.folder, 'data')
        for name, grey in zip('ab', GREYS):
            (self.data / name).mkdir(parents=True)
            (self.data / name / '1.png').write_bytes(png(4, 4, grey))
        self.cfg, self.weights = os.path.join(self.folder, 'net.cfg'), os.path.join(self.folder, 'net.weights')
        self.network()

    def network(self, version=(0, 2, 5), layers=1, variance=VARIANCE):
        """More than one layer: the first one is a deconvolution of the same numbers, which stock Darknet cannot load."""
        layer = [*BIASES, *SCALES, *MEAN, *variance, *WEIGHTS]
        Path(self.cfg).write_text(NET.replace(CONV, DECONV + CONV) if layers > 1 else NET)
        numbers = layer + ([*BIASES, *SCALES, *MEAN, *variance, *WEIGHTS, *WEIGHTS] if layers > 1 else []) + [0, 0] + FULL
        seen = struct.pack('<Q' if version[1] >= 2 else '<I', 3)
        Path(self.weights).write_bytes(struct.pack('<iii', *version) + seen + struct.pack(f'<{len(numbers)}f', *numbers))

    def curve(self, *options):
        """-> the scores of the two images, the provenance, and what was said."""
        out, images = os.path.join(self.folder, 'curve.csv'), os.path.join(self.folder, 'images.csv')
        _, why = self.run_program('curve', self.cfg, self.weights, '-d', str(self.data), '-o', out, '--images-csv', images,
                                  '--layers', 'all', *(options or ['--no-store']))
        with open(images, encoding='utf-8', newline='') as file:
            got = [float(row['score']) for row in csv.DictReader(file)]
        return got, self.provenance(out), why

    def provenance(self, out):
        with open(out + '.meta.csv', encoding='utf-8', newline='') as file:
            return {row['key']: row['value'] for row in csv.DictReader(file)}

    def check(self, got, fork):
        for i, grey in enumerate(GREYS):
            self.assertAlmostEqual(got[i] / scores(fork, grey)[i], 1, delta=1e-5)
        self.assertGreater(abs(scores(True, 40)[0] / scores(False, 40)[0] - 1), .1)  # else nothing is shown by it


class Formula(BatchNorm):
    def test_the_header_decides(self):
        for version, fork in ((0, 2, 5), True), ((0, 2, 6), True), ((0, 2, 0), False), ((0, 1, 0), False), ((0, 3, 0), False):
            with self.subTest(version=version):
                self.network(version)
                got, meta, why = self.curve()
                self.check(got, fork)
                self.assertEqual(meta['bn_epsilon'], 'fork' if fork else 'darknet')
                (self.assertRegex if fork else self.assertNotRegex)(why, NOTE % version[2])

    def test_options(self):
        for version in (0, 2, 5), (0, 2, 0):
            for word in 'fork', 'darknet':
                self.network(version)
                got, meta, why = self.curve('--no-store', '--bn-epsilon', word)
                self.check(got, word == 'fork')
                self.assertEqual(meta['bn_epsilon'], word)
                self.assertNotIn('note: ' + self.weights, why)

    def test_rows_never_mix(self):
        store = ['--store', os.path.join(self.folder, 'rows.db')]
        hashes = {}
        for words, fork, known in ([], True, 0), (['darknet'], False, 0), (['fork'], True, 2), (['darknet'], False, 2), \
                (['header'], True, 2):
            got, meta, _ = self.curve(*store, *(['--bn-epsilon', *words] if words else []))
            self.check(got, fork)
            self.assertEqual(meta['from_store'], str(known), words)
            self.assertEqual(hashes.setdefault(fork, meta['tuning']), meta['tuning'])
        self.assertNotEqual(hashes[True], hashes[False])
        listed, _ = self.run_program('store', 'ls', *store, '--format', 'table')
        self.assertEqual(listed.count('--bn-epsilon fork'), 1)

    def test_without_batch_norm(self):
        """Nothing is chosen, so nothing is told and nothing is measured again."""
        Path(self.cfg).write_text(NET.replace('batch_normalize=1\n', ''))
        content = Path(self.weights).read_bytes()
        Path(self.weights).write_bytes(content[:28] + content[20 + 32:])
        store = ['--store', os.path.join(self.folder, 'rows.db')]
        _, meta, why = self.curve(*store)
        self.assertEqual(meta['bn_epsilon'], 'darknet')
        self.assertNotIn("a fork's header", why)
        _, meta, _ = self.curve(*store, '--bn-epsilon', 'fork')
        self.assertEqual((meta['from_store'], meta['bn_epsilon']), ('2', 'darknet'))

    def test_other_commands(self):
        for command, *options in ('features', '-d', str(self.data), '--layers', 'clean', '--calibrate', '1', '--no-jpeg'), ('profile',):
            for words, expected in ([], 'fork'), (['--bn-epsilon', 'darknet'], 'darknet'):
                out = os.path.join(self.folder, command + expected + '.csv')
                _, why = self.run_program(command, self.cfg, self.weights, *options, *words, '-o', out)
                self.assertEqual(self.provenance(out)['bn_epsilon'], expected)
                self.assertEqual(bool(words), "a fork's header" not in why)

    def test_variances_below_zero(self):
        for variance, text in ((1e-6, -.25), r'variance\[1\] is -0\.25'), ((-1e-9, 1), r'variance\[0\] is -1e-09'):
            self.network(variance=variance)
            for command in ['curve', '-d', str(self.data), '--no-store'], ['split', '--at', '0', '-o', self.folder + '/out']:
                _, why = self.run_program(command[0], self.cfg, self.weights, *command[1:], expect=1)
                self.assertRegex(why, r'\Aisplit: .*net\.weights: layer 0 \(\w+\): ' + text +
                                 r' \(expected numbers from 0 up\)\n\Z')
            self.assertFalse(os.path.exists(self.folder + '/out'))
        self.network(variance=(0, 0))
        self.curve()


class Halves(BatchNorm):
    def split(self, *options):
        out = os.path.join(self.folder, 'out')
        said, why = self.run_program('split', self.cfg, self.weights, '-d', str(self.data), '--at', 'pool1', '-o', out,
                                     '--force', *options)
        with open(out + '/split.csv', encoding='utf-8', newline='') as file:
            row, = csv.DictReader(file)
        return said, why, row, self.provenance(out + '/split.csv')

    def content(self, half):
        return Path(self.folder, 'out', half + '.weights').read_bytes()

    def run_stock(self, grey):
        """What head and tail give in stock libdarknet."""
        image = self.data / 'ab'[GREYS.index(grey)] / '1.png'
        text = subprocess.run([HALF, 'whole', self.folder + '/out', '--text', image], capture_output=True, check=True).stdout
        return [float(score) for score in text.split()[-2:]]

    def test_stock_darknet_computes_what_was_measured(self):
        for options, fork in ([], True), (['--bn-epsilon', 'darknet'], False):
            with self.subTest(fork=fork):
                said, _, row, meta = self.split(*options)
                for grey in GREYS:
                    for got, expected in zip(self.run_stock(grey), scores(fork, grey)):
                        self.assertAlmostEqual(got / expected, 1, delta=1e-5)
                variance = struct.unpack('<2f', self.content('head')[16 + 24:][:8])
                for got, v in zip(variance, VARIANCE):
                    self.assertAlmostEqual((math.sqrt(got) + 1e-6) / divisor(fork, v), 1, delta=1e-6)
                self.assertEqual((row['check_by'], row['head_runs_in'], row['tail_runs_in']), ('libdarknet', 'stock', 'stock'))
                self.assertEqual(meta['bn_epsilon'], 'fork' if fork else 'darknet')
                if fork:
                    self.assertTrue(0 <= float(row['folded']) < 1e-5)
                    self.assertRegex(said, r"on 2 images of .*, a fork's variances folded for stock Darknet: its scores are "
                                           r"within \S+ of the largest of those measured\n\Z")
                else:
                    self.assertEqual(row['folded'], '')
                    self.assertRegex(said, r'on 2 images of [^,]*\n\Z')

    def test_header_for_every_machine(self):
        for version in (0, 2, 5), (0, 2, 0), (0, 1, 0):
            self.network(version)
            self.split()
            for half in 'head', 'tail':
                self.assertEqual(self.content(half)[:16], struct.pack('<iiiI', 0, 1, 0, 3))
            self.assertEqual(len(self.content('head') + self.content('tail')), 32 + 4 * 28)

    def test_what_stock_darknet_cannot_run(self):
        """No part of it is said to run there, and the files stay a fork's."""
        for version, options, kept, fork in ((0, 2, 5), [], (0, 2, 5), True), ((0, 2, 0), [], (0, 2, 0), False), \
                ((0, 2, 0), ['--bn-epsilon', 'fork'], (0, 2, 5), True), ((0, 2, 5), ['--bn-epsilon', 'darknet'], (0, 2, 0), False):
            with self.subTest(version=version, options=options):
                self.network(version, layers=2)
                said, why, row, _ = self.split(*options)
                self.assertRegex(said, r'bit for bit on 2 images of .*, in isplit: stock Darknet cannot run the head' +
                                 (", and the variances are for a fork's batch norm" if fork else '') + r'\n\Z')
                self.assertRegex(why, r'isplit: warning: stock Darknet cannot run head\.cfg: it crashes on layer 0 '
                                      r'\(deconv1\), \[deconvolutional\]\n')
                self.assertEqual((row['check'], row['check_by'], row['head_runs_in'], row['tail_runs_in'], row['folded']),
                                 ('bitwise', 'isplit', 'isplit', 'fork' if fork else 'stock', ''))
                long, short = struct.pack('<iiiQ', *kept, 3), struct.pack('<iiiI', 0, 1, 0, 3)
                headers = {'head': long, 'tail': long if fork else short}
                numbers = b''
                for half, header in headers.items():
                    self.assertTrue(self.content(half).startswith(header))
                    numbers += self.content(half)[len(header):]
                self.assertEqual(numbers, Path(self.weights).read_bytes()[20:])


if __name__ == '__main__':
    unittest.main()
