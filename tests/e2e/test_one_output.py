#!/usr/bin/python3
"""A network with one output y tells two classes: the score of class 1 is +y, that of class 0 is -y, y before the
activation. (tests/e2e/test_numbers.py compares importances with PyTorch.)"""
import csv
import os
import struct
import subprocess
import unittest

from small_network import SmallNetworkTest
from test_errors import HEADER, PROGRAM, SECONDS, png
from test_heatmap import Worker

CFG = '''[net]
width=8
height=8
channels=1
[convolutional]
filters=2
size=1
stride=1
activation=relu
[maxpool]
size=2
stride=2
[convolutional]
filters=1
size=1
stride=1
activation=linear
[avgpool]
[activation]
activation=logistic
'''
# Of a picture whose pixels are all v: 1 v and 0.5 v, of which the first less 0.5 is y.
WEIGHTS = (0, 0, 1, .5, -.5, 1, 0)
GREYS = {'a_dark': (40, 60, 100), 'b_bright': (140, 200, 250)}
IMAGES = [(name, grey) for name in GREYS for grey in GREYS[name]]


def output(grey):
    return grey / 255 - .5


def importance(grey, label):
    """Of layer 0: dy/dA_0 is 1/16 in one of four pixels, and A_0 is v; the mean over two channels is half of it."""
    return grey / 255 / 64 / 2 if label == 1 else 0


class OneOutputTest(SmallNetworkTest):
    """The network and its pictures."""

    def setUp(self):
        super().setUp()
        self.cfg, self.weights, self.data = (str(self.top / name) for name in ('net.cfg', 'net.weights', 'set'))
        (self.top / 'net.cfg').write_text(CFG)
        (self.top / 'net.weights').write_bytes(HEADER + struct.pack('<7f', *WEIGHTS))
        for name, grey in IMAGES:
            path = self.top / 'set' / name / f'{grey}.png'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(png(8, 8, grey))

    def isplit(self, *arguments, expect=0):
        run = subprocess.run([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                             timeout=SECONDS, encoding='utf-8', env={**os.environ, 'XDG_CACHE_HOME': str(self.top)})
        self.assertEqual(run.returncode, expect, run.stderr)
        return run.stdout, run.stderr


class OneOutput(OneOutputTest):
    def rows(self, *options):
        self.isplit('curve', self.cfg, self.weights, '-d', self.data, '--no-store', '-o', str(self.top / 'c.csv'),
                    '--images-csv', str(self.top / 'i.csv'), *options)
        with open(self.top / 'i.csv', encoding='utf-8') as file:
            rows = {row['image']: row for row in csv.DictReader(file)}
        return [rows[f'{name}/{grey}.png'] for name, grey in IMAGES]

    def check_rows(self, rows, label_of):
        for row, (name, grey) in zip(rows, IMAGES):
            label, y = label_of(name, grey), output(grey)
            self.assertEqual(int(row['top_index']), int(y > 0))
            self.assertAlmostEqual(float(row['score']), y if label else -y, 6)
            self.assertAlmostEqual(float(row['L0']), importance(grey, label), 8)

    def test_rows_of_both_classes(self):
        self.check_rows(self.rows('--layers', 'all'), lambda name, grey: int(name == 'b_bright'))

    def test_what_was_found(self):
        out, _ = self.isplit('data', self.data, self.cfg, '--format', 'table')
        self.assertRegex(out, r'(?m)^outputs    2$')
        self.assertRegex(out, r'(?m)^ +1 +3  b_bright +b_bright$')
        out, _ = self.isplit('curve', self.cfg, self.weights, '-d', self.data, '--no-store', '--chart')
        self.assertIn('accuracy 100.0 %', out)

    def test_label_against_the_output(self):
        """Both classes of each picture in turn: the label decides the sign, the output the prediction."""
        lines = (f'{name}/{grey}.png {int(name == "a_dark")}\n' for name, grey in IMAGES)
        (self.top / 'truth.txt').write_text(''.join(lines))
        rows = self.rows('--layers', 'all', '--truth', str(self.top / 'truth.txt'))
        self.check_rows(rows, lambda name, grey: int(name == 'a_dark'))
        rows = self.rows('--layers', 'all', '--truth', str(self.top / 'truth.txt'), '--score', 'top')
        self.check_rows(rows, lambda name, grey: int(output(grey) > 0))

    def test_heatmaps(self):
        worker = Worker()
        self.addCleanup(worker.close)
        worker.ask('hello', protocol=2)
        worker.ask('open', cfg=self.cfg, weights=self.weights)
        worker.ask('images', data=self.data, split=None, labels=None, probe=False)
        worker.until('dataset')
        for image, (name, grey) in enumerate(sorted(IMAGES, key=lambda one: f'{one[0]}/{one[1]}.png')):
            worker.ask('heatmap', image=image, side=8, layers=[0], score='truth', reduce='mean', tap='post', fit='crop',
                       mean=[0, 0, 0], std=[1, 1, 1], scale=1, bgr=False, batch=1, threads=1)
            answer = worker.until('heatmap')[-1]
            label = int(name == 'b_bright')
            self.assertEqual(answer['top'], int(output(grey) > 0))
            self.assertAlmostEqual(answer['score'], abs(output(grey)), 6)
            self.assertAlmostEqual(answer['top_score'], abs(output(grey)), 6)
            self.assertAlmostEqual(answer['maps'][0]['importance'], importance(grey, label), 8)

    def test_features_and_plan(self):
        features = str(self.top / 'f.csv')
        self.isplit('features', self.cfg, self.weights, '-d', self.data, '-o', features, '--calibrate', '2')
        with open(features, encoding='utf-8') as file:
            rows = list(csv.DictReader(file))
        self.assertEqual({row['accuracy'] for row in rows if row['dtype'] == 'f32'}, {'1'})
        self.assertEqual({row['agreement'] for row in rows if row['dtype'] == 'f32'}, {'1'})
        self.isplit('plan', self.cfg, self.weights, '-d', self.data, '--no-store', '--features', features, '-o',
                    str(self.top / 'p.csv'))
        meta = (self.top / 'p.csv.meta.csv').read_text()
        self.assertIn('\nanswer_bytes,4\n', meta)  # one number comes back

    def test_halves_that_do_not_guess(self):
        """Ten of twelve right are more than one output's two classes give by chance."""
        for name, greys in (('a_dark', (50, 70, 201)), ('b_bright', (150, 210, 51))):
            for grey in greys:
                (self.top / 'set' / name / f'{grey}.png').write_bytes(png(8, 8, grey))
        self.isplit('split', self.cfg, self.weights, '--at', '1', '-o', str(self.top / 'halves'))
        half = os.path.join(os.path.dirname(PROGRAM), 'isplit-half')
        out, err = self.isplit('run', str(self.top / 'halves'), '-d', self.data, '--to', f'{half} tail {self.top}/halves', '--columns', 'measure,value')
        self.assertIn('accuracy,0.833333333\n', out)
        self.assertNotIn('chance', err)

    def test_other_numbers_of_classes(self):
        for name in ('a_dark', 'c_other'):
            (self.top / 'more' / name).mkdir(parents=True)
            (self.top / 'more' / name / '1.png').write_bytes(png(8, 8))
        (self.top / 'more/d').mkdir()
        (self.top / 'more/d/1.png').write_bytes(png(8, 8))
        _, err = self.isplit('data', str(self.top / 'more'), self.cfg, expect=1)
        self.assertIn('has 3 class folders, the network 2 outputs', err)


if __name__ == '__main__':
    unittest.main()
