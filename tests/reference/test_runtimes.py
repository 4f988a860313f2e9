#!/usr/bin/python3
"""Head and tail in runtimes that know nothing of isplit: OpenCV reads the cfgs, and gives the bits of the whole network;
the ONNX models agree with the independent reading in PyTorch, layer kind by layer kind, and isplit imports them again.

    test_runtimes.py [unittest options]      make runtimes, for all cuts and for ONNX Runtime
"""
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy

import bundled
import onnx_models
import random_nets
import runtimes
from darknet_torch import Network
from split_worker import PROGRAM, Worker
from torch_setup import torch

CONV = 'convolutional batch_normalize=1 filters=6 size=3 pad=1 activation=leaky'
SCORES = 'connected output=5 activation=linear'
TOLERANCE = 1e-5  # of the largest number
needs_opencv = unittest.skipUnless(runtimes.cv2, 'no python3-opencv here')


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def split(self, files, layer, folder, **changes):
        with Worker(*files) as worker:
            answer = worker.split(layer, self.path(folder), onnx=True, **changes)
            return answer, worker.layers['rows'][layer]


@needs_opencv
class Bits(InFolder):
    """The cuts whose tail begins with a pool of one pixel, and a few others; all of them: make runtimes."""

    def check(self, name, *layers, tolerance=TOLERANCE):
        found = [runtimes.Darknet(self.folder), runtimes.OpenCV('cfg'), runtimes.OpenCV('ONNX')]
        with runtimes.Whole(self.folder, runtimes.files_of(self.folder, name), found) as whole:
            self.assertLess(runtimes.distance(whole.outputs['OpenCV, cfg'], whole.outputs['Darknet']), tolerance)
            rows = {row['name']: row for row in whole.clean}
            for layer in layers:
                with self.subTest(network=name, layer=layer):
                    said = whole.cut(rows[layer])
                    self.assertEqual((said['Darknet'][0], said['OpenCV, cfg'][0]), (True, True))
                    self.assertLess(said['OpenCV, ONNX'][1], tolerance)

    def test_demo_vgg16(self):
        self.check('letters-vgg16', 'block1_conv1', 'block4_pool', 'fc1', 'fc3')

    def test_demo_resnet50(self):
        self.check('letters-resnet50', 'maxpool', 'layer2_block2', 'avgpool', 'fc1')

    def test_tiny_trained(self):
        if not runtimes.files_of(self.folder, 'tiny'):
            self.skipTest('no trained tiny.weights here')
        self.check('tiny', 'block5_conv1', 'avgpool')

    def test_bundled(self):
        for name, layers in (('darknet53', ('layer1_block1', 'layer3_block1', 'avgpool')), ('alexnet', ('fc1', 'block1_pool'))):
            if runtimes.files_of(self.folder, name):
                self.check(name, *layers, tolerance=1e-4)  # of scores: roundings of 50 layers of random weights


class Thrice(torch.nn.Module):
    """Its input goes into three layers."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = torch.nn.Conv2d(3, 6, 3, 1, 1), torch.nn.Conv2d(3, 6, 1), torch.nn.Conv2d(9, 8, 3, 2, 1)
        self.fc = torch.nn.Linear(8, 5)

    def forward(self, x):
        sums = torch.relu(self.a(x) + self.b(x))
        return self.fc(torch.relu(self.c(torch.cat([x, sums], 1))).mean((2, 3)))


class Imported(InFolder):
    """An ONNX model whose input is read more than once: isplit import makes a layer of it, a pool of one pixel."""

    def test_input_read_thrice(self):
        found = runtimes.runtimes(self.folder)
        torch.manual_seed(1)
        model, stem = Thrice().eval(), self.path('thrice')
        onnx_models.export(model, 9, stem + '.onnx')
        subprocess.run([PROGRAM, 'import', stem + '.onnx', '-o', stem], check=True, stdout=subprocess.DEVNULL)
        self.assertIn('# the input, as a layer\n[maxpool]\nsize=1\nstride=1\n', Path(stem + '.cfg').read_text(encoding='ascii'))
        with runtimes.Whole(self.folder, (stem + '.cfg', stem + '.weights'), found, lowest=-.7) as whole:
            self.assertLess(whole.x.min(), -.5)  # as pixels are behind a normalisation
            scores = model.double()(torch.from_numpy(whole.x).double()).detach().numpy().ravel()
            for runtime, output in whole.outputs.items():
                self.assertLess(runtimes.distance(output, scores), TOLERANCE, runtime)
            self.assertGreater(len(whole.clean), 2)
            for row in whole.clean:
                for runtime, (bits, far) in whole.cut(row).items():
                    with self.subTest(layer=row['name'], runtime=runtime):
                        self.assertIn(bits, (True, None))
                        self.assertLess(far, TOLERANCE)


class Kinds(InFolder):
    """Networks of every block of random_nets.py, cut in the middle."""

    def files(self, name, text):
        """-> the independent reading, and the files."""
        net = Network(text)
        random_nets.random_weights(net, 3)
        files = self.path(name + '.cfg'), self.path(name + '.weights')
        Path(files[0]).write_text(text, encoding='ascii')
        random_nets.write_weights(net, files[1])
        return net, files

    def check(self, name, text, opencv):
        """-> why it cannot be written, or None."""
        net, files = self.files(name, text)
        with Worker(*files) as worker:
            clean = [row for row in worker.layers['rows'] if row['clean']]
            row = clean[len(clean) // 2]
            answer = worker.split(row['layer'], self.path('halves' + name), onnx=True)
        if answer['type'] == 'error':
            self.assertIn('cannot be written as ONNX', answer['text'])
            self.assertFalse(os.path.exists(self.path('halves' + name)))
            return answer['text']
        x = numpy.random.default_rng(3).random((1, *net.input_shape), numpy.float32)
        trace = net.forward(torch.from_numpy(x).double())
        sent, y = (trace.post[layer].numpy().astype(numpy.float32) for layer in (row['layer'], -1))
        for half, given, wanted in (('head', x, sent), ('tail', sent.reshape(1, *row['out']), y)):
            got = opencv.run(self.path(f'halves{name}/{half}'), given)
            self.assertIsNotNone(got, f'OpenCV refuses the {half} of {row["name"]}')
            self.assertEqual(got.size, wanted.size, (name, half))
            self.assertLess(runtimes.distance(got, wanted.ravel()), TOLERANCE, (name, half))
        return None

    @needs_opencv
    def test_windows_and_their_borders(self):
        """Odd sides, where a last window reaches beyond the border, or none does; and numbers of a layer's own."""
        kinds = {'pools': ('maxpool size=2 stride=2', 'maxpool size=3 stride=2', CONV, 'maxpool size=3 stride=3 padding=0',
                           'maxpool size=2 stride=1', 'avgpool'),
                 'averages': ('local_avgpool size=2 stride=2', CONV, 'local_avgpool size=3 stride=1',
                              'local_avgpool size=3 stride=2 padding=0', 'avgpool'),
                 'backwards': ('deconvolutional batch_normalize=1 filters=5 size=3 stride=2 padding=1 activation=leaky', CONV, 'batchnorm',
                               'upsample stride=2 scale=.5', 'deconvolutional filters=4 size=2 stride=2 activation=relu'),
                 'crops': ('crop crop_height=14 crop_width=11', CONV, 'crop crop_height=9 crop_width=8 noadjust=1', 'avgpool')}
        for name, layers in kinds.items():
            text = bundled.net((3, 17, 13), CONV, *layers, SCORES, 'softmax groups=1 temperature=2')
            with self.subTest(kind=name):
                self.assertIsNone(self.check(name, text, runtimes.OpenCV('ONNX')))

    @needs_opencv
    def test_random_networks(self):
        opencv = runtimes.OpenCV('ONNX')
        texts = {f'{seed}{forks}': random_nets.random_cfg(seed, False, 5, forks=forks) for forks in (False, True) for seed in range(5)}
        refused = [why for name, text in texts.items() for why in [self.check(name, text, opencv)] if why]
        for why in refused:
            self.assertRegex(why, r'\[(reorg\] orders numbers as|shortcut\] adds maps of unlike shapes)')
        self.assertLess(len(refused), 6)

    def test_refused(self):
        """Before anything is written, by the layer's name in the whole network."""
        Path(self.path('tree')).write_text('a -1\nb -1\nc 0\nd 0\ne 1\n', encoding='ascii')
        for why, layers in ((r'layer 1 \(reorg1\) cannot be written as ONNX: \[reorg\] orders', (CONV, 'reorg stride=1', SCORES)),
                            (r'layer 2 \(softmax\) cannot be written as ONNX: \[softmax\] has a tree',
                             (CONV, SCORES, 'softmax tree=' + self.path('tree'))),
                            (r'layer 2 \(layer1_block1\) cannot be written as ONNX: \[shortcut\] adds maps of unlike',
                             (CONV, 'convolutional filters=3 size=1 activation=relu', 'shortcut from=0 activation=relu', SCORES))):
            files = bundled.save(self.path('kind'), bundled.net((4, 8, 8), *layers))
            answer, _ = self.split(files, 0, 'halves')
            self.assertEqual(answer['type'], 'error')
            self.assertRegex(answer['text'], r'kind\.cfg:\d+: ' + why)
            self.assertFalse(os.path.exists(self.path('halves')))


class Again(InFolder):
    """isplit import of what isplit split wrote: two readings of ONNX, and libdarknet's scores."""

    def imported(self, stem):
        subprocess.run([PROGRAM, 'import', stem + '.onnx', '-o', stem + '_again'], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return stem + '_again'

    def check(self, name, layer):
        darknet = runtimes.Darknet(self.folder)
        with runtimes.Whole(self.folder, runtimes.files_of(self.folder, name), [darknet]) as whole:
            row = next(row for row in whole.clean if row['name'] == layer)
            answer = whole.worker.split(row['layer'], self.path('halves'), onnx=True)
            self.assertEqual([file['name'] for file in answer['files'][4:]], ['head.onnx', 'tail.onnx'])
            for file in answer['files']:
                self.assertEqual(os.path.getsize(self.path('halves/' + file['name'])), file['bytes'])
            sent = darknet.run(self.imported(self.path('halves/head')), whole.x)
            self.assertEqual(sent.size, numpy.prod(row['out']))
            scores = darknet.run(self.imported(self.path('halves/tail')), sent)
            self.assertLess(runtimes.distance(scores, whole.outputs['Darknet']), TOLERANCE)

    def test_demo_vgg16(self):
        self.check('letters-vgg16', 'fc1')

    def test_demo_resnet50(self):
        self.check('letters-resnet50', 'layer2_block2')


class NotNumbers(InFolder):
    def test_are_not_sent_to_a_pool(self):
        """Darknet's maximum begins at -FLT_MAX: what is less, or no number, would become that."""
        layers = ('convolutional filters=4 size=1 activation=linear', 'convolutional filters=4 size=1 activation=linear',
                  'shortcut from=0 activation=relu', 'connected output=3 activation=linear')
        files = bundled.save(self.path('large'), bundled.net((1, 4, 4), *layers))
        weights = bytearray(Path(files[1]).read_bytes())
        weights[20 + 16:20 + 32] = numpy.full(4, -3e38, '<f4').tobytes()  # behind the biases
        weights[20:20 + 16] = numpy.full(4, -3e38, '<f4').tobytes()
        Path(files[1]).write_bytes(weights)
        answer, _ = self.split(files, 0, 'halves')
        self.assertRegex(answer.get('text', ''), r'\Alayer 0 \(conv1\) gives -inf as number \d+ of its output, input 0 '
                                                 r'\(expected finite numbers, .*\); nothing is written\Z')
        self.assertFalse(os.path.exists(self.path('halves')))


if __name__ == '__main__':
    unittest.main()
