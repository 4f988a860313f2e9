#!/usr/bin/python3
"""What commands say on a terminal while they work, and at the end: a bar, and a last line with the result and the files.

Run from anywhere, after make:  tests/e2e/test_conclusion.py [unittest options]
"""
import json
import os
import re
import sys
import tempfile
import unittest
from pathlib import Path

import numpy

import onnx_writer as onnx
from on_terminal import on_terminal

TOP = Path(__file__).resolve().parent.parent.parent
PROGRAM = os.path.abspath(os.environ.get('ISPLIT', TOP / 'isplit'))
DEMO = str(TOP / 'cfg/letters-vgg16.cfg')
DATA = str(TOP / 'tests/samples/letters')
WEIGHTS = str(TOP / 'weights/letters-vgg16.weights')


class OnTerminal(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def run_isplit(self, *words, out=None, columns=0):
        """Standard error is a terminal, and standard output where `out` is None. -> what it got"""
        status, text = on_terminal([PROGRAM, *words], out, columns=columns, cwd=self.folder)
        self.assertEqual(status, 0, text)
        return text.decode()

    def written(self, *words):
        """What comes on a standard output that is no terminal."""
        with tempfile.TemporaryFile() as out:
            self.run_isplit(*words, out=out)
            out.seek(0)
            return out.read().decode()

    def last(self, text):
        return re.sub(r'.*\r(\x1b\[K)?', '', text.replace('\r\n', '\n').rstrip('\n').split('\n')[-1])

    def test_the_last_line(self):
        text = self.run_isplit('layers', DEMO, '-o', 'l.csv')
        self.assertRegex(self.last(text), r'^isplit: 18 of \d+ layers are listed; the cut after block5_pool sends least, 512 B; '
                                          r'written: l\.csv, l\.csv\.meta\.csv$')
        text = self.run_isplit('plan', DEMO, WEIGHTS, '-o', 'p.csv')
        self.assertRegex(self.last(text), r'^isplit: .*; written: p\.csv, p\.csv\.meta\.csv$')

    def ends(self, *words, said, files=()):
        """The command's last line is this, and the files that it names are there."""
        last = self.last(self.run_isplit(*words))
        self.assertRegex(last, '^isplit: ' + said + ('; written: ' + ', '.join(map(re.escape, files)) if files else '') + '$')
        for file in files:
            self.assertTrue(os.path.exists(os.path.join(self.folder, file)), file)

    def test_the_last_line_of_links(self):
        self.ends('link', said=r'\d+ links are known, 0 of them your own')
        self.ends('link', 'bandwidth=8,rtt=0,header=0', '1000', said=r'\S+ takes 1 ms for 1000 B')
        self.ends('link', 'wifi', '-o', 'w.csv', said=r'wifi: 18\.88 Mbit/s, round trip 10 ms', files=['w.csv'])
        self.ends('link', '--measure', os.path.join(os.path.dirname(PROGRAM), 'isplit-half') + ' probe', '--save', 'mine',
                  '--links', 'links', said=r'mine: .* Mbit/s, round trip .* ms', files=['links'])

    def test_the_last_line_of_data(self):
        self.ends('data', DATA, '-o', 'd.csv', said='400 images of 10 classes, 0 cannot be decoded',
                  files=['d.csv', 'd.csv.meta.csv'])
        with open(os.path.join(self.folder, 'd.csv'), encoding='utf-8') as file:
            self.assertEqual(file.readline(), 'output,class,folder,images\n')

    def test_the_last_line_of_halves(self):
        self.ends('split', DEMO, WEIGHTS, '--at', 'block4_pool', '-o', 'cut', files=['cut/'],
                  said=r'cut after layer 13 \(block4_pool\): head then tail match .* bit for bit on \d+ made-up inputs')
        half = os.path.join(os.path.dirname(PROGRAM), 'isplit-half') + ' tail cut'
        self.ends('run', 'cut', '-d', DATA, '-n', '5', '--to', half, said=r'5 of 5 images answered, [\d.e+]+ ms each, [\d.]+ % right')

    def test_the_last_line_of_stores(self):
        self.run_isplit('curve', DEMO, WEIGHTS, '-d', DATA, '-n', '10', '--store', 'a.db', '-o', 'c.csv')
        self.ends('store', 'ls', '--store', 'a.db', said=r'1 study in a\.db, rows of 10 images')
        self.ends('store', 'ls', '--store', 'a.db', '-o', 'ls.csv', said='1 study in .*', files=['ls.csv'])
        self.assertFalse(os.path.exists(os.path.join(self.folder, 'ls.csv.meta.csv')))
        self.ends('store', 'merge', 'a.db', '--store', 'b.db', said=r'10 new rows in b\.db')
        self.ends('store', 'export', '--store', 'b.db', '-o', 'r.csv', said='incomplete, the rows of 10 images',
                  files=['r.csv', 'r.csv.meta.csv'])
        self.ends('store', 'verify', '--store', 'b.db', said=r'b\.db: no fault')
        self.ends('store', 'rm', '--all', '--store', 'b.db', said=r'b\.db: 1 study removed, 0 are left')
        slow = 'exec %s %s --images 60 --slow 0.03' % (sys.executable, TOP / 'tests/e2e/fake_engine.py')
        text = self.run_isplit('shards', '2', '--parallel', 'a.cfg', 'a.weights', '-d', 'data', '--engine', slow, '-o', 'slow.sh')
        self.assertRegex(text, r'measuring how fast it is \[#+\.+\] +\d+%  \d+/60 images  [\d.]+/s  ETA 0:0\d')
        self.ends('shards', '2', '--parallel', DEMO, WEIGHTS, '-d', DATA, '--speed', '100', '-o', 'job.sh',
                  said=r'2 shares of 400 images, at 100 images/s about .* s each', files=['job.sh'])

    def test_the_last_line_of_trainings(self):
        self.ends('retrain', DEMO, WEIGHTS, '-d', DATA, '--at', 'block5_pool', '--epochs', '1', '-n', '40', '-o', 'new',
                  said=r'[\d.]+ % right with the bottleneck after block5_pool, [\d.]+ % before', files=['new/'])
        self.ends('evaluate', DEMO, WEIGHTS, '-d', DATA, '--cuts', 'block5_pool', '--stages', '1', '--starts', '1', '--steps', '2',
                  '-o', 'race', said=r'best: block5_pool, [\d.]+ % of \d+ validation images',
                  files=['race/evaluate.csv', 'race/evaluate.csv.meta.csv', 'race/predictors.csv', 'race/predictors.csv.meta.csv'])
        self.ends('evaluate', '--compare', 'race', 'race', said='the best split is the same: block5_pool')

    def test_80_columns(self):
        """Of the cuts of a race, in words and as a table, no row is wider, also where -o names a folder."""
        race = ('evaluate', DEMO, WEIGHTS, '-d', DATA, '-n', '60', '--cuts', 'block4_conv1,block5_pool', '--stages', '1',
                '--steps', '1', '-o', 'race')
        for more, row in (((), r'^ *\d+  block\w+ .*stage .*\r$'), (('--format', 'table'), r'^(?:layer| *\d+ ) +.*\r$')):
            text = self.run_isplit(*race, *more, columns=80)
            rows = re.findall(row, text, re.MULTILINE)
            self.assertGreater(len(rows), 1, text)
            for line in rows:
                self.assertLessEqual(len(line.rstrip()), 80, text)
        self.assertRegex(text, r'and \d+ columns more')

    def test_the_last_line_of_import(self):
        """A convolution of 40 MB, whose numbers are counted while they are written."""
        weights = numpy.ones((1024, 1024, 3, 3), 'float32')
        nodes = [onnx.node('Conv', 'x w', 'c', kernel_shape=[3, 3], pads=[1, 1, 1, 1])]
        content = onnx.model(nodes, [onnx.tensor('w', weights)], shape=(1, 1024, 8, 8))
        Path(self.folder, 'm.onnx').write_bytes(content)
        text = self.run_isplit('import', 'm.onnx')
        self.assertRegex(text, r'writing the weights \[#*\.+\] +\d+%  \d+/9\d{3} thousand numbers')
        self.assertRegex(self.last(text), r'^isplit: m\.onnx is a Darknet network now; written: m\.cfg, m\.weights$')
        self.assertTrue(os.path.exists(os.path.join(self.folder, 'm.weights')))

    def test_formats(self):
        """A table where standard output is a terminal, CSV in a pipe, JSON where it is asked for."""
        text = self.run_isplit('layers', DEMO)
        self.assertRegex(text, r'layer +name +kernel +stride +filters +params +macs')
        self.assertRegex(text, r'1 +block1_conv2 +3 +1 +16 +2320 +2,359,296')
        rows = self.written('layers', DEMO)
        self.assertTrue(rows.startswith('layer,name,type,'))
        rows = self.written('layers', DEMO, '--format', 'json', '--columns', 'name,kernel,macs')
        self.assertEqual(json.loads(rows)[2], {'name': 'block1_pool', 'kernel': 2, 'macs': 0})

    def test_a_bar_while_it_works(self):
        text = self.run_isplit('profile', DEMO, WEIGHTS, '-o', 'p.csv')
        self.assertRegex(text, r'profiling \[#*\.*\] +\d+%  \d+/\d+ runs')
        self.assertRegex(self.last(text), r'^isplit: the whole network takes .* ms on .*; written: p\.csv, p\.csv\.meta\.csv$')


if __name__ == '__main__':
    unittest.main()
