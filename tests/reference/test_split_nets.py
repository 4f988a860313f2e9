#!/usr/bin/python3
"""Every cut of real networks, made by the worker and run by stock libdarknet in a program of its own: head then
tail must give the bits of the whole. What cannot be cut must be refused, and leave nothing.

    test_split_nets.py [unittest options]      DARKNET names another Darknet tree than /usr/lib/darknet

Where there are no trained weights they are random. To keep it quick, inputs are small, and most cuts are made in
networks with an eighth of the channels: the same layers in the same order, so the same cuts; one cut of each is made
with more of its numbers: of resnet18 with all, of the others with half the channels.
"""
import os
import shutil
import struct
import tempfile
import unittest

import bundled
from bundled import installed, net, rewrite
from split_worker import Stock, Worker, build_stock

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, '../..')
TINY_WEIGHTS = os.path.join(TOP, '../shared/data/tiny-darknet/tiny.weights')

work = None


def setUpModule():
    global work
    work = tempfile.TemporaryDirectory()
    build_stock('stock_split.c', path('stock_split'))


def tearDownModule():
    work.cleanup()


def path(name):
    return os.path.join(work.name, name)


def save(name, text, **options):
    """-> (cfg, weights) in the work folder."""
    return bundled.save(path(name), text, **options)


def read(name):
    with open(name, encoding='utf-8') as file:
        return file.read()


def read_bytes(name):
    with open(name, 'rb') as file:
        return file.read()


class Cuts(unittest.TestCase):
    def check_weights(self, whole, folder, stock=True):
        """The halves hold the numbers of the whole, each once and in order, behind a header that stock Darknet reads
        alike on every machine; what it cannot run keeps the header."""
        content, head, tail = (read_bytes(name) for name in (whole, folder + '/head.weights', folder + '/tail.weights'))
        major, minor = struct.unpack('<ii', content[:8])
        header = 20 if major * 10 + minor >= 2 and major < 1000 and minor < 1000 else 16
        numbers = b''
        for half, name in ((head, 'head'), (tail, 'tail')):
            simple = stock or not self.lacks(folder, name)
            expected = struct.pack('<iii', 0, 1, 0) + content[12:16] if simple and max(major, minor) < 1000 else content[:header]
            self.assertEqual(half[:len(expected)], expected)
            numbers += half[len(expected):]
        self.assertTrue(numbers == content[header:])

    def lacks(self, folder, half):
        return any(kind in read('%s/%s.cfg' % (folder, half)) for kind in ('[deconvolutional]', '[batchnorm]'))

    def check_cut(self, worker, stock, layer, inputs=1):
        folder = path('cut%d' % layer)
        answer = worker.split(layer, folder, inputs)
        self.assertEqual(answer['type'], 'split', answer)
        self.assertEqual(sorted(os.listdir(folder)), ['head.cfg', 'head.weights', 'tail.cfg', 'tail.weights'])
        for file in answer['files']:
            self.assertEqual(os.path.getsize(os.path.join(folder, file['name'])), file['bytes'])
        if stock:
            self.assertEqual(stock.ask(layer, folder), 'same')
        self.check_weights(worker.weights, folder, stock is not None)
        shutil.rmtree(folder)
        return answer

    def check_refused(self, worker, row):
        folder = path('cut%d' % row['layer'])
        answer = worker.split(row['layer'], folder)
        self.assertEqual(answer['type'], 'error', row['name'])
        self.assertIn('cannot cut after layer %d (%s): ' % (row['layer'], row['name']), answer['text'])
        for layer in row['crossing'] if len(row['crossing']) > 1 else ():
            if layer != row['layer']:
                name = "layer %d (%s)" % (layer, worker.layers['rows'][layer]['name']) if layer >= 0 else "input"
                self.assertIn(name, answer['text'])
        self.assertFalse(os.path.exists(folder))

    def check_all(self, cfg, weights, expected, stock=True, inputs=1):
        """`expected`: how many clean cuts there are."""
        clean = 0
        with Worker(cfg, weights) as worker, Stock(path('stock_split'), cfg, weights, str(inputs)) as program:
            for row in worker.layers['rows']:
                with self.subTest(layer=row['layer'], name=row['name']):
                    if row['clean']:
                        clean += 1
                        self.check_cut(worker, program if stock else None, row['layer'], inputs)
                    else:
                        self.check_refused(worker, row)
        self.assertEqual(clean, expected)

    def bundled(self, name):
        text = installed(name)
        if text is None:
            self.skipTest('no %s.cfg of the darknet package here' % name)
        return text

    def check_bundled(self, name, expected, changes=()):
        text = self.bundled(name)
        self.check_all(*save(name, rewrite(text, changes, 8)), expected)

    def check_real_size(self, name, layer_name, narrower=1):
        text = self.bundled(name)
        cfg, weights = save(name, rewrite(text, {256: 64, 224: 64}, narrower))
        with Worker(cfg, weights) as worker, Stock(path('stock_split'), cfg, weights, '1') as program:
            layer = next(row['layer'] for row in worker.layers['rows'] if row['name'] == layer_name)
            self.check_cut(worker, program, layer)
        os.unlink(weights)


class Bundled(Cuts):
    def test_vgg16(self):
        self.check_bundled('vgg-16', 21, {256: 72, 224: 64})

    def test_resnet18(self):
        self.check_bundled('resnet18', 12, {256: 64})

    def test_resnet50(self):
        self.check_bundled('resnet50', 20, {256: 64})

    def test_darknet19(self):
        self.check_bundled('darknet19', 25, {256: 64})

    def test_darknet53(self):
        self.check_bundled('darknet53', 31, {256: 64})

    def test_tiny_trained(self):
        if not os.path.exists(TINY_WEIGHTS):
            self.skipTest('no trained tiny.weights here')
        with open(path('tiny.cfg'), 'w', encoding='ascii') as file:
            file.write(rewrite(self.bundled('tiny'), {224: 64}))
        self.check_all(path('tiny.cfg'), TINY_WEIGHTS, 21)

    def test_demo_vgg16(self):
        self.check_all(TOP + '/cfg/letters-vgg16.cfg', TOP + '/weights/letters-vgg16.weights', 21, inputs=3)

    def test_demo_resnet50(self):
        self.check_all(TOP + '/cfg/letters-resnet50.cfg', TOP + '/weights/letters-resnet50.weights', 20, inputs=3)


CONV = 'convolutional filters=6 size=3 pad=1 activation=leaky'
NORMED = 'convolutional batch_normalize=1 filters=6 size=3 stride=1 pad=1 activation=relu'
POOL = 'maxpool size=2 stride=2'
SCORES = 'connected output=5 activation=linear'
TREE = '\n'.join(('animal -1', 'thing -1', 'cat 0', 'dog 0', 'car 1')) + '\n'


class Kinds(Cuts):
    """What the tail must be given, and what must be moved, layer kind by layer kind."""

    def check(self, expected, *layers, shape=(3, 12, 10), stock=True, **weights_format):
        cfg, weights = save('kind', net(shape, *layers), **weights_format)
        self.check_all(cfg, weights, expected, stock, inputs=2)

    def test_flattened_and_dropout(self):
        layers = (NORMED, POOL, 'dropout probability=.5', 'connected batch_normalize=1 output=9 activation=relu',
                  'dropout probability=.5', SCORES, 'softmax groups=1', 'cost type=sse')
        for options in ({}, {'wide_seen': False}, {'transposed': True}):
            with self.subTest(**options):
                self.check(4, *layers, **options)

    def test_first_layer_reads_the_cut_by_number(self):
        self.check(7, CONV, 'shortcut from=-1 activation=relu alpha=.5', NORMED, 'route layers=-1', CONV, POOL, SCORES,
                   'softmax')

    def test_later_layers_read_the_cut_by_number(self):
        self.check(5, CONV, CONV, 'convolutional filters=4 size=1 activation=leaky', 'route layers=1',
                   'route layers=2,-1', 'shortcut from=4 activation=linear', SCORES, 'softmax')

    def test_numbers_counted_from_the_start(self):
        self.check(6, CONV, POOL, CONV, NORMED, 'shortcut from=2 activation=leaky',
                   'convolutional filters=3 size=1 activation=linear', 'route layers=5,4', SCORES, 'softmax')

    def test_crops(self):
        self.check(5, 'crop crop_height=10 crop_width=9', NORMED, CONV, 'crop crop_height=7 crop_width=8 noadjust=1', CONV,
                   SCORES, 'softmax')

    def test_shapes(self):
        self.check(7, 'convolutional filters=8 size=3 pad=1 groups=1 activation=elu',
                   'convolutional filters=4 groups=2 size=3 padding=2 activation=leaky', 'upsample stride=2',
                   'reorg stride=2', 'activation activation=relu', 'avgpool', SCORES, 'softmax')

    def test_scores_at_the_end(self):
        self.check(2, CONV, POOL, SCORES)
        self.check(3, CONV, POOL, SCORES, 'cost type=sse')
        self.check(3, CONV, POOL, SCORES, 'dropout probability=.5')

    def test_plain_vectors(self):
        cfg, weights = save('vector', net((12, 1, 1), 'connected output=9 activation=relu', SCORES, 'softmax'))
        text = read(cfg).replace('channels=12\nheight=1\nwidth=1\n', 'inputs=12\n')
        with open(cfg, 'w', encoding='ascii') as file:
            file.write(text)
        self.check_all(cfg, weights, 2)

    def test_tree(self):
        with open(path('animals.tree'), 'w', encoding='ascii') as file:
            file.write(TREE)
        self.check(3, CONV, POOL, SCORES, 'softmax tree=%s' % path('animals.tree'))

    def test_what_stock_darknet_cannot_run(self):
        layers = (CONV, 'deconvolutional filters=4 size=2 stride=2 activation=leaky', 'batchnorm', POOL, SCORES, 'softmax')
        cfg, weights = save('kind', net((3, 12, 10), *layers))
        with Worker(cfg, weights) as worker:
            for layer in range(5):
                self.check_cut(worker, None, layer)
            warned = {log['text'] for log in worker.logs if log['type'] == 'log'}
        self.assertEqual(warned, {
            'stock Darknet cannot run head.cfg: it crashes on layer 1 (deconv1), [deconvolutional]',
            'stock Darknet cannot run tail.cfg: it crashes on layer 1 (deconv1), [deconvolutional]',
            'stock Darknet cannot run head.cfg: it crashes on layer 1 (deconv1), [deconvolutional]; '
            'nor tail.cfg: it crashes on layer 2 (batchnorm1), [batchnorm]'})


class RealSize(Cuts):
    def test_vgg16(self):
        self.check_real_size('vgg-16', 'block4_pool', 2)

    def test_resnet18(self):
        self.check_real_size('resnet18', 'layer2_block2')

    def test_resnet50(self):
        self.check_real_size('resnet50', 'layer3_block2', 2)

    def test_darknet19(self):
        self.check_real_size('darknet19', 'block4_pool', 2)

    def test_darknet53(self):
        self.check_real_size('darknet53', 'layer4_block3', 2)


if __name__ == '__main__':
    unittest.main()
