"""Random small networks with weights and images, the same for the same seed.

A network is a chain of blocks, each of which exercises one layer kind or one way of wiring. `smooth` networks
have no kinks, so their gradients agree between correct programs to rounding; `kinked` ones have piecewise
linear activations and max-pool. Weights are scaled layer by layer so that outputs before the activation have
about unit variance on noise: nothing saturates, nothing dies. Sizes are small, odd where they may be, and no
multiples of the vector length.
"""
import os
from typing import NamedTuple

import numpy
from PIL import Image

from darknet_torch import Network, Trace
from torch_setup import torch

SMOOTH = ('elu', 'tanh', 'logistic', 'loggy', 'linear')
SMOOTH_OF_FORKS = ('swish', 'mish')
KINKED_OF_FORKS = ('relu6', 'hard_mish', 'hard_swish', 'hard_sigmoid')
KINKED = ('relu', 'leaky', 'ramp', 'relie', 'hardtan', 'lhtan', 'plse', 'selu', 'stair')


class Case(NamedTuple):
    """Files of one network with its images; `net` is the reading of them, in float64."""
    cfg: str
    weights: str
    data: str
    net: Network


class Draft:
    """A cfg under construction. The reference itself tells the shape after each section."""

    def __init__(self, rng, shape, smooth, forks=False):
        self.rng = rng
        self.smooth = smooth
        self.activations = SMOOTH if smooth else KINKED
        if forks:
            self.activations += SMOOTH_OF_FORKS if smooth else KINKED_OF_FORKS
        self.text = '[net]\nbatch=1\nchannels=%d\nheight=%d\nwidth=%d\n' % shape

    def add(self, kind, **options):
        self.text += '\n[%s]\n' % kind + ''.join('%s=%s\n' % item for item in options.items())

    @property
    def layers(self):
        return Network(self.text).layers

    @property
    def shape(self):
        return self.layers[-1].shape

    def pick(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def activation(self):
        return self.pick(*self.activations)

    def conv(self, **options):
        defaults = dict(batch_normalize=self.pick(0, 1), filters=self.pick(5, 7, 10, 13, 19), size=3, stride=1, pad=1,
                        activation=self.activation())
        self.add('convolutional', **{**defaults, **options})

    def even_sides(self):
        """Crop off the odd row and column, for what needs even sides."""
        _, height, width = self.shape
        self.add('crop', crop_height=height // 2 * 2, crop_width=width // 2 * 2, noadjust=1)


def plain(draft):
    draft.conv(size=draft.pick(1, 3, 5))


def unpadded(draft):
    draft.conv(pad=0, padding=draft.pick(0, 2), size=draft.pick(2, 3))


def strided(draft):
    draft.conv(stride=2, size=draft.pick(1, 2, 3))


def grouped(draft):
    draft.conv(filters=9)
    draft.conv(filters=draft.pick(6, 12, 15), groups=3)


def residual(draft):
    filters = draft.shape[0]
    draft.conv(size=1)
    draft.conv(filters=filters, activation='linear')
    draft.add('shortcut', **{'from': -3, 'activation': draft.activation(), 'alpha': draft.pick(1, 0.7),
                             'beta': draft.pick(1, -0.6)})


def shortcut_other_channels(draft):
    draft.conv(filters=draft.shape[0] + draft.pick(-2, 3))
    draft.add('shortcut', **{'from': -2, 'activation': draft.activation(), 'alpha': 0.8, 'beta': 1.3})


def shortcut_from_larger(draft):
    draft.even_sides()
    draft.conv(stride=2)
    draft.add('shortcut', **{'from': -2, 'activation': draft.activation()})


def shortcut_from_smaller(draft):
    draft.conv(filters=6)
    draft.add('upsample', stride=2)
    draft.conv(filters=7)
    draft.add('shortcut', **{'from': -3, 'activation': 'linear', 'alpha': 0.9})


def concatenation(draft):
    draft.conv()
    draft.conv(size=1)
    draft.add('route', layers='-1,%d' % (len(draft.layers) - 3))


def side_branch(draft):
    """A route back over a layer which is also read later: three readers of one tensor."""
    root = len(draft.layers) - 1
    draft.conv(filters=6)
    draft.add('route', layers=root)
    draft.conv(filters=6, size=1)
    draft.add('shortcut', **{'from': -3, 'activation': 'linear'})
    draft.add('route', layers='-1,%d' % root)


def upsampled(draft):
    draft.add('upsample', stride=2, scale=draft.pick(1, 0.5))
    draft.conv(stride=2)


def reorganised(draft):
    draft.conv(filters=8)
    draft.even_sides()
    draft.add('reorg', stride=2, reverse=draft.pick(0, 1))
    draft.conv(filters=9, size=1)


def cropped(draft):
    _, height, width = draft.shape
    draft.add('crop', crop_height=height - 1, crop_width=width - 2, noadjust=draft.pick(0, 1))


def dropped(draft):
    """Dropout whose input is also read past it: the two must not share a gradient."""
    filters = draft.shape[0]
    draft.add('dropout', probability=.5)
    draft.conv(filters=filters)
    draft.add('shortcut', **{'from': -3, 'activation': draft.activation()})


def activated(draft):
    draft.conv(activation='linear')
    draft.add('activation', activation=draft.activation())


def normed(draft):
    draft.conv(activation='linear', batch_normalize=0)
    draft.add('batchnorm')
    draft.add('activation', activation=draft.activation())


def deconvolved(draft):
    draft.conv(stride=2)
    draft.add('deconvolutional', filters=draft.pick(5, 7), size=draft.pick(2, 3), stride=2, pad=draft.pick(0, 1),
              batch_normalize=draft.pick(0, 1), activation=draft.activation())


def subsampled(draft):
    """A pool of one pixel takes the largest of one: smooth, and a copy of every other pixel. (With stride 1 it is no layer.)"""
    draft.add('maxpool', size=1, stride=draft.pick(2, 2, 2, 3), padding=0)


def pooled(draft):
    if draft.smooth or draft.pick(False, False, True):
        subsampled(draft)
    else:
        draft.add('maxpool', **draft.pick({'size': 2, 'stride': 2}, {'size': 3, 'stride': 2}, {'size': 3, 'stride': 1},
                                          {'size': 2, 'stride': 1, 'padding': 1},
                                          {'size': 2, 'stride': 2, 'padding': 0}))


# ---- What Darknet's forks have, and stock Darknet has not


def gated(draft):
    """Squeeze and excite in a residual block, as in EfficientNet: the average, two small convolutions, the gate."""
    filters = draft.shape[0]
    draft.conv(filters=filters)
    draft.add('avgpool')
    draft.conv(size=1, filters=3, pad=0, batch_normalize=0)
    draft.conv(size=1, filters=filters, pad=0, batch_normalize=0, activation='logistic')
    draft.add('scale_channels', **{'from': -4})
    draft.add('shortcut', **{'from': -6, 'activation': draft.activation()})


def gated_by_pixel(draft):
    draft.conv(filters=1, activation='logistic')
    draft.add('scale_channels', **{'from': -2, 'scale_wh': 1, 'activation': draft.activation()})


def gated_by_number(draft):
    filters = draft.shape[0]
    draft.conv(filters=filters)
    draft.conv(filters=filters, size=1, activation='logistic')
    draft.add('sam', **{'from': -2})
    draft.add('shortcut', **{'from': -4, 'activation': 'linear'})


def parted(draft):
    """A part goes through a convolution, and is joined with all that it is a part of."""
    draft.conv(filters=draft.pick(6, 12, 18))
    root = len(draft.layers) - 1
    draft.add('route', layers=-1, groups=2, group_id=1)
    draft.conv(filters=7)
    draft.add('route', layers='-1,%d' % root)


def parts_of_two(draft):
    draft.conv(filters=16)
    draft.conv(filters=12)
    draft.add('route', layers='-1,-2', groups=4, group_id=draft.pick(0, 2, 3))


def depthwise(draft):
    draft.conv(size=1)
    draft.add('depthwise_convolutional', size=3, stride=draft.pick(1, 2), pad=1, batch_normalize=draft.pick(0, 1),
              activation=draft.activation())


def dilated(draft):
    draft.conv(dilation=draft.pick(2, 3), stride=draft.pick(1, 2))
    draft.conv(filters=6)
    draft.conv(filters=6, group=3, dilation=2)


def uneven(draft):
    draft.conv(stride_x=draft.pick(1, 2), stride_y=draft.pick(1, 3))


def blurred(draft):
    draft.conv(stride=2, antialiasing=draft.pick(1, 2))


def locally_averaged(draft):
    draft.add('local_avgpool', **draft.pick({'size': 2, 'stride': 2}, {'size': 3, 'stride': 2},
                                            {'size': 3, 'stride': 1, 'padding': 0}))


def commented(draft):
    draft.text += '\n[convolutional] # a comment\nfilters=9#7\nsize = 3 ; three\npad=1\nactivation=linear#leaky\n'
    draft.add('activation', activation=draft.activation())


def activated_by_forks(draft):
    for activation in SMOOTH_OF_FORKS if draft.smooth else KINKED_OF_FORKS:
        draft.conv(activation=activation)


FORK_BLOCKS = (gated, gated_by_pixel, gated_by_number, parted, parts_of_two, depthwise, dilated, uneven, blurred,
               locally_averaged, commented, activated_by_forks)

BLOCKS = (plain, unpadded, strided, grouped, residual, shortcut_other_channels, shortcut_from_larger,
          shortcut_from_smaller, concatenation, side_branch, upsampled, reorganised, cropped, dropped, activated,
          normed, deconvolved, pooled)


def end_with_average(draft, classes):
    draft.conv(filters=classes, size=1, activation='linear', batch_normalize=0)
    draft.add('avgpool')
    draft.add('softmax', groups=1)


def end_with_connected(draft, classes):
    draft.add('connected', output=19, batch_normalize=1, activation=draft.activation())
    draft.add('dropout', probability=.5)
    draft.add('connected', output=classes, activation='linear')
    draft.add('softmax', groups=1, temperature=2)
    draft.add('cost', type='sse')


def end_without_softmax(draft, classes):
    draft.add('connected', output=23, activation=draft.activation())
    draft.add('connected', output=classes, batch_normalize=1, activation='logistic')


ENDS = (end_with_average, end_with_connected, end_without_softmax)

def random_cfg(seed, smooth, classes, forks=False):
    """The text of a network. Three consecutive seeds use every block and every end once. `forks`: the blocks and
    activations of Darknet's forks."""
    blocks = FORK_BLOCKS if forks else BLOCKS
    blocks_a_net = len(blocks) // len(ENDS)
    rng = numpy.random.default_rng(seed)
    order = numpy.random.default_rng(1000 + seed // len(ENDS)).permutation(len(blocks))
    mine = order[seed % len(ENDS) * blocks_a_net:][:blocks_a_net]
    draft = Draft(rng, (draft_channels(seed), 22 + seed % 2, 19 + seed % 3), smooth, forks)
    plain(draft)
    for block in mine:
        blocks[block](draft)
        if max(draft.shape[1:]) > 24:
            pooled(draft)
    ENDS[seed % len(ENDS)](draft, classes)
    return draft.text


def draft_channels(seed):
    return 1 if seed % 4 == 3 else 3


def random_weights(net, seed):
    """Fill a network with float32 numbers under which noise has about unit variance before every activation."""
    rng = numpy.random.default_rng(seed)
    x = torch.from_numpy(rng.random((6, *net.input_shape)))
    trace = Trace([], [])
    for layer in net.layers:
        for name, shape in layer.blocks:
            layer.values[name] = torch.from_numpy(drawn(rng, name, shape))
        with torch.no_grad():
            if layer.blocks:
                rescale(net, layer, x, trace)
            net.step(layer, x, trace)


def drawn(rng, name, shape):
    if name == 'weights':
        return rng.standard_normal(shape) / numpy.sqrt(numpy.prod(shape[1:]))
    if name == 'scales':
        return float32(rng.uniform(.6, 1.4, shape))
    if name == 'variance':
        return numpy.ones(shape)
    return float32(rng.normal(0, .2, shape)) if name == 'biases' else numpy.zeros(shape)


def float32(values):
    return values.astype(numpy.float32).astype(values.dtype)


def rescale(net, layer, x, trace):
    """Make the layer's weights, and its running statistics, fit what it is given."""
    def linear_output():
        probe = Trace(list(trace.pre), list(trace.post))
        net.step(layer, x, probe)
        return probe.pre[-1]

    if 'weights' in layer.values:
        biases = layer.values['biases']
        layer.values['biases'] = torch.zeros_like(biases)
        layer.values['weights'] = (layer.values['weights'] / linear_output().std()).float().double()
        layer.values['biases'] = biases
    if 'mean' in layer.values:
        scales = layer.values['scales']
        layer.values['scales'] = torch.ones_like(scales)
        plain_output = linear_output() - layer.values.get('biases', torch.zeros(1)).view(1, -1, 1, 1).double()
        layer.values['mean'] = plain_output.mean((0, 2, 3)).float().double()
        layer.values['variance'] = plain_output.var((0, 2, 3)).clamp(min=1e-2).float().double()
        layer.values['scales'] = scales


def write_weights(net, path, wide_seen=True, transposed=False):
    """Write a weights file: 20 bytes of header, or the older 16; connected matrices transposed if asked."""
    version = [1001 if transposed else 0, 2 if wide_seen else 1, 0]
    header = numpy.array(version, '<i4').tobytes() + bytes(8 if wide_seen and not transposed else 4)
    with open(path, 'wb') as file:
        file.write(header)
        for layer in net.layers:
            for name, _shape in layer.blocks:
                value = layer.values[name].numpy()
                if transposed and name == 'weights' and value.ndim == 2:
                    value = value.T
                file.write(value.astype('<f4').tobytes())


def write_images(folder, shape, classes, per_class, seed):
    """Class folders c00, c01... of PNGs of exactly the network's size: blurred colour noise with fine grain."""
    channels, height, width = shape
    for label in range(classes):
        os.makedirs(os.path.join(folder, 'c%02d' % label))
        for number in range(per_class):
            rng = numpy.random.default_rng([seed, label, number])
            coarse = rng.integers(0, 256, (3 + label % 3, 3, channels), dtype=numpy.uint8)
            image = Image.fromarray(coarse.squeeze()).resize((width, height), Image.BILINEAR)
            pixels = numpy.asarray(image, dtype=float) + rng.normal(0, 25, numpy.asarray(image).shape)
            Image.fromarray(pixels.clip(0, 255).astype(numpy.uint8)).save(
                os.path.join(folder, 'c%02d' % label, 'i%02d.png' % number))


def write_case(folder, text, classes, per_class, seed, **weights_format):
    """Write cfg, weights and images of one network into a new folder."""
    case = Case(*(os.path.join(folder, name) for name in ('net.cfg', 'net.weights', 'images')), Network(text))
    os.makedirs(case.data)
    with open(case.cfg, 'w', encoding='ascii') as file:
        file.write(text)
    random_weights(case.net, seed)
    write_weights(case.net, case.weights, **weights_format)
    case.net.read_weights(case.weights)
    write_images(case.data, case.net.input_shape, classes, per_class, seed)
    return case
