#!/usr/bin/python3
"""The PyTorch reading itself: every layer's output against stock libdarknet's, on random weights and noise and on
Tiny Darknet's own; and the gradients against finite differences.

    test_reference.py [unittest options]      DARKNET names another Darknet tree than /usr/lib/darknet

Not asked of the library, because it is wrong there: 1x1 convolution with a stride (its padding by zeros to
3x3 is asked instead). [batchnorm] and deconvolution run with the repairs described in stock_darknet.c.
"""
import os
import re
import shutil
import sys
import tempfile
import unittest

import numpy
from PIL import Image

from bundled import rewrite
from compare import read_pixels
from darknet_torch import ACTIVATIONS, FORK_KINDS, Network, STOCK_ACTIVATIONS, Trace
from importance import differentiate, has_gradient, score_layer
from random_nets import BLOCKS, ENDS, FORK_BLOCKS, random_cfg, random_weights, write_weights
from split_worker import Stock, build_stock
from torch_setup import torch

HERE = os.path.dirname(os.path.abspath(__file__))
CFGS = '/usr/share/darknet/cfg'
DOG = '/usr/share/darknet/data/dog.jpg'
TINY_WEIGHTS = os.path.join(HERE, '../../../shared/data/tiny-darknet/tiny.weights')
BUNDLED = ('alexnet', 'cifar', 'darknet', 'darknet19', 'darknet53', 'densenet201', 'extraction', 'resnet18', 'resnet34',
           'resnet50', 'resnet101', 'resnet152', 'resnext50', 'strided', 'tiny', 'vgg-16')

# Shares of a layer's root mean square: float32 and -Ofast there, float64 here. A deep random network amplifies
# rounding; PyTorch's own float32 differs from its float64 as much as the library does.
TOLERANCE = 2e-4
DEEP_TOLERANCE = 2e-3

work = None
stock = None


def setUpModule():
    global work, stock
    work = tempfile.TemporaryDirectory()
    build_stock('stock_darknet.c', path('stock'))
    stock = Stock(path('stock'))


def tearDownModule():
    stock.__exit__()
    work.cleanup()


def path(name):
    return os.path.join(work.name, name)


def stock_outputs(cfg_text, image):
    """Every layer's output as libdarknet computes it with the weights in the file `weights`."""
    with open(path('net.cfg'), 'w', encoding='ascii') as file:
        file.write(cfg_text)
    image.astype('<f4').tofile(path('input'))
    answer = stock.ask(path('net.cfg'), path('weights'), path('input'), path('output'))
    if answer != 'done':
        raise RuntimeError('libdarknet: ' + answer)
    data = numpy.fromfile(path('output'), '<f4')
    outputs, at = [], 0
    while at < data.size:
        count = int(data[at:at + 1].view('<i4')[0])
        outputs.append(data[at + 1:at + 1 + count])
        at += 1 + count
    return outputs


def own_outputs(net, image):
    with torch.no_grad():
        trace = net.forward(torch.from_numpy(image)[None])
    return [output.flatten().numpy() for output in trace.post]


def worst_difference(net, ours, expected):
    """Largest difference of any layer, as a share of that layer's root mean square; cost layers make nothing."""
    shares = []
    for layer, a, b in zip(net.layers, ours, expected):
        if layer.kind != 'cost':
            if a.shape != b.shape:
                raise AssertionError('layer %d: %d outputs, stock has %d' % (layer.index, a.size, b.size))
            shares.append(abs(a - b).max() / numpy.sqrt((a * a).mean()))
    return numpy.max(shares)  # NaN if any is


def is_strided_1x1(layer):
    return layer.kind == 'convolutional' and layer.size == 1 and max(layer.stride) > 1


class StockTest(unittest.TestCase):
    tolerance = TOLERANCE

    def compare(self, text, seed=0, **weights_format):
        """Random weights for the cfg, written and read back, then both forward passes."""
        net = Network(text)
        random_weights(net, seed)
        write_weights(net, path('weights'), **weights_format)
        for layer in net.layers:
            layer.values = {}
        net.read_weights(path('weights'))
        image = numpy.random.default_rng(seed).random(net.input_shape).astype(numpy.float32).astype(float)
        expected = stock_outputs(text, image)
        self.assertEqual(len(expected), len(net.layers))
        difference = worst_difference(net, own_outputs(net, image), expected)
        self.assertLess(difference, self.tolerance)

    def compare_layers(self, layers, shape=(6, 11, 13), **weights_format):
        self.compare('[net]\nbatch=1\nchannels=%d\nheight=%d\nwidth=%d\n' % shape + layers, **weights_format)


class Layers(StockTest):
    """What random networks do not reach, or reach only by chance."""

    def test_activations(self):
        for name in STOCK_ACTIVATIONS:
            with self.subTest(activation=name):
                # Outputs of the first layer span -6..6, so that every piece of plse is reached.
                self.compare_layers('[convolutional]\nfilters=30\nsize=3\nactivation=linear\n'
                                    '[upsample]\nstride=1\nscale=3\n[activation]\nactivation=%s\n' % name)

    def test_maxpool_padding(self):
        for size in (1, 2, 3, 4, 5):
            for stride in (1, 2, 3):
                for padding in range(2 * size - 1):  # more: windows which lie in the padding alone
                    with self.subTest(size=size, stride=stride, padding=padding):
                        self.compare_layers('[maxpool]\nsize=%d\nstride=%d\npadding=%d\n' % (size, stride, padding))
        self.compare_layers('[maxpool]\nsize=3\nstride=2\n')
        self.compare_layers('[maxpool]\nstride=2\n')

    def test_convolution_geometry(self):
        for size, stride, pad in ((2, 1, 'pad=1'), (3, 2, 'padding=2'), (4, 3, 'pad=1'), (5, 2, 'padding=0')):
            for groups in (1, 2, 3):
                with self.subTest(size=size, stride=stride, pad=pad, groups=groups):
                    self.compare_layers('[convolutional]\nfilters=6\nsize=%d\nstride=%d\n%s\ngroups=%d\n'
                                        % (size, stride, pad, groups))

    def test_strided_1x1_is_a_3x3_with_zeros_around(self):
        net = Network('[net]\nchannels=6\nheight=11\nwidth=13\n'
                      '[convolutional]\nfilters=5\nsize=1\nstride=2\nactivation=linear\n')
        random_weights(net, 1)
        image = numpy.random.default_rng(1).random(net.input_shape)
        ours = own_outputs(net, image)
        values = net.layers[0].values
        values['weights'] = torch.nn.functional.pad(values['weights'], (1, 1, 1, 1))
        write_weights(net, path('weights'))
        expected = stock_outputs('[net]\nbatch=1\nchannels=6\nheight=11\nwidth=13\n'
                              '[convolutional]\nfilters=5\nsize=3\nstride=2\npad=1\nactivation=linear\n', image)
        self.assertLess(worst_difference(net, ours, expected), TOLERANCE)

    def test_deconvolution_geometry(self):
        for size, stride, pad in ((1, 2, 'padding=0'), (2, 2, 'pad=0'), (3, 2, 'pad=1'), (4, 3, 'padding=2')):
            for norm in (0, 1):
                with self.subTest(size=size, stride=stride, pad=pad, norm=norm):
                    self.compare_layers('[deconvolutional]\nfilters=5\nsize=%d\nstride=%d\n%s\nbatch_normalize=%d\n'
                                        % (size, stride, pad, norm))

    def test_reorg_both_ways(self):
        for reverse in (0, 1):
            for stride in (1, 2, 3):
                with self.subTest(reverse=reverse, stride=stride):
                    self.compare_layers('[reorg]\nstride=%d\nreverse=%d\n' % (stride, reverse), (36, 6, 12))

    def test_crop(self):
        for noadjust in (0, 1):
            for height, width in ((11, 13), (8, 9), (1, 2)):
                with self.subTest(noadjust=noadjust, height=height, width=width):
                    self.compare_layers('[crop]\ncrop_height=%d\ncrop_width=%d\nnoadjust=%d\nflip=1\nshift=.2\n'
                                        % (height, width, noadjust))

    def test_shortcut_of_other_sizes(self):
        for scale in ('', 'alpha=0.7\n', 'beta=-0.4\n', 'alpha=1.5\nbeta=0.3\n'):
            for filters in (4, 6, 9):
                for stride in (1, 2, 3):
                    with self.subTest(scale=scale, filters=filters, stride=stride):
                        self.compare_layers('[convolutional]\nfilters=7\nsize=1\n'
                                            '[convolutional]\nfilters=%d\nsize=3\npad=1\nstride=%d\n'
                                            '[shortcut]\nfrom=0\nactivation=tanh\n%s'
                                            '[upsample]\nstride=%d\n[shortcut]\nfrom=-2\n%s'
                                            % (filters, stride, scale, stride, scale), (3, 12, 18))

    def test_softmax(self):
        with open(path('tree'), 'w', encoding='ascii') as tree:
            tree.write('animal -1\nthing -1\ncat 0\ndog 0\nfrog 0\nhat 1\ncup 1\ntabby 2\nlynx 2\n')
        for option in ('', 'groups=3\n', 'temperature=2.5\n', 'tree=%s\n' % path('tree')):
            with self.subTest(option=option):
                self.compare_layers('[connected]\noutput=9\nactivation=linear\n[softmax]\n' + option)

    def test_connected_with_norm_then_batchnorm(self):
        self.compare_layers('[connected]\noutput=12\nbatch_normalize=1\nactivation=elu\n[batchnorm]\n'
                            '[connected]\noutput=5\n')

    def test_headers_and_transposed_matrices(self):
        layers = '[convolutional]\nfilters=5\nbatch_normalize=1\n[connected]\noutput=7\nbatch_normalize=1\n'
        self.compare_layers(layers, wide_seen=False)
        self.compare_layers(layers, transposed=True)


class RandomNets(StockTest):
    def test_every_block_and_end(self):
        compared = 0
        for smooth in (True, False):
            for seed in range(12):
                text = random_cfg(seed, smooth, 5)
                if not any(map(is_strided_1x1, Network(text).layers)):
                    compared += 1
                    with self.subTest(seed=seed, smooth=smooth):
                        self.compare(text, seed)
        self.assertGreater(compared, 8)

    def test_three_seeds_use_all_blocks(self):
        self.assertEqual((len(BLOCKS) % len(ENDS), len(FORK_BLOCKS) % len(ENDS)), (0, 0))
        layers = [layer for seed in range(3) for layer in Network(random_cfg(seed, False, 5, True)).layers]
        self.assertLess(set(FORK_KINDS) - {'local_avg'}, {layer.kind for layer in layers})
        kinds = {layer.kind for seed in range(3) for layer in Network(random_cfg(seed, False, 5)).layers}
        self.assertEqual(kinds, {'convolutional', 'deconvolutional', 'connected', 'batchnorm', 'maxpool', 'avgpool',
                                 'shortcut', 'route', 'upsample', 'reorg', 'crop', 'activation', 'dropout', 'softmax',
                                 'cost'})


def reduced(text, side):
    """The cfg for one image of side x side; a [crop] keeps an eighth less."""
    text = re.sub(r'(?m)^(height|width)=\d+', r'\1=%d' % side, text)
    text = re.sub(r'(?m)^(crop_height|crop_width)=\d+', r'\1=%d' % (side - side // 8), text)
    return re.sub(r'(?m)^(batch|subdivisions)=\d+', r'\1=1', text)


class BundledNets(StockTest):
    tolerance = DEEP_TOLERANCE
    sides = {'alexnet': 99, 'cifar': 28}
    whole = ('cifar', 'darknet', 'resnet18', 'tiny')  # the others with a quarter of the filters

    def test_bundled_classifiers(self):
        for name in BUNDLED:
            with self.subTest(cfg=name):
                with open('%s/%s.cfg' % (CFGS, name), encoding='ascii') as file:
                    text = rewrite(reduced(file.read(), self.sides.get(name, 64)), narrower=1 if name in self.whole else 4)
                self.assertFalse(any(map(is_strided_1x1, Network(text).layers)))
                self.compare(text)


class TinyDarknet(StockTest):
    def test_probabilities_of_an_image_that_needs_no_fitting(self):
        if not os.path.exists(TINY_WEIGHTS):
            self.skipTest('not here: ' + TINY_WEIGHTS)
        with open(CFGS + '/tiny.cfg', encoding='ascii') as file:
            text = reduced(file.read(), 224)
        with Image.open(DOG) as dog:
            dog.resize((224, 224)).save(path('dog.png'))
        shutil.copy(TINY_WEIGHTS, path('weights'))
        net = Network(text)
        net.read_weights(path('weights'))
        image = read_pixels(path('dog.png'), net.input_shape)
        ours, expected = own_outputs(net, image.astype(float))[-1], stock_outputs(text, image)[-1]
        self.assertEqual(ours.argmax(), expected.argmax())
        self.assertEqual(['%.2f%%' % (100 * p) for p in ours], ['%.2f%%' % (100 * p) for p in expected])


class Gradients(unittest.TestCase):
    """G of a layer is what the score does when that layer's output is moved and all behind it follows."""

    STEP = 1e-5
    LABEL = 2

    def moved_score(self, net, x, trace, layer, tap, move):
        """The score after moving one layer's tapped output."""
        moved = Trace(trace.pre[:layer.index + 1], trace.post[:layer.index + 1])
        if tap == 'post':
            moved.post[-1] = moved.post[-1] + move
        else:
            moved.pre[-1] = moved.pre[-1] + move
            moved.post[-1] = ACTIVATIONS[layer.activation](moved.pre[-1])
        for behind in net.layers[layer.index + 1:]:
            net.step(behind, x, moved)
        last, side = score_layer(net)
        return getattr(moved, side)[last].flatten()[self.LABEL].item()

    def check_network(self, net, rng, tap):
        x = torch.from_numpy(rng.random((1, *net.input_shape)))
        gradients = differentiate(net, x, torch.tensor([self.LABEL]), tap=tap).gradients
        x = x.detach()
        with torch.no_grad():
            trace = net.forward(x)
            for layer in net.layers:
                if has_gradient(net, layer.index, tap):
                    direction = torch.from_numpy(rng.standard_normal((1, *layer.shape)))
                    ahead, back = (self.moved_score(net, x, trace, layer, tap, step * direction)
                                   for step in (self.STEP, -self.STEP))
                    gradient = gradients[layer.index]
                    self.assertAlmostEqual((ahead - back) / (2 * self.STEP), (gradient * direction).sum().item(),
                                           delta=1e-4 * gradient.norm().item(), msg=(layer.index, layer.kind))

    def test_every_layer_and_both_taps(self):
        for seed, forks in [(seed, forks) for seed in range(3) for forks in (False, True)]:  # every block once
            net = Network(random_cfg(seed, True, 5, forks))
            random_weights(net, seed)
            for tap in ('post', 'pre'):
                with self.subTest(seed=seed, tap=tap, forks=forks):
                    self.check_network(net, numpy.random.default_rng(seed), tap)


if __name__ == '__main__':
    unittest.main(verbosity=2, argv=sys.argv)
