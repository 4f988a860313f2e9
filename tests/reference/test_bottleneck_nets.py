#!/usr/bin/python3
"""Bottlenecks in real networks, run by stock libdarknet: at the encoder's end head then tail give the bits of the
whole, in a program of its own; and what stands behind the decoder is the original's tail, text and numbers, so that
all that a bottleneck changes is the tensor that the tail reads.

    test_bottleneck_nets.py [unittest options]      DARKNET names another Darknet tree than /usr/lib/darknet
"""
import os
import shutil
import subprocess
import tempfile
import unittest

import bundled
from bundled import installed, net, rewrite
from split_worker import Stock, Worker, build_stock

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, '../..')
WRITER = os.path.join(os.environ.get('ISPLIT_BUILD', os.path.join(TOP, 'build')), 'bottleneck_writer')
FORMS = 'ratio', 'floats:512', 'bytes:300'

work = None


def setUpModule():
    global work
    work = tempfile.TemporaryDirectory()
    build_stock('stock_split.c', path('stock_split'))


def tearDownModule():
    work.cleanup()


def path(name):
    return os.path.join(work.name, name)


def read_bytes(name):
    with open(name, 'rb') as file:
        return file.read()


def layers_of(cfg):
    """The lines of a cfg but for its comments and [net]."""
    with open(cfg, encoding='utf-8') as file:
        lines = [line for line in file.read().splitlines() if not line.startswith('#')]
    return '\n'.join(lines).split('\n\n', 2)[2]


class Bottlenecks(unittest.TestCase):
    def insert(self, cfg, weights, layer, form):
        """-> the folder, or what is said against it."""
        folder = path('made')
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        run = subprocess.run([WRITER, cfg, weights, str(layer), form, '3', folder], stderr=subprocess.PIPE, text=True,
                             check=False)
        return (folder, '') if run.returncode == 0 else (None, run.stderr)

    def tail_at(self, worker, layer, name):
        """Layers and numbers of the tail behind a cut."""
        folder = path(name)
        answer = worker.split(layer, folder)
        self.assertEqual(answer['type'], 'split', answer)
        made = layers_of(folder + '/tail.cfg'), read_bytes(folder + '/tail.weights')
        shutil.rmtree(folder)
        return made

    def check_encoder(self, worker, whole, layer):
        """The split that is meant: worker and a program of its own find head and tail the whole."""
        folder = path('halves')
        answer = worker.split(layer, folder, 2)
        self.assertEqual(answer['type'], 'split', answer)
        self.assertEqual(answer['runs_in'], ['stock', 'stock'])
        with Stock(path('stock_split'), whole + '.cfg', whole + '.weights', '2') as stock:
            self.assertEqual(stock.ask(layer, folder), 'same')
        shutil.rmtree(folder)

    def check_cut(self, original, cut, form, cfg, weights):
        folder, why = self.insert(cfg, weights, cut, form)
        if not folder:
            self.assertRegex(why, 'numbers|the scores are there')  # sends no less, or cannot send so little
            return False
        self.assertEqual(read_bytes(folder + '/whole.weights'), read_bytes(folder + '/joined.weights'))
        tail = self.tail_at(original, cut, 'original')
        for made in 'whole', 'rest':
            with Worker(folder + '/%s.cfg' % made, folder + '/%s.weights' % made) as worker:
                names = {row['name']: row for row in worker.layers['rows']}
                sent = [row['layer'] for name, row in names.items() if name.startswith('encoder')][-1]
                last = [row['layer'] for name, row in names.items() if name.startswith('decoder')][-1]
                self.assertEqual(names['encoder1']['layer'], cut + 1 if made == 'whole' else 0)
                self.assertEqual(worker.layers['rows'][last]['out'], original.layers['rows'][cut]['out'])
                again = self.tail_at(worker, last, 'again')
                self.assertEqual(again[0], tail[0], made)
                self.assertTrue(again[1] == tail[1], made)
                if made == 'whole':
                    self.check_encoder(worker, folder + '/whole', sent)
        return True

    def check_network(self, cfg, weights, expected, forms=None):
        """Every clean cut with all `forms`; without them every second one, with one form each, in turn."""
        done = 0
        with Worker(cfg, weights) as original:
            clean = [row for row in original.layers['rows'] if row['clean']]
            for i, row in enumerate(clean if forms else clean[::2]):
                for form in forms or (FORMS[i % len(FORMS)],):
                    with self.subTest(layer=row['layer'], name=row['name'], out=row['out'], form=form):
                        done += self.check_cut(original, row['layer'], form, cfg, weights)
        self.assertEqual(done, expected)

    def check_bundled(self, name, expected, changes, narrower=8):
        text = installed(name)
        if text is None:
            self.skipTest('no %s.cfg of the darknet package here' % name)
        self.check_network(*bundled.save(path(name), rewrite(text, changes, narrower)), expected)


class Bundled(Bottlenecks):
    """An eighth or a quarter of the channels and other sizes: the same layers in the same order. Sides are odd in between."""

    def test_vgg16(self):
        self.check_bundled('vgg-16', 10, {256: 72, 224: 60})

    def test_resnet18(self):
        self.check_bundled('resnet18', 5, {256: 100})

    def test_darknet19(self):
        self.check_bundled('darknet19', 12, {256: 56}, 4)

    def test_demo_vgg16(self):
        self.check_network(TOP + '/cfg/letters-vgg16.cfg', TOP + '/weights/letters-vgg16.weights', 9)

    def test_demo_resnet50(self):
        self.check_network(TOP + '/cfg/letters-resnet50.cfg', TOP + '/weights/letters-resnet50.weights', 10)


CONV = 'convolutional batch_normalize=1 filters=%d size=3 stride=1 pad=1 activation=leaky'
SCORES = 'connected output=5 activation=linear', 'softmax'


class Sides(Bottlenecks):
    def check(self, shape, expected, *layers, forms=FORMS):
        cfg, weights = bundled.save(path('sides'), net(shape, *layers))
        self.check_network(cfg, weights, expected, forms)

    def test_odd_and_even(self):
        for h, w in ((7, 7), (7, 8), (8, 7), (13, 14), (3, 5), (2, 9), (5, 1)):
            with self.subTest(h=h, w=w):
                self.check((3, h, w), 2, CONV % 16, CONV % 4, *SCORES, forms=('ratio',))
                self.check((3, h, w), 1, CONV % 128, *SCORES, forms=('floats:500',))

    def test_routes_and_shortcuts(self):
        """By number from the start and counted back, at the cut and after it."""
        self.check((3, 12, 9), 9, CONV % 16, CONV % 16, CONV % 16, 'shortcut from=0 activation=linear', CONV % 16,
                   'shortcut from=-2 activation=leaky', CONV % 8, 'route layers=-1,5', CONV % 16,
                   'shortcut from=5 activation=linear', 'avgpool', *SCORES, forms=('ratio', 'floats:100'))

    def test_vectors(self):
        self.check((3, 8, 8), 7, CONV % 16, 'avgpool', 'connected output=40 activation=relu', *SCORES,
                   forms=('ratio', 'floats:32', 'floats:12'))


if __name__ == '__main__':
    unittest.main()
