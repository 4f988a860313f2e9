#!/usr/bin/python3
"""What `isplit features` says of the pictures themselves, against Pillow (whose JPEG is libjpeg-turbo's, too) and
PyTorch: bytes of each quality, and how often the whole network is right, and answers as before, on what arrives.

    test_pictures.py [unittest options]      after `make`; ISPLIT names another program than ./isplit
"""
import io
import os
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import numpy
from PIL import Image

import program
from darknet_torch import load
from importance import score_layer
from random_nets import write_case
from torch_setup import torch

TOP = os.path.join(HERE, '..', '..')
LETTERS = os.path.join(TOP, 'tests/samples/letters')
QUALITIES = (95, 90, 80, 70, 60, 50, 40, 30, 20)
COLOUR = '[net]\nchannels=3\nheight=20\nwidth=24\n[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=relu\n[avgpool]\n'
COLOUR += '[connected]\noutput=2\nactivation=linear\n[softmax]\n'


def jpeg(picture, quality):
    out = io.BytesIO()
    picture.save(out, 'JPEG', quality=quality, optimize=True, subsampling='4:2:0')
    return out.getvalue()


class PicturesTest(unittest.TestCase):
    def setUp(self):
        self.work = tempfile.TemporaryDirectory()
        self.addCleanup(self.work.cleanup)
        self.csv = os.path.join(self.work.name, 'features.csv')

    def measure(self, cfg, weights, data, calibrate, images, *options):
        """-> the rows of the pictures by coder, and the paths of the measured images in their order."""
        program.isplit('features', cfg, weights, '-d', data, '--exact', '--calibrate', calibrate, '-n', images, '--dtypes', 'int8',
                       '--coders', 'none', *options, '-o', self.csv)
        order = program.curve(cfg, weights, data, '-n', calibrate + images).images
        rows = program.read_table(program.open_bytes(self.csv))
        pictures = [row for row in rows if row['name'] == 'input']
        for row in pictures:
            self.assertEqual((row['layer'], row['dtype'], row['images']), ('', 'uint8', str(images)))
        return {row['coder']: row for row in pictures}, order

    def check_bytes(self, rows, sizes, delta=0):
        """sizes: of each picture as JPEG of a quality."""
        for quality in QUALITIES:
            ours, theirs = float(rows['jpeg%d' % quality]['coded_bytes']), numpy.mean(sizes(quality))
            self.assertLessEqual(abs(ours - theirs), delta * theirs, quality)

    def test_letters(self):
        """Grey pictures of the network's own size. Pillow decodes JPEG with another transform: one answer may differ."""
        cfg, weights = ('%s/letters-vgg16.%s' % (folder, end) for folder, end in (('cfg', 'cfg'), ('weights', 'weights')))
        rows, order = self.measure(os.path.join(TOP, cfg), os.path.join(TOP, weights), LETTERS, 8, 40, '-c', '0-9')
        paths = [os.path.join(LETTERS, path) for path in order.paths[8:]]
        pictures = [Image.open(path).convert('L') for path in paths]
        self.check_bytes(rows, lambda quality: [len(jpeg(picture, quality)) for picture in pictures])
        stored = rows['stored']
        self.assertAlmostEqual(float(stored['coded_bytes']), numpy.mean([os.path.getsize(path) for path in paths]))
        net = load(os.path.join(TOP, cfg), os.path.join(TOP, weights), torch.float32)

        def top(pictures):
            planes = numpy.stack([numpy.asarray(p, numpy.float32)[None] / 255 for p in pictures])
            with torch.no_grad():
                last, score_tap = score_layer(net)
                return getattr(net.forward(torch.from_numpy(planes)), score_tap)[last].flatten(1).argmax(1).numpy()
        whole, labels = top(pictures), order.class_index[8:]
        self.assertAlmostEqual(float(stored['accuracy']), (whole == labels).mean(), delta=1e-6)
        self.assertEqual(float(stored['agreement']), 1)
        for quality in QUALITIES[2::3]:
            arrived = top([Image.open(io.BytesIO(jpeg(picture, quality))) for picture in pictures])
            row = rows['jpeg%d' % quality]
            self.assertLessEqual(abs(float(row['accuracy']) - (arrived == labels).mean()), 1 / 40 + 1e-6)
            self.assertLessEqual(abs(float(row['agreement']) - (arrived == whole).mean()), 1 / 40 + 1e-6)

    def test_sizes(self):
        """A picture with more pixels than the network's input is sent as that; one with fewer as it is."""
        case = write_case(os.path.join(self.work.name, 'net'), COLOUR, 2, 5, 3)
        random = numpy.random.default_rng(1)
        for folder, _, names in os.walk(case.data):
            for name in names:
                small = numpy.cumsum(random.integers(-9, 10, (10, 12, 3)), 1) + 128
                Image.fromarray(small.clip(0, 255).astype(numpy.uint8)).save(os.path.join(folder, name))
        rows, order = self.measure(case.cfg, case.weights, case.data, 2, 8)
        pictures = [Image.open(os.path.join(case.data, path)) for path in order.paths[2:]]
        self.check_bytes(rows, lambda quality: [len(jpeg(picture, quality)) for picture in pictures])
        # Larger ones, by a triangle filter as Pillow has it but for the edges.
        for path in order.paths:
            picture = Image.open(os.path.join(case.data, path))
            picture.resize((96, 80), Image.NEAREST).save(os.path.join(case.data, path))
        rows, order = self.measure(case.cfg, case.weights, case.data, 2, 8)
        pictures = [Image.open(os.path.join(case.data, path)).resize((24, 20), Image.BILINEAR) for path in order.paths[2:]]
        self.check_bytes(rows, lambda quality: [len(jpeg(picture, quality)) for picture in pictures], delta=.02)
        program.isplit('features', case.cfg, case.weights, '-d', case.data, '--no-jpeg', '-o', self.csv)
        self.assertNotIn(b'input', program.open_bytes(self.csv))


if __name__ == '__main__':
    unittest.main()
