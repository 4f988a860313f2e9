#!/usr/bin/python3
"""isplit run with several cuts follows a link whose speed changes: a relay slows it down and lets it go again. The device
runs the heavy layers in libdarknet, the server in isplit's own graph, several times faster. Which image takes which cut is
worked out again from what the run measured, so that it does not matter how fast the machine is. (tests/unit/test_steer.c
has the rule in virtual time, tests/bench/bench_adapt.py what it gains.)

Run from the top of the repository, after `make`:  python3 tests/e2e/test_adapt.py [unittest options]
"""
import csv
import os
import random
import re
import shlex
import shutil
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
WIRE = Path(__file__).with_name('shaped_wire.py')
SECONDS = 120
CONV = '[convolutional]\nfilters=%d\nsize=3\npad=1\nactivation=relu\n'
NET = ('[net]\nwidth=32\nheight=32\nchannels=3\n' + CONV % 32 + CONV % 160 + CONV % 64 + '[maxpool]\nsize=4\nstride=4\n'
       '[connected]\noutput=3\nactivation=linear\n[softmax]\n')
FLOATS = (32 + 27 * 32, 160 + 160 * 9 * 32, 64 + 64 * 9 * 160, 3 + 3 * 64 * 64)
EARLY, LATE = 0, 3  # 131,072 and 16,384 bytes; the layers between them have 142 million multiply-adds
IMAGES = 22
FAST, SLOW, RATE = 5, 8, 100000  # images at full speed, then so many bytes a second for so many, then full speed again


class Steer:
    """What is decided of the next image by what the images before it measured: the rule of engine/deploy/steer.h, written
    a second time. So it does not matter how fast the machine is, but what the run made of it."""
    WINDOW, PATIENCE, MARGIN = 3, 2, 0.1
    NOISE_MS, NOISE_SHARE = 0.1, 0.05
    PAYLOAD, HEADER = 1448, 52  # of a packet
    ANSWER = 32 + 32 + 4 * 3  # a message with three scores
    PLAIN = 28  # of a frame beside the tensor

    def __init__(self, plans, mbit_s, first):
        """plans: of each cut (head ms, tail ms, bytes of the tensor)"""
        self.head, self.tail = ([[ms] for ms in side] for side in list(zip(*plans))[:2])
        self.bytes = [plan[2] + self.PLAIN for plan in plans]
        self.answer = [12] * len(plans)
        self.own = [False] * len(plans)
        self.mbit_s, self.rtt_ms, self.speeds, self.trips = mbit_s, 1, [], []
        self.present, self.looks = first, 0

    def wire(self, n):
        """Bits of n bytes with their headers, in thousands."""
        return 8 * (n + -(-n // self.PAYLOAD) * self.HEADER) / 1000

    def median(self, values):
        last = sorted(values[-self.WINDOW:])
        return last[(len(last) - 1) // 2]

    def learn(self, cut, row):
        head = float(row['head_ms']) + float(row['encode_ms'])
        tail = float(row['tail_decode_ms']) + float(row['tail_ms'])
        if self.own[cut]:
            self.head[cut].append(head)
            self.tail[cut].append(tail)
        else:
            self.own[cut], self.head[cut], self.tail[cut] = True, [head], [tail]
        self.bytes[cut], self.answer[cut] = int(row['bytes']), self.ANSWER
        there, back = float(row['wire_ms']), float(row['answer_ms'])
        noise = max(self.NOISE_MS, self.NOISE_SHARE * (abs(there) + abs(back)))
        speed = (self.wire(self.bytes[cut]) - self.wire(self.ANSWER)) / max(there - back, noise)
        self.speeds.append(max(speed, self.mbit_s) if there - back < noise else speed)
        self.trips.append(max(2 * (back - self.wire(self.ANSWER) / self.speeds[-1]), 0))
        self.mbit_s, self.rtt_ms = self.median(self.speeds), self.median(self.trips)

    def ms(self, cut):
        wires = self.wire(self.bytes[cut]) + self.wire(self.answer[cut])
        return self.median(self.head[cut]) + self.median(self.tail[cut]) + self.rtt_ms + wires / self.mbit_s

    def choose(self):
        best = min(range(len(self.head)), key=self.ms)
        better = best != self.present and self.ms(best) < (1 - self.MARGIN) * self.ms(self.present)
        self.looks = self.looks + 1 if better else 0
        if self.looks == self.PATIENCE:
            self.present, self.looks = best, 0
        return self.present


class Adapt(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.base = Path(folder.name)
        chance = random.Random(3)
        numbers = [chance.uniform(-1, 1) / (n / 100)**0.5 for n in FLOATS for _ in range(n)]
        (cls.base / 'net.cfg').write_text(NET)
        (cls.base / 'net.weights').write_bytes(HEADER + struct.pack(f'<{len(numbers)}f', *numbers))
        cls.images = [str(cls.base / f'{i}.png') for i in range(IMAGES)]
        for i, path in enumerate(cls.images):
            Path(path).write_bytes(png(32, 32, 11 * i))
        for name, layer in (('early cut', EARLY), ('late', LATE)):
            subprocess.run([PROGRAM, 'split', cls.base / 'net.cfg', cls.base / 'net.weights', '--at', str(layer), '--check', '1',
                            '-o', cls.base / name], capture_output=True, check=True)
        cls.cuts = [str(cls.base / name) for name in ('early cut', 'late')]

    def run_to(self, command, *options, status=0):
        run = subprocess.run([PROGRAM, 'run', *self.cuts, *self.images, '--to', command, '--images-csv', self.base / 'images.csv',
                              *options], capture_output=True, check=False, timeout=SECONDS, encoding='utf-8')
        self.assertEqual(run.returncode, status, run.stderr)
        return run

    def rows(self, name):
        with open(self.base / name, encoding='utf-8', newline='') as file:
            return list(csv.DictReader(file))

    def test_follows(self):
        wire = ' '.join(map(shlex.quote, (sys.executable, str(WIRE), str(self.base / 'count'), f'{FAST}:0,{SLOW}:{RATE},0:0')))
        plan = ['--edge', '2', '--server', '40', '--link', 'bandwidth=1000,rtt=1']
        run = self.run_to(f'{wire} {shlex.quote(PROGRAM)} serve {{}}', *plan, '-o', self.base / 'run.csv')
        self.assertEqual(run.stderr, '')
        images = self.rows('images.csv')
        used = [self.cuts.index(row['cut']) for row in images]
        self.assertEqual([row['path'] for row in images], self.images)
        self.assertEqual(used[0], 0)  # by the plan alone
        macs = [32 * 27 * 1024, 160 * 9 * 32 * 1024, 64 * 9 * 160 * 1024, 0, 3 * 64 * 64]
        plans = [(sum(macs[:cut + 1]) / 1e6, sum(macs[cut + 1:]) / 2e7, sent) for cut, sent in ((EARLY, 131072), (LATE, 16384))]
        steer = Steer(plans, 1000, 0)
        for i, row in enumerate(images[:-1]):
            self.assertEqual(row['sent'], '1')
            steer.learn(used[i], row)
            self.assertEqual(steer.choose(), used[i + 1], (i + 1, images))
        for row in images[FAST:FAST + SLOW]:  # which no machine makes quicker
            self.assertGreater(float(row['wire_ms']), 0.8 * int(row['bytes']) / RATE * 1000)  # whose clocks may be a little off
        self.assertEqual((self.base / 'count').stat().st_size, IMAGES)
        self.assertTrue(all(int(row['bytes']) > (100000, 16000)[cut] for row, cut in zip(images, used)))
        self.assertTrue(all(row['predicted'] == row['whole'] != '' for row in images))
        measures = self.rows('run.csv')
        counted = {cut: {row['measure']: row for row in measures if row['cut'] == cut} for cut in ('all', *self.cuts)}
        self.assertEqual([int(counted[cut]['total']['images']) for cut in counted], [IMAGES, used.count(0), used.count(1)])
        self.assertEqual((counted['all']['total']['plan'], counted['all']['throughput']['value'] != ''), ('', True))
        for cut in self.cuts:
            self.assertGreater(float(counted[cut]['total']['plan']), 0)
        meta = [(row['key'], row['value']) for row in self.rows('run.csv.meta.csv')]
        moves = sum(one != other for one, other in zip(used, used[1:]))
        self.assertEqual([value for key, value in meta if key in ('halves', 'moves')], [*self.cuts, str(moves)])

    def test_another_network(self):
        """Halves of another network, or the same halves twice, are no other cut: what is measured of both means nothing."""
        numbers = (self.base / 'net.weights').read_bytes()
        (self.base / 'net2.weights').write_bytes(numbers[:-4] + struct.pack('<f', 0.25))
        (self.base / 'net2.cfg').write_text(NET.replace('=relu', '=leaky', 1))
        for name, cfg, weights in (('other', 'net2.cfg', 'net.weights'), ('numbers', 'net.cfg', 'net2.weights')):
            subprocess.run([PROGRAM, 'split', self.base / cfg, self.base / weights, '--at', '1', '--check', '1',
                            '-o', self.base / name], capture_output=True, check=True)
        early, cuts = self.cuts[0], self.cuts
        for folder, text in (('other', 'net2.cfg, but'), ('numbers', 'net2.weights, but'), ('early cut', 'the same halves as')):
            with self.subTest(folder=folder):
                self.cuts = [*cuts, str(self.base / folder)]
                said = self.run_to(f'{shlex.quote(HALF)} tail {{}}', '--edge', '2', '--server', '40', status=1).stderr
                self.assertRegex(said, rf'\Aisplit: {self.base / folder}: .*{re.escape(text)}.*{re.escape(early)}')
        (self.base / 'other' / 'split.csv.meta.csv').unlink()  # without it nobody can tell: believed, as far as it goes
        self.cuts = [early, str(self.base / 'other')]
        said = self.run_to(f'{shlex.quote(HALF)} tail {{}}', '--edge', '2', '--server', '40', status=1).stderr
        self.assertNotIn('expected other cuts', said)
        for name, one, other, last, text in (
                ('more', 'output=3', 'output=4', 4 + 4 * 64 * 64, r'its tail has 4 outputs, but .* 3 '),
                ('smaller', 'width=32\nheight=32', 'width=16\nheight=16', 3 + 3 * 64 * 16,
                 r'its head takes 3x16x16, but .* 3x32x32 ')):
            with self.subTest(name=name):
                (self.base / f'{name}.cfg').write_text(NET.replace(one, other))
                (self.base / f'{name}.weights').write_bytes(numbers[:len(HEADER) + 4 * sum(FLOATS[:3])] + bytes(4 * last))
                subprocess.run([PROGRAM, 'split', self.base / f'{name}.cfg', self.base / f'{name}.weights', '--at', '1',
                                '--check', '1', '-o', self.base / name], capture_output=True, check=True)
                (self.base / name / 'split.csv.meta.csv').unlink()
                self.cuts = [early, str(self.base / name)]
                said = self.run_to(f'{shlex.quote(HALF)} tail {{}}', '--edge', '2', '--server', '40', status=1).stderr
                self.assertRegex(said, rf'\Aisplit: {self.base / name}: {text}\(expected other cuts of one network\)\n\Z')

    def test_whole_network_of_other_outputs(self):
        """The plan would be that of another network."""
        mixed = self.base / 'mixed'
        shutil.copytree(self.cuts[0], mixed)
        (mixed / 'whole.cfg').write_text(NET.replace('output=3', 'output=5'))
        self.cuts = [str(mixed)]
        said = self.run_to(f'{shlex.quote(HALF)} tail {{}}', '--edge', '2', status=1).stderr
        self.assertEqual(said, f'isplit: {mixed}: its tail has 3 outputs, but the whole network 5 (expected halves of that network)\n')

    def test_table_and_refusals(self):
        """What is the same without any relay: the table; and what cannot be right."""
        self.images = self.images[:3]
        half = f'{shlex.quote(HALF)} tail {{}}'
        out = self.run_to(half, '--edge', '2', '--server', '40', '--no-whole', '--format', 'table').stdout
        self.assertRegex(out, r'\A2 cuts: 3 of 3 images answered, one at a time\n')
        for name, layer in zip(self.cuts, (r'0 \(\w+\)', r'3 \(\w+\)')):
            self.assertRegex(out, rf'\n{re.escape(name)} after layer {layer}: \d images')
        self.assertRegex(out, r'\nthe cut was moved \d times; the link at the end: [\d.e+]+ Mbit/s, round trip [\d.e+-]+ ms\n\Z')
        self.assertEqual(self.rows('images.csv')[0]['cut'], self.cuts[1])  # what sends least, while the link is not known
        for command, options, status, text in (
                (half, ['--edge', '2'], 2, 'several folders need --edge and --server'),
                (half.replace('{}', 'x'), ['--edge', '2', '--server', '9'], 2, 'must say where the one that is used stands: {}'),
                (half, ['--edge', '2', '--server', 'none.csv'], 1, 'none.csv'),
                (f"{shlex.quote(HALF)} tail '{self.cuts[0]}' # {{}}", ['--edge', '2', '--server', '9'], 1,
                 'the other side has other halves')):
            self.assertIn(text, self.run_to(command, *options, status=status).stderr)


if __name__ == '__main__':
    unittest.main()
